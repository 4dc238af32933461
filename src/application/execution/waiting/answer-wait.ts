import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { IllegalTransitionError } from '../../../domain/execution/execution-status.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { JsonValue } from '../../../domain/shared/json.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExecutionHandle } from '../execution-result.js';
import { assertSettled, findExecution } from '../execution-services.js';
import type { VerbServices } from '../verb-services.js';
import type { ExecutionStep } from '../execution-step.js';
import { loadStep } from '../load-step.js';
import type { VerbOnce } from '../verb-once.js';
import { dueLaunch, endsByItself } from './due-launch.js';
import { endWait } from './end-waits.js';
import { runElsewhere } from './waiting-errors.js';

/** How often a verb is tried when others change the execution at the same time. */
const TRIES = 5;

/** What became of an answer: an approval, a rejection or a signal. */
export interface AnswerResult {
  readonly executionId: string;
  /** The node that it was for; `null` for a signal that nothing waits for yet. */
  readonly nodeId: string | null;
  readonly occurrence: number | null;
  /**
   * `continued`: the execution goes on here, and {@link run} is its handle. `recorded`: the answer is durable, and the
   * execution goes on with it when it is resumed: its workflow is not loaded here, or it was stopped for another reason
   * as well. `kept`: the signal waits for a node.
   */
  readonly outcome: 'continued' | 'recorded' | 'kept';
  readonly run?: ExecutionHandle;
}

/** What an answer adds to a step: whose wait it ends, with what, and the event that tells of it. `undefined`: none. */
export interface Answer {
  readonly node: SuspendedNode;
  readonly value: JsonValue;
  readonly causationId?: string;
}

/**
 * Makes an answer out of a step.
 *
 * @param workflow the definition, where it is loaded
 */
export type Answering = (step: ExecutionStep, workflow: Workflow | undefined) => Answer | undefined;

/**
 * Brings an answer to an execution, in one transaction with its events: to the one that this instance runs, or to one
 * that stands still, which goes on then.
 *
 * @throws IllegalTransitionError when it has ended; WaymarkError `WAYMARK_NOT_OWNER` when another process runs it, and
 *   whatever the answering throws
 */
export async function answerWait(
  services: VerbServices,
  verb: 'approve' | 'reject' | 'signal',
  executionId: string,
  answering: Answering,
  once?: VerbOnce,
): Promise<AnswerResult> {
  for (let tries = 1; ; tries += 1) {
    try {
      return (
        (await tell(services, executionId, answering, once)) ??
        (await answerStanding(services, verb, executionId, answering, once))
      );
    } catch (error) {
      // Somebody changed it in between: another answer, a timer. What holds now is looked at anew.
      if (tries >= TRIES || !WaymarkError.is(error, 'WAYMARK_VERSION_CONFLICT')) throw error;
    }
  }
}

/** Brings it to the run of this instance. `undefined` when there is none, or it has come to its end. */
async function tell(
  { active }: VerbServices,
  executionId: string,
  answering: Answering,
  once: VerbOnce | undefined,
): Promise<AnswerResult | undefined> {
  const running = active.find(executionId);
  if (running?.runner.tell === undefined) return undefined;
  let answer: Answer | undefined;
  const told = await running.runner.tell((step, workflow) => {
    answer = answering(step, workflow);
    keep(step, resultFor(executionId, answer, answer !== undefined), once);
    return answer === undefined ? undefined : endWait(step, workflow, answer.node, answer.value, answer.causationId);
  });
  if (told === 'made') {
    const result = resultFor(executionId, answer, answer !== undefined);
    return answer === undefined ? result : { ...result, run: active.handleOf(executionId, running) };
  }
  // A run that the store failed has told whoever waits for its result.
  await running.result.catch(() => undefined);
  return undefined;
}

async function answerStanding(
  services: VerbServices,
  verb: 'approve' | 'reject' | 'signal',
  executionId: string,
  answering: Answering,
  once: VerbOnce | undefined,
): Promise<AnswerResult> {
  const stored = await findExecution(services, executionId);
  assertStands(stored, verb);
  const workflow = services.registry.find(stored);
  const step = await loadStep(services, stored);
  const answer = answering(step, workflow);
  if (workflow !== undefined && answer !== undefined && endsByItself(stored)) {
    const { node, value, causationId } = answer;
    const launch = dueLaunch(services, step, workflow, causationId, (cause) =>
      endWait(step, workflow, node, value, cause),
    );
    const result = resultFor(executionId, answer, true);
    keep(step, result, once);
    return { ...result, run: await services.active.launch(launch) };
  }
  if (answer !== undefined) {
    const { node, value } = answer;
    step.execution = step.execution.changeSuspended(node, { ...node, settled: { value } });
  }
  const result = resultFor(executionId, answer, false);
  keep(step, result, once);
  await step.commit();
  return result;
}

function assertStands(stored: ExecutionSnapshot, verb: 'approve' | 'reject' | 'signal'): void {
  assertSettled(stored, verb);
  if (stored.status === 'paused') return;
  if (stored.status === 'running') throw runElsewhere(stored);
  throw new IllegalTransitionError(stored.id, stored.status, verb);
}

/** Keeps the result under the caller's key, in the transaction of the answer. A run does not fail over a key. */
function keep(step: ExecutionStep, result: AnswerResult, once: VerbOnce | undefined): void {
  if (once !== undefined) step.also((scope) => once.keepIfFree(result.executionId, result, scope));
}

function resultFor(executionId: string, answer: Answer | undefined, goesOn: boolean): AnswerResult {
  const outcome = goesOn ? 'continued' : 'recorded';
  return {
    executionId,
    nodeId: answer?.node.nodeId ?? null,
    occurrence: answer?.node.occurrence ?? null,
    outcome: answer === undefined ? 'kept' : outcome,
  };
}
