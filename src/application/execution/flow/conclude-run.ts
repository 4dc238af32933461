import { childWaits, STANDS_FOR_CHILD } from '../../../domain/execution/child-waits.js';
import { deadlineOf } from '../../../domain/execution/due.js';
import type { PauseReason } from '../../../domain/execution/execution-snapshot.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import { addressOf } from '../../../domain/execution/standing.js';
import { staticId } from '../../../domain/workflow/address.js';
import { giveUpWaits } from '../../../domain/workflow/planner/plan.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { BreakpointWatch } from '../breakpoints/breakpoint-watch.js';
import { type ReachedBy, readyNode } from '../breakpoints/reached-node.js';
import {
  concludeCompleted,
  concludeFailed,
  concludeOnFailure,
  concludePaused,
  concludeWaiting,
  type Failure,
} from '../conclude-execution.js';
import type { ExecutionResult } from '../execution-result.js';
import type { ExecutionStep } from '../execution-step.js';
import { failureOf, recordFacts, settleSuspended } from '../node-steps.js';
import type { NodeOutcome } from '../run-node.js';
import type { StopWish } from './run-messages.js';
import { standstillOf } from '../waiting/standstill.js';

/** What decides how a run ends beside the execution itself. */
export interface RunEnd {
  readonly wish: StopWish | undefined;
  readonly watch: BreakpointWatch;
  readonly by: ReachedBy;
  /** The longest wait for another try that the execution is kept in memory for, in milliseconds. */
  readonly maxInMemoryWaitMs: number;
}

/**
 * Nothing runs and nothing more may be started: the execution ends here, or stands still. `undefined` where it is worth
 * waiting for another try.
 */
export function concludeRun(
  step: ExecutionStep,
  workflow: Workflow,
  { wish, watch, by, maxInMemoryWaitMs }: RunEnd,
  causationId: string | undefined,
): ExecutionResult | undefined {
  standForChildren(step, false);
  const failure = runFailure(step, workflow);
  if (failure?.pauses === true) return concludeOnFailure(step, failure);
  if (failure !== undefined) {
    giveUpWaiting(step, workflow, failure);
    return concludeFailed(step, failure, workflow);
  }
  const { waiting, suspended } = step.execution.snapshot;
  if (waiting.length + suspended.length === 0 && !watch.isStopping) {
    return concludeCompleted(step, workflow, causationId);
  }
  if (wish !== undefined) return wish.asAsker(() => concludePaused(step, [], causationId, wish.reason));
  // When its time is up it must not stand still: it is about to end.
  if (isPastDeadline(step)) return undefined;
  if (suspended.length > 0) {
    const reason = waitReason(step, maxInMemoryWaitMs);
    if (reason === undefined) return undefined;
    // Who steps goes on by hand: it is not to go on by itself when a wait is over.
    if (waiting.length === 0 && !watch.isHeld) {
      standForChildren(step, suspended.length === childWaits(step.execution.snapshot).length);
      return concludeWaiting(step, reason, causationId);
    }
  }
  const ready = waiting.map((at) => readyNode(by, at));
  return concludePaused(step, watch.standingAt(ready), causationId);
}

/** Notes whether an execution stands still because those stand still that it waits for, and for nothing else. */
function standForChildren(step: ExecutionStep, stands: boolean): void {
  for (const node of childWaits(step.execution.snapshot)) {
    const { [STANDS_FOR_CHILD]: noted = false, ...details } = node.details ?? {};
    if (noted === stands) continue;
    const changed = stands ? { ...details, [STANDS_FOR_CHILD]: true } : details;
    step.execution = step.execution.changeSuspended(node, { ...node, details: changed });
  }
}

/** Whether the time of an execution is up. */
export function isPastDeadline(step: ExecutionStep): boolean {
  const deadline = deadlineOf(step.execution.snapshot);
  return deadline !== null && deadline <= step.now();
}

/** Adds what became of an execution that a node has waited for to a step. Returns what follows from that is caused by. */
export function settleChild(
  step: ExecutionStep,
  workflow: Workflow,
  at: string,
  outcome: NodeOutcome,
): string | undefined {
  const node = step.execution.snapshot.suspended.find((waiting) => addressOf(waiting) === at);
  if (node === undefined) return undefined;
  if (outcome.ok !== undefined) return settleSuspended(step, workflow, node, outcome);
  step.execution = step.execution.changeSuspended(node, { ...node, ...outcome.suspend });
  return undefined;
}

/** A node that failed so that the execution does. */
interface RunFailure extends Failure {
  /** Whether the execution is to stand still before it instead. */
  readonly pauses: boolean;
}

/** Why an execution fails, once nothing in it goes on; `undefined` where it does not. */
function runFailure(step: ExecutionStep, workflow: Workflow): RunFailure | undefined {
  const at = failureOf(step.execution);
  if (at === undefined) return undefined;
  const known = step.memory.failures.get(at);
  const nodeId = staticId(known?.origin ?? at);
  const definition = workflow.nodes.get(nodeId);
  return {
    nodeId,
    error: known?.error ?? { name: 'Error', message: `${nodeId} failed` },
    causationId: known?.causationId,
    pauses: definition?.kind === 'task' && definition.onFailure === 'pause',
  };
}

/** Gives up what waits in an execution that fails: it is to be done again where somebody goes back. */
function giveUpWaiting(step: ExecutionStep, workflow: Workflow, { nodeId, causationId }: Failure): void {
  if (step.execution.snapshot.suspended.length === 0) return;
  const { standing, doneAtTop } = step.execution;
  const plan = giveUpWaits(workflow.tree, standing, doneAtTop, `${nodeId ?? step.execution.id} failed`);
  step.execution = step.execution.advance(plan);
  recordFacts(step, plan.facts, causationId);
}

/**
 * Why an execution stands still in which nothing runs; `undefined` where it is worth waiting in memory. Where only other
 * executions are waited for, it is their reason.
 */
function waitReason(step: ExecutionStep, maxInMemoryWaitMs: number): PauseReason | undefined {
  const { suspended } = step.execution.snapshot;
  const own = suspended.filter(({ awaiting }) => awaiting !== 'execution');
  if (own.length > 0) return standstillOf(own, Date.parse(step.now()), maxInMemoryWaitMs);
  return suspended.map(reasonOfChild).find((reason) => reason !== 'requested') ?? 'requested';
}

function reasonOfChild({ details }: SuspendedNode): PauseReason {
  return (details?.['reason'] as PauseReason | undefined) ?? 'requested';
}
