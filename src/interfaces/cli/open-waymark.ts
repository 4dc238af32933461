import type { Waymark } from '../../composition/waymark.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { Session } from './session.js';

/** What a command does with a store: `create` makes one that is not there; `read` also takes one that can't be written to. */
export type StoreAccess = 'create' | 'change' | 'read';

// A letter and a colon is a drive of Windows, not a scheme.
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/**
 * Opens the store, does the work, and closes it.
 *
 * @throws WaymarkError `WAYMARK_STORE_…`, and whatever the work throws
 */
export async function withWaymark<Result>(
  session: Session,
  access: StoreAccess,
  work: (waymark: Waymark) => Promise<Result>,
): Promise<Result> {
  const waymark = await open(session, access);
  let result: Result;
  try {
    result = await work(waymark);
  } catch (error) {
    // The first failure is the one to tell; what closing adds follows from it.
    await waymark.close().catch(() => undefined);
    throw error;
  }
  await waymark.close();
  return result;
}

/** A storage URL: what `--store` takes is one, or the path of a SQLite file. */
export function storageUrl(store: string, options: Readonly<Record<string, string>> = {}): string {
  const url = SCHEME.test(store) ? store : `sqlite:${store}`;
  if (!url.startsWith('sqlite:')) return url;
  const given = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  const added = Object.entries(options).filter(([name]) => !given.has(name));
  if (added.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${added.map(([name, value]) => `${name}=${value}`).join('&')}`;
}

async function open(session: Session, access: StoreAccess): Promise<Waymark> {
  const { createWaymark } = await import('../../composition/create-waymark.js');
  const mustExist = access === 'create' ? {} : { mustExist: 'true' };
  try {
    return await createWaymark({ storage: storageUrl(session.store, mustExist) });
  } catch (error) {
    if (access === 'read' && WaymarkError.is(error, 'WAYMARK_STORE_READ_ONLY')) {
      return createWaymark({ storage: storageUrl(session.store, { ...mustExist, mode: 'ro' }) });
    }
    if (WaymarkError.is(error, 'WAYMARK_STORE_NOT_FOUND')) throw storeNotFound(error);
    throw error;
  }
}

/** The store's own error, with what helps at a command line. */
function storeNotFound(error: WaymarkError): WaymarkError {
  return new WaymarkError(error.code, error.message, {
    cause: error,
    hint: 'Run a workflow to make it (waymark run FILE), or name another store with --store.',
    details: error.details,
  });
}
