import type { Breakpoint, BreakpointScope } from '../../../domain/execution/breakpoints.js';
import { InvalidArgumentError, WaymarkError } from '../../../domain/shared/errors.js';
import type { Expression } from '../../../domain/workflow/nodes/expression.js';
import type { ExpressionEvaluator } from '../expression-evaluator.port.js';

/**
 * Refuses a condition that can never be told.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_EXPRESSION`
 */
export function assertCondition(expressions: ExpressionEvaluator, node: string, condition: Expression): void {
  const problem = expressions.check(condition.text);
  if (problem === undefined) return;
  throw new InvalidArgumentError(`The condition of the breakpoint at ${node} can't be told: ${problem}.`, {
    code: 'WAYMARK_INVALID_EXPRESSION',
    hint: 'It is an expression in CEL over state, input and occurrence: state.total > 10.',
  });
}

/**
 * Whether a condition held, of what it gave back.
 *
 * @throws WaymarkError `WAYMARK_CONDITION_NOT_BOOLEAN`
 */
export function asHeld(held: unknown, { node, when }: Pick<Breakpoint, 'node' | 'when'>): boolean {
  if (typeof held === 'boolean') return held;
  const what = held instanceof Promise ? 'a promise' : `of type ${held === null ? 'null' : typeof held}`;
  throw new WaymarkError(
    'WAYMARK_CONDITION_NOT_BOOLEAN',
    `The condition of the breakpoint ${when} ${node} is ${what}, and neither true nor false.`,
    { hint: 'A condition answers at once, with true or false.' },
  );
}

/** What tells whether the conditions of breakpoints hold. */
export function conditionsBy(expressions: ExpressionEvaluator) {
  return (condition: Expression, scope: BreakpointScope, breakpoint: Breakpoint): boolean =>
    asHeld(expressions.evaluate(condition.text, { ...scope }), breakpoint);
}
