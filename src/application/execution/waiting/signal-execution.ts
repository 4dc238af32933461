import type { SuspendedNode } from '../../../domain/execution/progress.js';
import { assertIdentifier } from '../../../domain/shared/identifiers.js';
import { toJson } from '../../../domain/shared/json.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { VerbOptions } from '../execution-services.js';
import type { VerbServices } from '../verb-services.js';
import type { ExecutionStep } from '../execution-step.js';
import type { VerbOnce } from '../verb-once.js';
import { type Answering, type AnswerResult, answerWait } from './answer-wait.js';
import { keepSignal } from './kept-signals.js';
import { takesValue } from './suspension.js';
import { nothingWaits, signalMisfit } from './waiting-errors.js';

/** How to send a signal. */
export type SignalExecutionOptions = Pick<VerbOptions, 'actor' | 'idempotencyKey'>;

/**
 * Sends a signal to the node that has waited for it for the longest time. One that comes before its node waits is kept
 * with the execution, and the first node that waits for it takes it.
 *
 * @throws WaymarkError `WAYMARK_NOTHING_WAITS` when no node of the workflow ever waits for it,
 *   `WAYMARK_SIGNAL_MISFIT` when the node can't go on with what comes with it, `WAYMARK_TOO_MANY_SIGNALS`
 */
export function signalExecution(
  services: VerbServices,
  executionId: string,
  { name, payload }: { readonly name: string; readonly payload: unknown },
  once?: VerbOnce,
): Promise<AnswerResult> {
  assertIdentifier(name, 'signal name');
  const value = payload === undefined ? null : toJson(payload, `payload of the signal ${name}`);
  const answering: Answering = (step, workflow) => {
    const node = waitingFor(step, name);
    if (node !== undefined) {
      if (!takesValue(node, value)) throw signalMisfit(step.execution.id, node, name);
      return { node, value };
    }
    if (workflow !== undefined && !isAwaited(workflow, name)) {
      throw nothingWaits(step.execution.snapshot, `the signal ${name}`);
    }
    keepSignal(step, name, value);
    return undefined;
  };
  return answerWait(services, 'signal', executionId, answering, once);
}

function waitingFor(step: ExecutionStep, name: string): SuspendedNode | undefined {
  return step.execution.snapshot.suspended.find(
    (node) => node.awaiting === 'signal' && node.name === name && node.settled === undefined,
  );
}

/** Whether a node of the workflow waits for it at some time. */
function isAwaited(workflow: Workflow, name: string): boolean {
  return [...workflow.nodes.values()].some((node) => node.kind === 'signal' && node.name === name);
}
