import { InvalidArgumentError, WaymarkError } from '../../../domain/shared/errors.js';

/**
 * What PostgreSQL, its driver or the network threw, as a WaymarkError with the next step and the cause. An error that
 * is none of theirs is given back as it is.
 *
 * @param store how messages call the store, without its password
 */
export function toPostgresError(error: unknown, store: string): unknown {
  if (WaymarkError.is(error)) return error;
  if (isUnreachable(error)) return storeUnavailable(store, error);
  if (isRefusedByDriver(error)) return loginRefused(store, error);
  const code = sqlState(error);
  if (code === undefined) return error;
  const known = BY_STATE[code] ?? BY_STATE[code.slice(0, 2)];
  return known === undefined ? storeFailed(store, error, code) : known(store, error);
}

type Make = (store: string, cause: unknown) => WaymarkError;

/** By SQLSTATE, or by its class (the first two characters): PostgreSQL's manual, appendix A. */
const BY_STATE: Readonly<Record<string, Make>> = {
  '22021': nulCharacter,
  '25006': readOnly,
  '28': loginRefused,
  '3D000': databaseNotFound,
  '42501': storeForbidden,
  '42P01': damaged,
  '53100': storeFull,
  '55P03': waitedTooLong,
  '57014': waitedTooLong,
  '40': waitedTooLong,
  XX001: damaged,
  XX002: damaged,
};

/**
 * Whether there is no connection to the server any more, or not yet: another one may succeed. What was sent over it may
 * have been done.
 */
export function isUnreachable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || WaymarkError.is(error)) return false;
  const { code, message, name, driverError } = error as Partial<NodeJS.ErrnoException> & { driverError?: unknown };
  if (driverError !== undefined) return isUnreachable(driverError);
  if (typeof code === 'string') return UNREACHABLE.test(code);
  return name === 'QueryRunnerAlreadyReleasedError' || LOST.test(message ?? '');
}

/**
 * The server's connection exceptions (08), it has no room (53300), it stops, restarts or recovers (57P01 to 57P05), it
 * gave up an idle transaction (25P03); and the network's errors.
 */
const UNREACHABLE =
  /^(0800[013467]|53300|57P0[1-5]|25P0[34]|ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/;

/** What the driver says without a code. */
const LOST =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded when trying to connect|timeout expired|Cannot use a pool after)/;

/** A login or a certificate that the driver itself does not go on with. */
function isRefusedByDriver(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (
    /^(SASL|The server does not support SSL)/.test(error.message) ||
    /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_VERIFY/.test(code ?? '')
  );
}

/** Whether the wait for a connection took all the time there is, so that another one would double it. */
export function isConnectTimeout(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(timeout exceeded when trying to connect|timeout expired|Connection terminated due to connection timeout)/.test(
      error.message,
    )
  );
}

/** The SQLSTATE of an error. TypeORM wraps the driver's error and keeps it as `driverError`. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (driverError !== undefined) return sqlState(driverError);
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in error ? code : undefined;
}

/** `WAYMARK_STORE_UNAVAILABLE`: the server is not there, and what was begun was taken back. */
export function storeUnavailable(store: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_UNAVAILABLE', `The store ${store} can't be reached: ${messageOf(cause)}.`, {
    cause,
    hint: 'Nothing was written. See that the server runs and takes connections (pg_isready), and try again.',
    details: { store, code: stateOf(cause) },
  });
}

/** `WAYMARK_COMMIT_UNKNOWN`: the connection was lost during a commit, and nobody could tell how that ended. */
export function commitUnknown(store: string, cause: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_COMMIT_UNKNOWN',
    `The connection to ${store} was lost during a commit: it was made, or taken back as a whole.`,
    {
      cause,
      hint: 'Append the same events again: those that are recorded are not recorded twice. Read an execution before you change it again.',
      details: { store },
    },
  );
}

/** `WAYMARK_STORE_FAILED`: the transaction went on after an error that somebody caught, and PostgreSQL took it back. */
export function transactionAborted(store: string, cause: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_FAILED',
    `The store ${store} took the transaction back: a statement in it had failed.`,
    {
      cause,
      hint: 'Nothing was written. Where a failure is to be caught, make it a part of its own: scope.nested.',
      details: { store },
    },
  );
}

/** `WAYMARK_STORE_NOT_FOUND`: there is nothing in the schema, and nothing was to be made. */
export function schemaNotFound(store: string): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_NOT_FOUND', `There is no store in ${store}.`, {
    hint: 'Check the database and the schema; a store is made by the first program that writes to it.',
    details: { store },
  });
}

/** `WAYMARK_DRIVER_MISSING` */
export function postgresDriverMissing(cause: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_DRIVER_MISSING',
    'A PostgreSQL store needs the package pg, which can not be loaded.',
    { cause, hint: 'npm install pg@8' },
  );
}

/** `WAYMARK_STORE_READ_ONLY`: it was opened for reading. */
export function openedToRead(store: string): WaymarkError {
  return readOnly(store, new Error('it was opened with mode "ro"'));
}

function databaseNotFound(store: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_NOT_FOUND', `There is no database for ${store}: ${messageOf(cause)}.`, {
    cause,
    hint: 'Make it (createdb NAME), or name another one. The schema and its tables are made by Waymark.',
    details: { store },
  });
}

function loginRefused(store: string, cause: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_LOGIN_REFUSED',
    `The server of ${store} refuses the login: ${messageOf(cause)}.`,
    {
      cause,
      hint: 'Check the user and the password (percent-encoded in the URL, or in PGPASSWORD or ~/.pgpass), ssl, and the pg_hba.conf of the server.',
      details: { store, code: stateOf(cause) },
    },
  );
}

function storeForbidden(store: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_FORBIDDEN', `The user may not do that in ${store}: ${messageOf(cause)}.`, {
    cause,
    hint: 'Nothing was written. Let an administrator make the schema for this user: CREATE SCHEMA … AUTHORIZATION …; only to read, open it with mode "ro".',
    details: { store },
  });
}

/** `WAYMARK_STORE_FORBIDDEN`: there is a store, and the user may not even read what it is. */
export function rightsMissing(store: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_FORBIDDEN',
    `The user has no rights on the schema of ${store}, or on the tables in it.`,
    {
      hint: 'Let the owner of the store grant them. To read: GRANT USAGE ON SCHEMA … TO …; GRANT SELECT ON ALL TABLES IN SCHEMA … TO ….',
      details: { store },
    },
  );
}

function storeFull(store: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_FULL', `The store ${store} is full: ${messageOf(cause)}.`, {
    cause,
    hint: 'The last write was taken back. Free space on the disk of the server, and try again.',
    details: { store },
  });
}

function waitedTooLong(store: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_LOCKED', `The store ${store} is held by somebody else: ${messageOf(cause)}.`, {
    cause,
    hint: 'Nothing was written. Try again, end the program that holds it (pg_stat_activity), or raise lockTimeoutMs or statementTimeoutMs.',
    details: { store, code: stateOf(cause) },
  });
}

function readOnly(store: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_READ_ONLY', `The store ${store} can only be read: ${messageOf(cause)}.`, {
    cause,
    hint: 'Connect to the primary server as a user who may write; only to read it, open it with mode "ro".',
    details: { store },
  });
}

function damaged(store: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_CORRUPT', `The store ${store} is damaged: ${messageOf(cause)}.`, {
    cause,
    hint: 'Make a copy of the database before anything else, then run waymark verify to learn how far the log is intact.',
    details: { store },
  });
}

/** Bodies are JSON, where it has an escape; ids and names are checked where they come in. */
function nulCharacter(store: string, cause: unknown): WaymarkError {
  return new InvalidArgumentError(`A text can't be stored in ${store}: ${messageOf(cause)}.`, {
    cause,
    hint: 'PostgreSQL keeps no NUL character in a column: leave it out of ids and names.',
    details: { store },
  });
}

function storeFailed(store: string, cause: unknown, code: string): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_FAILED', `The store ${store} failed: ${messageOf(cause)}.`, {
    cause,
    hint: 'The last write was taken back. See the cause; waymark doctor looks at the store.',
    details: { store, code },
  });
}

function stateOf(cause: unknown): string | undefined {
  const { code, driverError } = (cause ?? {}) as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string') return code;
  return driverError === undefined ? undefined : stateOf(driverError);
}

/** A refused connection to several addresses has no message of its own. */
function messageOf(error: unknown): string {
  const { driverError } = (error ?? {}) as { driverError?: unknown };
  if (driverError !== undefined) return messageOf(driverError);
  const message = error instanceof Error ? error.message : String(error);
  return (message === '' ? (stateOf(error) ?? 'no reason given') : message).replace(/\.$/, '');
}
