import { errorRecord } from '../context/error-record.js';

/**
 * Warns the process of something that nobody waits for: it is what an `onError` does that is not given. Never throws.
 * `process.emitWarning` takes no error of another realm (a worker, a vm context), and no name for an error that it is
 * given: the warning is made of what the error says.
 *
 * @param type the warning's name: `WaymarkRecoveryWarning`
 * @example warnProcess(error, 'WaymarkSealWarning'); // (node:1) [WAYMARK_STORE_BUSY] WaymarkSealWarning: the store …
 */
export function warnProcess(thrown: unknown, type: string): void {
  const { message, code, stack } = errorRecord(thrown);
  process.emitWarning(message, {
    type,
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { detail: stack }),
  });
}
