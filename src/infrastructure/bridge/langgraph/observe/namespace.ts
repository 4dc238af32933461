import { sha256Hex } from '../../../../domain/shared/hash.js';
import { identifierProblem } from '../../../../domain/shared/identifiers.js';

// LangGraph names where a task runs by the tasks around it: `research:<id>|search:<id>`. A node that calls several
// sub-graphs numbers them: `research:<id>|1|search:<id>`.

const SEPARATOR = '|';
const NUMBER = /^\d+$/;

/** The namespace of the graph that a task belongs to: empty for the outermost. */
export function namespaceAround(namespace: string): string {
  const end = namespace.lastIndexOf(SEPARATOR);
  return end === -1 ? '' : namespace.slice(0, end);
}

/** The innermost task that a namespace names; `undefined` for that of the outermost graph. */
export function taskOf(namespace: string): string | undefined {
  const last = tasksIn(namespace).at(-1);
  return last?.slice(last.lastIndexOf(':') + 1);
}

/**
 * The node of a namespace, with the nodes around it: `research/search`.
 *
 * @param root the namespace of the graph that is observed, which is left out
 */
export function nodePath(namespace: string, root: string): string {
  const within = root !== '' && namespace.startsWith(root) ? namespace.slice(root.length) : namespace;
  return toId(
    tasksIn(within)
      .map((task) => (task.includes(':') ? task.slice(0, task.lastIndexOf(':')) : task))
      .join('/'),
    'node',
  );
}

/** A name of somebody else's as an identifier: itself, where it can be one, or a digest of it. */
export function toId(name: string, kind: string): string {
  return identifierProblem(name) === undefined ? name : `${kind}:${sha256Hex(JSON.stringify(name)).slice(0, 32)}`;
}

function tasksIn(namespace: string): readonly string[] {
  return namespace.split(SEPARATOR).filter((part) => part !== '' && !NUMBER.test(part));
}
