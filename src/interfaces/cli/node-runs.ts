import type { AuditLog } from '../../application/audit/audit-log.js';
import { NodeCancelled, NodeCompleted, NodeFailed, NodeStarted } from '../../domain/events/families/node.events.js';
import type { ExecutionSnapshot, NodeAttempt } from '../../domain/execution/execution.js';

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
const TYPES = [NodeStarted.type, NodeCompleted.type, NodeFailed.type, NodeCancelled.type];

/** What an execution's nodes did, in the order they were begun. What a fork has from its origin is told there. */
export async function nodeRunsOf(log: AuditLog, execution: ExecutionSnapshot): Promise<readonly NodeRun[]> {
  const runs = new Map<string, NodeRun>();
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
      }
    }
    after = entries.at(-1)?.position ?? after;
    if (entries.length < PAGE) return [...runs.values()];
  }

  function put(node: NodeAttempt, status: NodeRun['status'], durationMs: number | null, error: string | null): void {
    const { nodeId, occurrence, attempt } = node;
    const key = keyOf(node);
    const isCurrent = current.has(key);
    const rolledBack =
      status === 'completed' ? !completed.has(`${nodeId}/${occurrence}`) : status === 'failed' && !isCurrent;
    const stated = status === 'interrupted' && isCurrent ? 'running' : status;
    runs.set(key, { nodeId, occurrence, attempt, status: stated, durationMs, error, rolledBack });
  }
}

function keyOf({ nodeId, occurrence, attempt }: NodeAttempt): string {
  return JSON.stringify([nodeId, occurrence, attempt]);
}
