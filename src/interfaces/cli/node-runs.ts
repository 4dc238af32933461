import type { NodeAttempt } from '../../domain/execution/node-attempt.js';
import type { AuditLog } from '../../application/audit/audit-log.js';
import { CheckpointRollbackCompleted } from '../../domain/events/families/checkpoint.events.js';
import { NodeCancelled, NodeCompleted, NodeFailed, NodeStarted } from '../../domain/events/families/node.events.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';

/** One try of a node, as the log tells it. */
export interface NodeRun extends NodeAttempt {
  /** `interrupted`: it was begun, and its process was gone before its end. */
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled' | 'interrupted';
  readonly durationMs: number | null;
  readonly error: string | null;
  /** Whether a rollback left it behind. */
  readonly rolledBack: boolean;
}

const PAGE = 1_000;
const TYPES = [NodeStarted, NodeCompleted, NodeFailed, NodeCancelled, CheckpointRollbackCompleted].map(
  ({ type }) => type,
);

/** What an execution's nodes did, in the order they were begun. What a fork has from its origin is told there. */
export async function nodeRunsOf(log: AuditLog, execution: ExecutionSnapshot): Promise<readonly NodeRun[]> {
  const runs = new Map<string, NodeRun>();
  const isThread = execution.threadId !== undefined;
  const completed = new Set(execution.completed.map(({ nodeId, occurrence }) => `${nodeId}/${occurrence}`));
  const current = new Set([...execution.running, ...execution.failed].map(keyOf));
  for (let after = -1; ;) {
    const entries = await log.query({ executionId: execution.id, types: TYPES }, { after, limit: PAGE });
    for (const { event } of entries) {
      if (NodeStarted.is(event)) {
        put(event.payload, 'interrupted', null, null);
      } else if (NodeCompleted.is(event)) {
        put(event.payload, 'completed', event.payload.durationMs, null);
      } else if (NodeFailed.is(event)) {
        put(event.payload, 'failed', event.payload.durationMs, event.payload.error.message);
      } else if (NodeCancelled.is(event)) {
        put(event.payload, 'cancelled', event.payload.durationMs, event.payload.reason);
      } else if (isThread && CheckpointRollbackCompleted.is(event)) {
        for (const { nodeId, occurrence } of event.payload.rolledBackNodes) undo(nodeId, occurrence);
      }
    }
    after = entries.at(-1)?.position ?? after;
    if (entries.length < PAGE) return [...runs.values()];
  }

  /** Of a thread only the log tells what was undone. */
  function undo(nodeId: string, occurrence: number): void {
    for (const [key, run] of runs) {
      if (run.nodeId === nodeId && run.occurrence === occurrence) runs.set(key, { ...run, rolledBack: true });
    }
  }

  function put(node: NodeAttempt, status: NodeRun['status'], durationMs: number | null, error: string | null): void {
    const { nodeId, occurrence, attempt } = node;
    const key = keyOf(node);
    const isCurrent = current.has(key);
    const wasUndone =
      status === 'completed' ? !completed.has(`${nodeId}/${occurrence}`) : status === 'failed' && !isCurrent;
    const rolledBack = !isThread && wasUndone;
    const stated = status === 'interrupted' && isCurrent ? 'running' : status;
    runs.set(key, { nodeId, occurrence, attempt, status: stated, durationMs, error, rolledBack });
  }
}

function keyOf({ nodeId, occurrence, attempt }: NodeAttempt): string {
  return JSON.stringify([nodeId, occurrence, attempt]);
}
