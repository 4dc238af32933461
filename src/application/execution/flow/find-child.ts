import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type { NodeAttempt, NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import { isTerminal } from '../../../domain/execution/execution-status.js';
import { NodeCancelled, NodeCompleted, NodeFailed } from '../../../domain/events/families/node.events.js';
import { executionNotFound } from '../execution-errors.js';
import type { ExecutionServices } from '../execution-services.js';
import { childExecutionId } from './child-id.js';
import type { ChildDone, ChildNode } from './child-runs.js';
import { childTaken } from './flow-errors.js';

/** How many ends of nodes are read from the log at once. */
const PAGE = 1_000;

/** The execution of a node: the one that there is, or the id of the one that is to be started. */
export interface FoundChild {
  readonly id: string;
  readonly stored: ExecutionSnapshot | undefined;
}

/**
 * Looks for the execution of a node: the one it has waited for, or else the newest of its occurrence. Where that failed or was
 * cancelled, and the node ended with it, this is another try, and takes another execution.
 *
 * @throws WaymarkError `WAYMARK_CHILD_TAKEN`
 */
export async function findChild(services: ExecutionServices, child: ChildNode): Promise<FoundChild> {
  const { parent, node, childExecutionId: known } = child;
  if (known !== undefined) return { id: known, stored: await ownChild(services, child, known) };
  const newest = await newestChild(services, child);
  if (newest === undefined) return { id: childExecutionId(parent.id, node), stored: undefined };
  const { attempt, stored } = newest;
  const isSpent = isTerminal(stored.status) && stored.status !== 'completed' && attempt < node.attempt;
  if (!isSpent || !(await hasFailed(services, parent.id, node, attempt))) return { id: stored.id, stored };
  return { id: childExecutionId(parent.id, node, node.attempt), stored: undefined };
}

/**
 * The execution that a node was completed by.
 *
 * @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`, `WAYMARK_CHILD_TAKEN`
 */
export async function childOf(services: ExecutionServices, child: ChildDone): Promise<ExecutionSnapshot> {
  const { parent, node } = child;
  const attempt = await attemptDone(services, parent.id, node);
  const newest = await newestChild(services, { ...child, node: { ...node, attempt } });
  if (newest === undefined) throw executionNotFound(childExecutionId(parent.id, node));
  return newest.stored;
}

async function newestChild(
  services: ExecutionServices,
  child: Pick<ChildNode, 'parent' | 'node' | 'definition'>,
): Promise<{ readonly attempt: number; readonly stored: ExecutionSnapshot } | undefined> {
  const { parent, node } = child;
  for (let { attempt } = node; attempt > 0; attempt -= 1) {
    const stored = await ownChild(services, child, childExecutionId(parent.id, node, attempt));
    if (stored !== undefined) return { attempt, stored };
  }
  return undefined;
}

/** An execution that is the child of this node's parent; `undefined` where there is none of that id. */
async function ownChild(
  { executions }: ExecutionServices,
  { parent, node, definition }: Pick<ChildNode, 'parent' | 'node' | 'definition'>,
  id: string,
): Promise<ExecutionSnapshot | undefined> {
  const stored = await executions.find(id);
  if (stored === undefined) return undefined;
  const { parentExecutionId, sourceCheckpointId, workflowId } = stored;
  const isOurs = parentExecutionId === parent.id && sourceCheckpointId === null;
  if (!isOurs || workflowId !== definition.workflow.id) throw childTaken(node.at ?? node.nodeId, id, workflowId);
  return stored;
}

/** Whether it was recorded that a node failed, or was given up, since an attempt: a process may have died before it was. */
async function hasFailed(
  { log }: ExecutionServices,
  executionId: string,
  { nodeId, occurrence }: NodeAttempt,
  since: number,
): Promise<boolean> {
  const types = [NodeFailed.type, NodeCancelled.type];
  const ended = await newestOf({ log }, { executionId, types }, { nodeId, occurrence });
  return ended !== undefined && (ended.attempt ?? 0) >= since;
}

/** The attempt in which a node was completed; the first where the log does not say so any more. */
async function attemptDone({ log }: ExecutionServices, executionId: string, node: NodeOccurrence): Promise<number> {
  return (await newestOf({ log }, { executionId, types: [NodeCompleted.type] }, node))?.attempt ?? 1;
}

/** What the newest of these events says of an occurrence of a node. */
async function newestOf(
  { log }: Pick<ExecutionServices, 'log'>,
  filter: { readonly executionId: string; readonly types: readonly string[] },
  { nodeId, occurrence }: NodeOccurrence,
): Promise<Partial<NodeAttempt> | undefined> {
  for (let after: number | undefined; ;) {
    const page = { limit: PAGE, order: 'desc', ...(after === undefined ? {} : { after }) } as const;
    const entries = await log.query(filter, page);
    const payloads = entries.map(({ event }) => event.payload as Partial<NodeAttempt>);
    const found = payloads.find((payload) => payload.nodeId === nodeId && payload.occurrence === occurrence);
    if (found !== undefined || entries.length < PAGE) return found;
    after = entries.at(-1)?.position;
  }
}
