import { localId, staticId } from '../workflow/address.js';
import type { StoredBreakpoint } from './breakpoints.js';
import type { ExecutionSnapshot } from './execution-snapshot.js';
import type { NodeOccurrence } from './node-attempt.js';
import type { OpenComposite, Progress } from './progress.js';

/** New ids of nodes, by their old ones. What is within a node goes with it. */
export type NodeNames = Readonly<Record<string, string>>;

/**
 * An execution whose nodes have other ids: where it stands, what it has completed, and where it is to stop.
 *
 * A node stays where it is: an id has as many parts as the one it takes the place of.
 */
export function renameNodes(snapshot: ExecutionSnapshot, names: NodeNames): ExecutionSnapshot {
  const { progress } = snapshot;
  const occurrence = <Node extends NodeOccurrence>(node: Node): Node => ({
    ...node,
    nodeId: renamed(node.nodeId, names),
    ...(node.at === undefined ? {} : { at: renamed(node.at, names) }),
  });
  return {
    ...snapshot,
    completed: snapshot.completed.map(occurrence),
    compensated: snapshot.compensated.map(occurrence),
    waiting: snapshot.waiting.map((at) => renamed(at, names)),
    interrupted: snapshot.interrupted.map(occurrence),
    running: snapshot.running.map(occurrence),
    failed: snapshot.failed.map(occurrence),
    suspended: snapshot.suspended.map(occurrence),
    breakpoints: snapshot.breakpoints.map((breakpoint) => renamedBreakpoint(breakpoint, names)),
    occurrences: Object.fromEntries(
      Object.entries(snapshot.occurrences).map(([nodeId, count]) => [renamed(nodeId, names), count]),
    ),
    progress: progress === null ? null : renamedProgress(progress, names),
  };
}

/** A node id or an address with the names that its parts have now. The longest id that has a new one counts. */
export function renamed(address: string, names: NodeNames): string {
  const parts = address.split('/');
  return parts
    .map((part, index) => {
      const id = staticId(parts.slice(0, index + 1).join('/'));
      const name = Object.hasOwn(names, id) ? names[id] : undefined;
      if (name === undefined) return part;
      const mark = part.indexOf('[');
      return localId(name) + (mark === -1 ? '' : part.slice(mark));
    })
    .join('/');
}

function renamedProgress({ skipped, choices, open }: Progress, names: NodeNames): Progress {
  return {
    skipped: skipped.map((at) => renamed(at, names)),
    choices: Object.fromEntries(
      Object.entries(choices).map(([at, chosen]) => {
        const around = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : undefined;
        return [renamed(at, names), chosen.map((id) => renamedWithin(around, id, names))];
      }),
    ),
    open: open.map((composite) => renamedComposite(composite, names)),
  };
}

function renamedComposite(composite: OpenComposite, names: NodeNames): OpenComposite {
  const { at, nodeId, bodies } = composite;
  const local = (ids: readonly string[]): readonly string[] => ids.map((id) => renamedWithin(at, id, names));
  return {
    ...composite,
    at: renamed(at, names),
    nodeId: renamed(nodeId, names),
    bodies: bodies.map((body) => ({
      ...body,
      done: local(body.done),
      ...(body.failed === undefined ? {} : { failed: local(body.failed) }),
    })),
  };
}

/** The local id of a node within another one. */
function renamedWithin(around: string | undefined, id: string, names: NodeNames): string {
  return localId(renamed(around === undefined ? id : `${around}/${id}`, names));
}

function renamedBreakpoint(breakpoint: StoredBreakpoint, names: NodeNames): StoredBreakpoint {
  return typeof breakpoint === 'string'
    ? renamed(breakpoint, names)
    : { ...breakpoint, node: renamed(breakpoint.node, names) };
}
