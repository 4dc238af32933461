import { InvalidArgumentError } from '../../domain/shared/errors.js';

/** Promises of other kinds (Bluebird, query builders) fail like any other. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
  } catch {
    // Who waits for it will be told the same, where that is seen to.
    return true;
  }
}

/** Tells of a rejection of what a host's function returned: nobody else waits for that, and Node would end the process. */
export function onRejection(returned: unknown, report: (error: unknown) => void): void {
  if (returned === undefined || !isThenable(returned)) return;
  // A promise of our own: what reads or calls a foreign `then` may throw.
  new Promise((resolve) => {
    resolve(returned);
  }).catch(report);
}

/**
 * What a host's function returned whose answer is needed at once. What becomes of a promise is nobody's business then.
 *
 * @param what how a person calls the function: `filter`
 * @throws InvalidArgumentError for a promise
 */
export function assertSynchronous<Value>(returned: Value, what: string): Value {
  // Nearly always a boolean or a text.
  if (typeof returned !== 'object' && typeof returned !== 'function') return returned;
  if (!isThenable(returned)) return returned;
  onRejection(returned, () => undefined);
  throw new InvalidArgumentError(`The ${what} must not be asynchronous, and it returned a promise.`, {
    hint: 'Its answer is needed at once. Do what has to be waited for in the handler.',
  });
}
