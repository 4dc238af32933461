import { WaymarkError } from '../../domain/shared/errors.js';
import type { EarlyEnd } from './process-io.js';

/** Exit codes, the same for every command. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** What is wrong with how the command was called, rather than with what it did. */
const USAGE_CODES = new Set([
  'WAYMARK_USAGE',
  'WAYMARK_INVALID_ARGUMENT',
  'WAYMARK_INVALID_CURSOR',
  'WAYMARK_INVALID_ENVIRONMENT',
  'WAYMARK_INVALID_ID',
  'WAYMARK_INVALID_JSON',
  'WAYMARK_INVALID_KEY',
  'WAYMARK_INVALID_QUERY',
  'WAYMARK_INVALID_SET',
  'WAYMARK_INVALID_STORAGE',
  'WAYMARK_NOT_JSON',
  'WAYMARK_SEVERAL_WORKFLOWS',
  'WAYMARK_UNKNOWN_EVENT_TYPE',
  'WAYMARK_UNKNOWN_NODE',
  'WAYMARK_WORKFLOW_FILE_NOT_FOUND',
]);

/** The exit code that tells of an error. */
export function exitCodeFor(error: WaymarkError): number {
  return USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed;
}

/** `WAYMARK_USAGE`: the command line can't be understood. */
export function usageError(message: string, hint: string): WaymarkError {
  return new WaymarkError('WAYMARK_USAGE', message, { hint });
}

/** An error that says what to do next: where it does not say so itself, and the call was wrong, the help does. */
export function withHint(error: WaymarkError, help: string): WaymarkError {
  if (error.hint !== undefined || exitCodeFor(error) !== EXIT.usage) return error;
  return new WaymarkError(error.code, error.message, { cause: error, hint: `See ${help}.`, details: error.details });
}

/** Anything that was thrown, as an error that can be told. */
export function toWaymarkError(thrown: unknown): WaymarkError {
  if (WaymarkError.is(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new WaymarkError('WAYMARK_UNEXPECTED', message || 'Something failed and did not say why.', {
    cause: thrown,
    hint: 'Set WAYMARK_DEBUG=1 to see where it happened.',
  });
}

/**
 * `WAYMARK_STALLED` or `WAYMARK_EXITED`: the program ends before its command is done.
 *
 * @param openWork what to do with what is open
 */
export function endedEarly(why: EarlyEnd, openWork: string | undefined): WaymarkError {
  if (why === 'exited') {
    return new WaymarkError(
      'WAYMARK_EXITED',
      'The workflow ended the program (process.exit) before its command was done.',
      { hint: openWork ?? 'Let the workflow return or throw instead.' },
    );
  }
  return new WaymarkError(
    'WAYMARK_STALLED',
    'Nothing is left to wait for, and the workflow has not gone on: it awaits a promise that never settles.',
    { hint: openWork ?? 'See what the file awaits while it is loaded.' },
  );
}
