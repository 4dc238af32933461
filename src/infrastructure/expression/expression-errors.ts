import { WaymarkError } from '../../domain/shared/errors.js';

/** How much of an expression a message repeats. */
const MAX_SHOWN = 200;

/** `WAYMARK_INVALID_EXPRESSION` */
export function invalidExpression(text: string, problem: string): WaymarkError {
  return new WaymarkError('WAYMARK_INVALID_EXPRESSION', `The expression ${shown(text)} is not valid: ${problem}.`, {
    hint: 'Expressions are CEL over state, input, item, index and iteration: state.total > 10.',
    details: { expression: text.slice(0, MAX_SHOWN), problem },
  });
}

/** `WAYMARK_EXPRESSION_FAILED` */
export function expressionFailed(text: string, problem: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_EXPRESSION_FAILED', `The expression ${shown(text)} failed: ${problem}.`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'Look at the state it was given; has(state.key) and state.?key.orValue(…) allow for what may be missing.',
    details: { expression: text.slice(0, MAX_SHOWN), problem },
  });
}

function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
