import type { JsonObject } from '../../domain/shared/json.js';
import { approval } from '../../domain/workflow/nodes/approval.js';
import { signal } from '../../domain/workflow/nodes/signal.js';
import { subworkflow } from '../../domain/workflow/nodes/subworkflow.js';
import { task } from '../../domain/workflow/nodes/task.js';
import { timer } from '../../domain/workflow/nodes/timer.js';
import type { WorkflowNode } from '../../domain/workflow/nodes/workflow-node.js';
import { fill } from '../steps/http-step.js';
import { type Filling, fillText } from '../steps/step-text.js';
import { type Compilation, type Place, within } from './compilation.js';
import { durationMs } from './duration.js';
import type { StepOf } from './step-shapes.js';

/** Waits until somebody approves. */
export function compileApproval(compilation: Compilation, step: StepOf<'approval'>, place: Place): WorkflowNode {
  const given = typeof step.approval === 'string' ? { message: step.approval } : step.approval;
  const at = typeof step.approval === 'string' ? within(place, 'approval') : within(place, 'approval', 'message');
  const message = given.message === undefined ? undefined : textOf(compilation, given.message, at);
  if (given['on-expiry'] === 'escalate' && given['escalate-to'] === undefined) {
    compilation.problem(within(place, 'approval'), 'on-expiry is escalate, and escalate-to says nobody');
  }
  if (given['on-expiry'] !== undefined && given.expires === undefined) {
    compilation.problem(within(place, 'approval', 'on-expiry'), 'on-expiry means nothing without expires');
  }
  return approval({
    ...named(step.name),
    ...(message === undefined ? {} : { message }),
    ...(given.approvers === undefined ? {} : { approvers: given.approvers }),
    ...(given.expires === undefined ? {} : { expiresAfterMs: durationMs(given.expires) }),
    ...(given['on-expiry'] === undefined ? {} : { onExpiry: given['on-expiry'] }),
    ...(given['escalate-to'] === undefined ? {} : { escalateTo: given['escalate-to'] }),
    ...(given['on-rejection'] === undefined ? {} : { onRejection: given['on-rejection'] }),
    ...(step.into === undefined ? {} : { into: step.into }),
  });
}

/** Waits for a while, or until a moment. */
export function compileWait(compilation: Compilation, step: StepOf<'wait'>, place: Place): WorkflowNode {
  const { wait } = step;
  if (typeof wait === 'string') return timer({ ...named(step.name), afterMs: durationMs(wait) });
  if ('for' in wait) return timer({ ...named(step.name), afterMs: durationMs(wait.for) });
  const until = textOf(compilation, wait.until, within(place, 'wait', 'until'));
  return timer({ ...named(step.name), until: typeof until === 'string' ? () => until : until });
}

/** Waits for a signal from outside. */
export function compileSignal(compilation: Compilation, step: StepOf<'signal'>, place: Place): WorkflowNode {
  const given = typeof step.signal === 'string' ? { name: step.signal } : step.signal;
  if (step.name !== undefined) compilation.problem(within(place, 'name'), 'a signal is called by its own name', 'key');
  return signal({
    name: given.name,
    ...(given.timeout === undefined ? {} : { timeoutMs: durationMs(given.timeout) }),
    ...(step.into === undefined ? {} : { into: step.into }),
  });
}

/** Runs the workflow of another file. */
export function compileSubworkflow(compilation: Compilation, step: StepOf<'workflow'>, place: Place): WorkflowNode {
  const workflow = compilation.options.workflows.get(step.workflow);
  const input = step.input === undefined ? undefined : compilation.templateValue(step.input, within(place, 'input'));
  // Whoever gathered the files has told why it is not there.
  if (workflow === undefined) return task(() => undefined);
  return subworkflow({
    ...named(step.name),
    workflow,
    ...(input === undefined ? {} : { input: (state: JsonObject) => fill(input, fillingOf(compilation, state)) }),
    ...(step.into === undefined ? {} : { into: step.into }),
  });
}

/** A text, or a function of the state where it has templates. */
function textOf(compilation: Compilation, text: string, place: Place): string | ((state: JsonObject) => string) {
  const { parts } = compilation.template(text, place);
  if (parts.every((part) => part.kind === 'text')) return parts.map((part) => part.text).join('');
  return (state) => fillText(parts, fillingOf(compilation, state));
}

function fillingOf({ evaluator }: Compilation, state: JsonObject): Filling {
  return { evaluator, scope: { state }, secrets: {} };
}

function named(name: string | undefined): { readonly name?: string } {
  return name === undefined ? {} : { name };
}
