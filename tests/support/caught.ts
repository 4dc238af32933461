import { WaymarkError } from '../../src/domain/shared/errors.js';

/** What a call throws, or a promise rejects with. Fails the test when neither happens. */
export async function caught(action: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof action === 'function' ? action() : action);
  } catch (error) {
    return error;
  }
  throw new Error('It was expected to fail, and it did not.');
}

/** {@link caught}, for one of Waymark's own errors. */
export async function caughtWaymark(action: Promise<unknown> | (() => unknown)): Promise<WaymarkError> {
  const error = await caught(action);
  if (WaymarkError.is(error)) return error;
  throw new Error('It failed, but not with a WaymarkError.', { cause: error });
}

/** The code of the Waymark error that something fails with. */
export async function codeOf(action: Promise<unknown> | (() => unknown)): Promise<string> {
  return (await caughtWaymark(action)).code;
}
