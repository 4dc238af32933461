import type { StorageConfig } from '../../composition/configuration.js';
import type { SealsConfig } from '../../composition/seals-configuration.js';
import type { Waymark } from '../../composition/waymark.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { masterKeyOf } from './master-key.js';
import type { Session } from './session.js';

/** What a command does with a store: `create` makes one that is not there; `read` leaves it as it is. */
export type StoreAccess = 'create' | 'change' | 'read';

/** What each takes. Who only reads makes no store of what is none, and migrates none. */
const ACCESS: Readonly<Record<StoreAccess, { readonly mode?: 'ro'; readonly mustExist?: true }>> = {
  create: {},
  change: { mustExist: true },
  read: { mode: 'ro' },
};

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
  seals: SealsConfig = {},
): Promise<Result> {
  const waymark = await open(session, access, seals);
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

/** What `--store` names: a storage URL, or the path of a SQLite file whatever characters it has. */
export async function storageOf(store: string): Promise<StorageConfig> {
  const { parseStorage } = await import('../../composition/configuration.js');
  return parseStorage(SCHEME.test(store) ? store : { kind: 'sqlite', path: store });
}

async function open(session: Session, access: StoreAccess, seals: SealsConfig): Promise<Waymark> {
  const masterKey = masterKeyOf(session);
  const { createWaymark } = await import('../../composition/create-waymark.js');
  const storage = await storageOf(session.store);
  try {
    return await createWaymark({
      storage: storage.kind === 'memory' ? storage : { ...storage, ...ACCESS[access] },
      seals,
      workspaces: session.home === undefined ? {} : { home: session.home },
      personalKeys: {
        ...(masterKey === undefined ? {} : { masterKey }),
        // The types are those of programs that are not here. Who can only read can't store what was decrypted.
        ...(access === 'read' ? { unknownTypes: 'reveal' } : {}),
      },
    });
  } catch (error) {
    const isFile = storage.kind === 'sqlite';
    if (isFile && WaymarkError.is(error, 'WAYMARK_STORE_NOT_FOUND')) throw storeNotFound(error);
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
