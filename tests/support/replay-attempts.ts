import type { AuditEntry } from '../../src/index.js';

interface Payload {
  readonly executionId?: string;
  readonly nodeId?: string;
  readonly occurrence?: number;
  readonly attempt?: number;
}

/** What ends an attempt of a node. */
const ENDS: ReadonlySet<string> = new Set([
  'node.completed',
  'node.failed',
  'node.cancelled',
  'node.skipped',
  'node.retry_scheduled',
]);

const OVER = /^execution\.(completed|failed|cancelled)$/;

/**
 * The attempts of executions which are over that were started and have no end. What ran when a process died ended with
 * it, which `execution.recovered` tells; what a rollback left behind ended with that.
 */
export function checkAttempts(entries: readonly AuditEntry[]): readonly string[] {
  const problems: string[] = [];
  /** Those that are open, by execution, and whether they wait. */
  const open = new Map<string, Map<string, boolean>>();
  for (const { event } of entries) {
    const { executionId, nodeId, occurrence, attempt } = event.payload as Payload;
    if (executionId === undefined) continue;
    const attempts = open.get(executionId) ?? new Map<string, boolean>();
    open.set(executionId, attempts);
    const key = `${nodeId}/${occurrence} ${attempt}`;
    if (event.type === 'node.started') attempts.set(key, false);
    else if (event.type === 'node.suspended') attempts.set(key, true);
    else if (ENDS.has(event.type)) attempts.delete(key);
    else if (event.type === 'checkpoint.rollback_completed') attempts.clear();
    else if (event.type === 'execution.recovered') {
      for (const [other, waits] of attempts) if (!waits) attempts.delete(other);
    } else if (OVER.test(event.type)) {
      for (const other of attempts.keys()) problems.push(`${executionId}/${other} has no end, and ${event.type}.`);
      attempts.clear();
    }
  }
  return problems;
}
