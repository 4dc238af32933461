import { InvalidArgumentError } from './errors.js';

/** The longest identifier that Waymark takes, in UTF-16 code units. */
export const MAX_IDENTIFIER_LENGTH = 256;

/**
 * Names that mean something to JavaScript's objects. They are refused as identifiers, so that no lookup can hit them.
 */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

// C0 and C1 controls, DEL, and the line and paragraph separators: they break terminals, logs and line formats.
// oxlint-disable-next-line no-control-regex -- matching control characters is what this is for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

// Half of a surrogate pair has no UTF-8 form: a store would give it back as another identifier.
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Why `value` can't be an identifier, or `undefined` where it can. */
export function identifierProblem(value: unknown): string | undefined {
  const problem = labelProblem(value);
  if (problem !== undefined) return problem;
  return RESERVED.has(value as string) ? `must not be the reserved name ${String(value)}` : undefined;
}

/** Why `value` can't be a name for people, on one line, or `undefined` where it can. */
export function labelProblem(value: unknown, maxLength: number = MAX_IDENTIFIER_LENGTH): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value.length === 0) return 'must not be empty';
  if (value.length > maxLength) return `must have at most ${maxLength} characters`;
  if (isPlain(value)) return undefined;
  if (CONTROL.test(value)) return 'must not contain control characters';
  return LONE_SURROGATE.test(value) ? 'must be well-formed Unicode' : undefined;
}

/**
 * The one place where identifiers from outside are checked.
 *
 * @param value what came in
 * @param what how a person calls it: `execution id`, `node id`
 * @throws InvalidArgumentError `WAYMARK_INVALID_ID` when it is empty, longer than 256, holds control characters or half
 *   of a surrogate pair, or is a name such as `__proto__`
 * @example
 * assertIdentifier(request.params.id, 'execution id');
 */
export function assertIdentifier(value: unknown, what: string): asserts value is string {
  const problem = identifierProblem(value);
  if (problem === undefined) return;
  throw new InvalidArgumentError(`The ${what} ${describe(value)} is not valid: it ${problem}.`, {
    code: 'WAYMARK_INVALID_ID',
    hint: `Give the ${what} as Waymark printed it.`,
    details: { what, problem },
  });
}

/** Letters, digits and what joins them, which is what nearly all ids are made of: no expression need look at those. */
function isPlain(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    // From the hyphen over the digits to Z, and a to z.
    const isAllowed = (code >= 0x2d && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
    if (!isAllowed) return false;
  }
  return true;
}

function describe(value: unknown): string {
  if (typeof value !== 'string') return `(a ${typeof value})`;
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return JSON.stringify(shown);
}
