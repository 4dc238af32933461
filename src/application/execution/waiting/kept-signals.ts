import type { KeptSignal, SuspendedNode } from '../../../domain/execution/progress.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { JsonValue } from '../../../domain/shared/json.js';
import { currentContext } from '../../context/run-with-context.js';
import type { ExecutionStep } from '../execution-step.js';
import { takesValue } from './suspension.js';

/** How many signals that nothing waits for are kept for one execution. */
const MAX_KEPT = 1_000;

/**
 * Keeps a signal in a step that nothing waits for yet.
 *
 * @throws WaymarkError `WAYMARK_TOO_MANY_SIGNALS`
 */
export function keepSignal(step: ExecutionStep, name: string, value: JsonValue): void {
  const { id, signals } = step.execution.snapshot;
  if (signals.length >= MAX_KEPT) throw tooManySignals(id);
  const by = currentContext()?.actor;
  const kept = { name, value, at: step.now(), ...(by === undefined ? {} : { by }) };
  step.execution = step.execution.withSignals([...signals, kept]);
}

/**
 * Takes the first signal that was kept for a node out of a step. `undefined` when there is none that it can go on with.
 */
export function takeKeptSignal(
  step: ExecutionStep,
  node: Pick<SuspendedNode, 'name' | 'details'>,
): KeptSignal | undefined {
  const { signals } = step.execution.snapshot;
  const kept = signals.find(({ name, value }) => name === node.name && takesValue(node, value));
  if (kept !== undefined) step.execution = step.execution.withSignals(signals.filter((other) => other !== kept));
  return kept;
}

/** `WAYMARK_TOO_MANY_SIGNALS` */
function tooManySignals(executionId: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_TOO_MANY_SIGNALS',
    `Execution ${executionId} keeps ${MAX_KEPT} signals that nothing has waited for, and takes no more.`,
    { hint: 'Send signals when they are waited for, or fewer of them.', details: { executionId } },
  );
}
