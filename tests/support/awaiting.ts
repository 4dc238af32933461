/**
 * Types that are declared and that nothing emits yet, each with the capability it waits for. A type leaves the list in the
 * change that emits it: the wiring suite fails when it does not.
 */
export const AWAITING: Readonly<Record<string, string>> = {
  'execution.timed_out': 'time limits of executions',
  'execution.restarted': 'restart',
  'node.skipped': 'decision nodes',
  'node.retry_scheduled': 'retry policies',
  'node.timed_out': 'time limits of nodes',
  'node.suspended': 'approvals, timers and signals',
  'node.compensated': 'compensations',
  'node.compensation_failed': 'compensations',
  'checkpoint.labelled': 'labels of checkpoints',
  'checkpoint.pruned': 'pruning',
};
