import { basename, dirname } from 'node:path';
import { WaymarkError } from '../../../domain/shared/errors.js';

/**
 * What SQLite's driver threw, as a WaymarkError with the next step and the cause. An error that is not the driver's is
 * given back as it is.
 *
 * @param path the file, for the message
 */
export function toStoreError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (isLocked(error)) return storeLocked(path, 0, error);
  if (code === 'SQLITE_READONLY_DBMOVED') return storeMoved(path, error);
  if (code.startsWith('SQLITE_READONLY')) return storeReadOnly(path, error);
  if (code.startsWith('SQLITE_FULL')) return storeFull(path, error);
  if (code.startsWith('SQLITE_NOTADB')) return notADatabase(path, error);
  if (code.startsWith('SQLITE_CANTOPEN')) return unwritableFolder(path, error);
  if (code.startsWith('SQLITE_CORRUPT')) return storeCorrupt(path, messageOf(error), error);
  const [, table] = NO_TABLE.exec(messageOf(error)) ?? [];
  if (table !== undefined) return storeCorrupt(path, `its table ${table} is missing`, error);
  return storeFailed(path, error);
}

/** What SQLite says of a table, under the code that it has for everything. */
const NO_TABLE = /no such table: (?:main\.)?(\w+)/;

/** Whether somebody else holds the lock, so that it is worth trying again. */
export function isLocked(error: unknown): boolean {
  const code = sqliteCode(error);
  // SQLITE_PROTOCOL: a race for the lock of the write-ahead log that SQLite itself gave up on.
  return code !== undefined && /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code);
}

/** Whether SQLite could not make the files that it needs beside a store, even to read it. */
export function lacksSideFiles(error: unknown): boolean {
  const thrown = WaymarkError.is(error) ? error.cause : error;
  return /^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(thrown) ?? '');
}

/** Whether a row was refused because another one has its key. */
export function isUniqueViolation(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  return driverError === undefined ? UNIQUE_VIOLATIONS.has(code) : isUniqueViolation(driverError);
}

/** SQLite's extended result codes, and PostgreSQL's SQLSTATE. */
const UNIQUE_VIOLATIONS: ReadonlySet<unknown> = new Set([
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  '23505',
]);

/** `WAYMARK_STORE_LOCKED`: another program held the write lock for longer than we wait. */
export function storeLocked(path: string, waitedMs: number, cause?: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_LOCKED',
    `The store ${path} is locked: another program has been writing for ${waitedMs} ms.`,
    {
      cause,
      hint: 'Nothing was written. Try again, end the program that holds the lock, or raise lockTimeoutMs.',
      details: { path, waitedMs },
    },
  );
}

/** `WAYMARK_STORE_READ_ONLY`: something was to be written to a store that can only be read. */
export function storeReadOnly(path: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_READ_ONLY', `The store ${path} can only be read.`, {
    cause,
    hint: 'Open it for writing as a user who may write the file and its folder; only to read it, open it with mode "ro".',
    details: { path },
  });
}

/** `WAYMARK_STORE_NOT_FOUND`: there is no such file, and it was not to be made. */
export function storeNotFound(path: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_NOT_FOUND', `There is no store at ${path}.`, {
    cause,
    hint: 'Check the path (it is relative to the working directory); a store is made by the first program that writes to it.',
    details: { path },
  });
}

/** `WAYMARK_STORE_NOT_A_DATABASE`: the path leads to something else. */
export function notADatabase(path: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_NOT_A_DATABASE', `${path} is not a SQLite database.`, {
    cause,
    hint: 'Nothing in it was changed. Give the path of a Waymark store, or one where there is no file yet.',
    details: { path },
  });
}

/** `WAYMARK_STORE_NOT_WAYMARK`: a SQLite database, and not one that Waymark made. */
export function notWaymark(path: string, why: string): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_NOT_WAYMARK', `${path} is not a Waymark store: ${why}.`, {
    hint: 'Nothing in it was changed. Give the path of a Waymark store, or one where there is no file yet.',
    details: { path },
  });
}

/** `WAYMARK_STORE_UNWRITABLE_FOLDER`: the folder can't be made, or SQLite may not make its files in it. */
export function unwritableFolder(path: string, cause?: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_UNWRITABLE_FOLDER',
    `The store ${path} can't be opened: its folder can't be used.`,
    {
      cause,
      hint: `Make ${dirname(path)} a folder that this user may enter and write to: SQLite keeps files beside the store (-wal, -shm).`,
      details: { path },
    },
  );
}

/**
 * `WAYMARK_STORE_UNWRITABLE_FOLDER`: it was to be read only, and even that takes files beside it that can't be made.
 */
export function unreadableInPlace(path: string, cause: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_UNWRITABLE_FOLDER',
    `The store ${path} can't be read where it is: what was written last is in its -wal, and this user may not make the -shm that reading that takes.`,
    {
      cause,
      hint: `Copy ${basename(path)} and ${basename(path)}-wal to a folder that this user may write to, and read the copy.`,
      details: { path },
    },
  );
}

/** `WAYMARK_STORE_NEWER`: a newer Waymark has changed the tables. */
export function storeNewer(path: string, unknown: readonly string[]): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_NEWER',
    `The store ${path} was made by a newer Waymark: this one does not know its migration ${unknown.join(', ')}.`,
    {
      hint: 'Nothing was changed. Upgrade waymark to the version that made it.',
      details: { path, migrations: unknown },
    },
  );
}

/** `WAYMARK_STORE_OUTDATED`: the tables have to be migrated, and the store was opened only to read it. */
export function storeOutdated(path: string, pending: readonly string[]): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_OUTDATED',
    `The store ${path} can't be read as it is: the migration ${pending.join(', ')} is pending.`,
    {
      hint: 'Open it once for writing: that migrates it. Then it can be opened with mode "ro".',
      details: { path, migrations: pending },
    },
  );
}

/** `WAYMARK_STORE_CORRUPT`: what is stored contradicts itself. */
export function storeCorrupt(path: string, problem: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_CORRUPT', `The store ${path} is damaged: ${problem}.`, {
    cause,
    hint: 'Copy the file and its -wal away before anything else, then run waymark verify to learn how far the log is intact.',
    details: { path },
  });
}

/** `WAYMARK_STORE_CLOSED`: it is used before it was opened or after it was closed. */
export function storeClosed(path: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_CLOSED', `The store ${path} is not open.`, {
    cause,
    hint: 'Open it first, and close it when nothing uses it any more.',
    details: { path },
  });
}

/** `WAYMARK_DRIVER_MISSING`: the database's driver is an optional package and is not there. */
export function driverMissing(cause: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_DRIVER_MISSING',
    'A SQLite store needs the package better-sqlite3, which can not be loaded.',
    {
      cause,
      hint: 'npm install better-sqlite3@12',
    },
  );
}

/** `WAYMARK_TRANSACTION_ENDED`: a scope is used after its transaction. */
export function transactionEnded(): WaymarkError {
  return new WaymarkError(
    'WAYMARK_TRANSACTION_ENDED',
    'A write came after the end of its transaction and was not made.',
    {
      hint: 'Await every write within the function given to UnitOfWork.run.',
    },
  );
}

function storeFull(path: string, cause: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_FULL',
    `The store ${path} is full: the disk or its limit (maxBytes) is used up.`,
    {
      cause,
      hint: 'The last write was taken back. Free space on the disk, or raise maxBytes, and try again.',
      details: { path },
    },
  );
}

/**
 * `WAYMARK_STORE_NOT_FOUND`: the path leads to no file any more, or to another one: what is written goes where nobody
 * finds it.
 */
export function storeMoved(path: string, cause?: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_NOT_FOUND',
    `The store ${path} was moved, removed or replaced while it was open.`,
    {
      cause,
      hint: 'What was written last may be lost. Put the file back, and open the store again.',
      details: { path },
    },
  );
}

function storeFailed(path: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_FAILED', `The store ${path} failed: ${messageOf(cause)}.`, {
    cause,
    hint: 'The last write was taken back. See the cause; waymark doctor looks at the store.',
    details: { path, code: sqliteCode(cause) },
  });
}

/** SQLite's extended result code. TypeORM wraps the driver's error and keeps it as `driverError`. */
function sqliteCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return code;
  return driverError === undefined ? undefined : sqliteCode(driverError);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
