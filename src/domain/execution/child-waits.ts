import type { ExecutionSnapshot } from './execution-snapshot.js';
import type { SuspendedNode } from './progress.js';
import { isTerminal } from './execution-status.js';

/** The reasons to stand still that a wait gives, and not somebody's wish. */
const WAITS: readonly (string | null)[] = ['approval', 'timer', 'signal'];

/**
 * The key, among the details of a node that waits for an execution, that says: the parent stands still because that one
 * does, and for nothing else.
 */
export const STANDS_FOR_CHILD = 'standsForChild';

/** The part of an execution that tells whether it goes on by itself. */
type Standing = Pick<ExecutionSnapshot, 'status' | 'pauseReason' | 'undoing' | 'suspended'>;

/** A node that waits for the execution of a sub-workflow. */
export type WaitsForChild = SuspendedNode & { readonly childExecutionId: string };

/** The nodes of an execution that wait for the execution of a sub-workflow. */
export function childWaits({ suspended }: Pick<ExecutionSnapshot, 'suspended'>): readonly WaitsForChild[] {
  return suspended.filter(
    (node): node is WaitsForChild => node.awaiting === 'execution' && node.childExecutionId !== undefined,
  );
}

/** Whether an execution that stands still goes on by itself when one that it waits for has ended. */
export function goesOnAfterChild(execution: Standing): boolean {
  const { status, pauseReason, undoing, suspended } = execution;
  if (status !== 'paused' || undoing !== null) return false;
  return WAITS.includes(pauseReason) || suspended.some(({ details }) => details?.[STANDS_FOR_CHILD] === true);
}

/** Whether an execution stands still though one that it waits for has ended. */
export function hasEndedChild(
  execution: Standing,
  find: (executionId: string) => Pick<ExecutionSnapshot, 'status'> | undefined,
): boolean {
  if (!goesOnAfterChild(execution)) return false;
  return childWaits(execution).some(({ childExecutionId }) => {
    const child = find(childExecutionId);
    return child !== undefined && isTerminal(child.status);
  });
}
