import { InvalidArgumentError } from '../domain/shared/errors.js';
import { type KeysOf, unknownKeys } from '../domain/shared/options.js';
import { DURABILITIES } from '../infrastructure/persistence/typeorm/durability.js';
import { SSL_MODES } from '../infrastructure/persistence/typeorm/postgres-tls.js';
import type { PostgresOptions } from '../infrastructure/persistence/typeorm/postgres-options.js';

/** A PostgreSQL store as a host names it: by a URL, by its parts, or by both, where the parts count. */
export interface PostgresStorage extends PostgresOptions {
  readonly kind: 'postgres';
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=waymark` */
  readonly url?: string;
}

const KEYS: KeysOf<PostgresStorage> = {
  kind: true,
  url: true,
  host: true,
  port: true,
  user: true,
  password: true,
  database: true,
  schema: true,
  mode: true,
  mustExist: true,
  durability: true,
  poolSize: true,
  connectTimeoutMs: true,
  statementTimeoutMs: true,
  lockTimeoutMs: true,
  ssl: true,
  sslmode: true,
  sslrootcert: true,
};

/** What may stand behind the question mark of a URL. The parts before it have their places. */
const URL_OPTIONS = [
  'schema',
  'mode',
  'mustExist',
  'durability',
  'poolSize',
  'connectTimeoutMs',
  'statementTimeoutMs',
  'lockTimeoutMs',
  'ssl',
  'sslmode',
  'sslrootcert',
];
const NUMBERS = { port: 1, poolSize: 2, connectTimeoutMs: 1, statementTimeoutMs: 0, lockTimeoutMs: 0 } as const;
/** What fits a timer of Node and a setting of the server. */
const MAX_NUMBER = 2_147_483_647;
const MAX_PORT = 65_535;

/** Lower case, so that it is the same with quotes and without; `pg_` is the server's own. PostgreSQL's limit is 63. */
const SCHEMA = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/;

/** Whether a storage URL means PostgreSQL. */
export function isPostgresUrl(storage: string): boolean {
  return /^postgres(ql)?:/i.test(storage);
}

/**
 * Takes the URL of a PostgreSQL store apart, and checks everything.
 *
 * @returns the parts, without the URL
 * @throws InvalidArgumentError `WAYMARK_INVALID_STORAGE`, which tells no password
 */
export function postgresStorage(storage: PostgresStorage): PostgresStorage {
  const [unknown] = unknownKeys(storage, KEYS);
  if (unknown !== undefined) throw invalid(`there is no option ${unknown}; there are ${Object.keys(KEYS).join(', ')}`);
  const { url, ...own } = storage;
  const config = { ...(url === undefined ? {} : fromUrl(url)), ...own };
  check(config);
  return config;
}

function check(config: PostgresStorage): void {
  for (const key of ['host', 'user', 'password', 'database', 'sslrootcert'] as const) {
    const value: unknown = config[key];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value === '' || value.includes('\0')) throw invalid(`${key} must be a text`);
  }
  for (const [key, from] of Object.entries(NUMBERS)) {
    const value = config[key as keyof typeof NUMBERS];
    const to = key === 'port' ? MAX_PORT : MAX_NUMBER;
    if (value !== undefined && (!Number.isSafeInteger(value) || value < from || value > to)) {
      throw invalid(`${key} must be a whole number from ${from} to ${to}`);
    }
  }
  const { schema, mode, mustExist, durability, ssl } = config;
  if (schema !== undefined && (typeof schema !== 'string' || !SCHEMA.test(schema))) {
    throw invalid('schema can be up to 63 lower-case letters, digits and _, and must not begin with a digit or pg_');
  }
  if (mode !== undefined && mode !== 'rw' && mode !== 'ro') throw invalid('mode can be rw or ro');
  if (mustExist !== undefined && typeof mustExist !== 'boolean') throw invalid('mustExist can be true or false');
  if (durability !== undefined && !DURABILITIES.includes(durability)) {
    throw invalid(`durability can be ${DURABILITIES.join(', ')}`);
  }
  const isTls = typeof ssl === 'boolean' || ssl === 'no-verify' || (typeof ssl === 'object' && ssl !== null);
  if (ssl !== undefined && !isTls) throw invalid('ssl can be true, false or no-verify');
  checkSslMode(config);
}

function checkSslMode({ ssl, sslmode, sslrootcert }: PostgresStorage): void {
  if (sslmode !== undefined && !SSL_MODES.includes(sslmode)) {
    throw invalid(`sslmode can be ${SSL_MODES.join(', ')}: the others may go on in plain text`);
  }
  if (ssl !== undefined && sslmode !== undefined) throw invalid('ssl and sslmode exclude each other');
  const isChecked = sslmode !== undefined && sslmode !== 'disable';
  if (sslrootcert !== undefined && !isChecked) {
    throw invalid('sslrootcert needs sslmode=verify-full, verify-ca or require');
  }
}

function fromUrl(text: unknown): Partial<PostgresStorage> {
  const url = typeof text === 'string' && isPostgresUrl(text) ? parsed(text) : undefined;
  if (url === undefined) {
    throw invalid('it can not be read; / ? # and @ in a user or a password are written %2F %3F %23 and %40');
  }
  const given: Record<string, unknown> = {};
  for (const [key, value] of url.searchParams) {
    if (!URL_OPTIONS.includes(key)) {
      throw invalid(`there is no option ${key} in a URL; there are ${URL_OPTIONS.join(', ')}`);
    }
    given[key] = valueOf(key, value);
  }
  const parts = {
    host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
  };
  return {
    ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== '')),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...given,
  };
}

/** What an option of a URL means; the text itself where it means nothing, which is told afterwards. */
function valueOf(key: string, text: string): unknown {
  if ((key === 'mustExist' || key === 'ssl') && (text === 'true' || text === 'false')) return text === 'true';
  return key in NUMBERS && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/**
 * A URL whose parts are where they belong: a character that is not escaped in a password would make the rest of it a
 * path, a query or a fragment, and these are shown.
 */
function parsed(text: string): URL | undefined {
  const [, authority = '', rest = ''] = /^[a-z]+:\/\/([^/?#]*)(.*)$/is.exec(text) ?? [];
  if (!URL.canParse(text) || rest.includes('@') || rest.includes('#') || authority.split('@').length > 2) {
    return undefined;
  }
  const url = new URL(text);
  try {
    for (const part of [url.hostname, url.username, url.password, url.pathname]) decodeURIComponent(part);
  } catch {
    return undefined;
  }
  return url.pathname.slice(1).includes('/') || !/^[a-z]+:\/\//i.test(text) ? undefined : url;
}

function invalid(why: string): InvalidArgumentError {
  return new InvalidArgumentError(`The PostgreSQL storage is not valid: ${why}.`, {
    code: 'WAYMARK_INVALID_STORAGE',
    hint: 'Use postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=waymark.',
  });
}
