import { WaymarkError, type WaymarkErrorCode } from '../../domain/shared/errors.js';

/** What says that the store can't be written to at present, whatever is written. */
const OF_THE_STORE: ReadonlySet<WaymarkErrorCode> = new Set([
  'WAYMARK_STORE_LOCKED',
  'WAYMARK_STORE_UNAVAILABLE',
  'WAYMARK_STORE_FULL',
  'WAYMARK_STORE_READ_ONLY',
  'WAYMARK_STORE_NOT_FOUND',
  'WAYMARK_STORE_FORBIDDEN',
  'WAYMARK_STORE_LOGIN_REFUSED',
  'WAYMARK_STORE_CORRUPT',
  'WAYMARK_STORE_CLOSED',
  'WAYMARK_STORE_NOT_A_DATABASE',
  'WAYMARK_STORE_UNWRITABLE_FOLDER',
  'WAYMARK_STORE_OUTDATED',
  'WAYMARK_STORE_NEWER',
  'WAYMARK_COMMIT_UNKNOWN',
  'WAYMARK_CLOSED',
]);

/** Whether it may be the event, and not the store, that makes recording fail. */
export function mayBeTheEvent(error: unknown): boolean {
  return !(WaymarkError.is(error) && OF_THE_STORE.has(error.code));
}

/** `WAYMARK_NOT_RECORDED`: published events wait for the store. */
export function notRecorded(pending: number, spilled: number, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_NOT_RECORDED', `${pending} published event(s) could not be recorded yet.`, {
    cause,
    hint:
      spilled === pending
        ? 'They are in the spill file and are recorded by the next process that opens the store; mend it (see the cause).'
        : 'They are kept in memory and tried again; mend the store (see the cause) and flush once more.',
    details: { pending, spilled },
  });
}

/** What an error says. Not by its class: it may come from another realm. */
export function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' && message !== '' ? message : String(error);
}
