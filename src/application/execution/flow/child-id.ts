import type { NodeAttempt } from '../../../domain/execution/node-attempt.js';
import { sha256Hex } from '../../../domain/shared/hash.js';
import { MAX_IDENTIFIER_LENGTH } from '../../../domain/shared/identifiers.js';

/** What joins the parts of the id. A local id must not look like it. */
const MARKS = /[%.:]/g;

/**
 * The id of the execution of a node: `PARENT.group:node.OCCURRENCE`, and `-ATTEMPT` after it for one that was started
 * because the one before had failed. It is known before it is started: whoever takes the parent over finds what was started,
 * and starts nothing twice.
 *
 * No two nodes have the same: the part for the node holds no dot, so that the id can be read from its end.
 *
 * @param attempt the attempt of the node that it was started in; left out for the first
 */
export function childExecutionId(
  parentId: string,
  { nodeId, occurrence }: Pick<NodeAttempt, 'nodeId' | 'occurrence'>,
  attempt = 1,
): string {
  const place = nodeId.replaceAll(MARKS, encodeURIMark).replaceAll('/', ':');
  const id = `${parentId}.${place}.${occurrence}${attempt > 1 ? `-${attempt}` : ''}`;
  return id.length <= MAX_IDENTIFIER_LENGTH ? id : `${parentId.slice(0, 128)}.${sha256Hex(id)}`;
}

function encodeURIMark(mark: string): string {
  return `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;
}
