import type { ExecutionSnapshot } from './execution-snapshot.js';

/**
 * What an execution has in place of the hash of a graph when a runner of the host's records itself: there is no
 * definition, and so nothing that Waymark could run. No graph has this hash.
 */
export const RECORDED = 'recorded';

/** Whether a runner of the host's runs an execution, and Waymark only records it. */
export function isRecorded({ workflowHash }: Pick<ExecutionSnapshot, 'workflowHash'>): boolean {
  return workflowHash === RECORDED;
}
