import type { CapturePolicy } from '../domain/events/capture.js';
import { InvalidArgumentError } from '../domain/shared/errors.js';
import type { Clock, Scheduler } from '../domain/shared/clock.js';
import { type KeysOf, unknownKeys } from '../domain/shared/options.js';
import type { IdGenerator } from '../domain/shared/id-generator.js';
import type { ProcessIdentity } from '../application/execution/process-identity.port.js';
import { DURABILITIES } from '../infrastructure/persistence/typeorm/durability.js';
import type { SqliteOptions } from '../infrastructure/persistence/typeorm/sqlite-database.js';
import type { ExecutionsConfig } from './executions-configuration.js';
import type { LogConfig } from './log-configuration.js';
import type { SealsConfig } from './seals-configuration.js';
import type { PersonalKeysConfig } from './personal-configuration.js';
import type { WorkspacesConfig } from './workspaces-configuration.js';
import { isPostgresUrl, type PostgresStorage, postgresStorage } from './postgres-storage.js';

/** How Waymark is set up. */
export interface WaymarkConfig {
  /**
   * Where everything is kept: `memory:`, or `sqlite:PATH` with options behind a question mark: `mode=ro` (read only),
   * `mustExist=true`, `durability=full`, `lockTimeoutMs=5000`, `maxBytes=N`. For a path that holds a question mark, `{ kind: 'sqlite',
   * path }`. Or `postgres://USER:PASSWORD@HOST:PORT/DATABASE` with `schema=waymark`, `mode=ro`, `mustExist=true`, `durability=full`,
   * `poolSize=10`, `connectTimeoutMs=10000`, `statementTimeoutMs=30000`, `lockTimeoutMs=5000`, `ssl=true` or
   * `ssl=no-verify`.
   */
  readonly storage: string | StorageConfig;
  /** How the log is sealed, and which seals are believed: not at all when left out. */
  readonly seals?: SealsConfig;
  /** Which inputs and outputs of models and tools are kept: none when left out. */
  readonly capture?: CapturePolicy;
  /** What becomes of published events while the store can't be written to. */
  readonly log?: LogConfig;
  /**
   * How long the outcome of a node waits to be committed when another process has locked the store, or it can't be
   * reached, in milliseconds; 60,000 when left out. What the store itself waits each time comes on top.
   */
  readonly storePatienceMs?: number;
  /** How executions are owned, and taken up where nobody sees to them. */
  readonly executions?: ExecutionsConfig;
  /** Where files, workspaces and environments are kept. */
  readonly workspaces?: WorkspacesConfig;
  /** How the keys of people are kept, with which personal fields are encrypted. */
  readonly personalKeys?: PersonalKeysConfig;
  /**
   * What becomes of an event whose class the catalog does not have: `accept` (when left out) delivers and records it,
   * to be read back as an `UnknownEvent` with everything intact until its class is registered; `reject` refuses it with
   * `WAYMARK_UNKNOWN_EVENT_TYPE`.
   */
  readonly unregistered?: 'accept' | 'reject';
  /**
   * Prints every step of the bus to stderr: `bus`, or a topic after it (`bus:node.*`), or several with commas between.
   * The environment variable `WAYMARK_DEBUG` when left out.
   */
  readonly debug?: string;
  /** How long `close` waits for nodes that run, and then for handlers, in milliseconds; 10,000 when left out. */
  readonly closeGraceMs?: number;
  /** How many events the bus remembers; 1,000 when left out. */
  readonly historySize?: number;
  /** How many bytes these may have together, as JSON; without a limit when left out. It makes every publish slower. */
  readonly historyBytes?: number;
  /** How long a chain of events that handlers publish may grow; 100 when left out. */
  readonly maxPublishDepth?: number;
  /**
   * How many events one publish may lead to before one of a type that it came from is refused; 100,000 when left out.
   */
  readonly maxPublishCascade?: number;
  /** The machine's clock when left out. */
  readonly clock?: Clock;
  /** UUIDv7 when left out. */
  readonly ids?: IdGenerator;
  /** The machine's timers when left out. */
  readonly scheduler?: Scheduler;
  /** This process, by host and process id, when left out. */
  readonly identity?: ProcessIdentity;
}

/** Where everything is kept: what a storage URL says, or what says it without one. */
export type StorageConfig =
  { readonly kind: 'memory' } | ({ readonly kind: 'sqlite' } & SqliteOptions) | PostgresStorage;

const SQLITE_KEYS: KeysOf<{ readonly kind: 'sqlite' } & SqliteOptions> = {
  kind: true,
  path: true,
  mode: true,
  mustExist: true,
  durability: true,
  lockTimeoutMs: true,
  maxBytes: true,
};
/** What may stand behind the question mark. */
const SQLITE_OPTIONS = Object.keys(SQLITE_KEYS).filter((key) => key !== 'kind' && key !== 'path');

/**
 * Takes a storage URL apart, and checks what it says. A {@link StorageConfig} is only checked.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_STORAGE`
 * @example
 * parseStorage('sqlite:./waymark.db?mode=ro');
 * parseStorage({ kind: 'sqlite', path: './what?.db' });
 * parseStorage('postgres://ada@localhost/app?schema=waymark');
 */
export function parseStorage(storage: string | StorageConfig): StorageConfig {
  if (typeof storage === 'string' && isPostgresUrl(storage)) return postgresStorage({ kind: 'postgres', url: storage });
  const config = (typeof storage === 'string' ? fromUrl(storage) : storage) as StorageConfig | undefined;
  // The callers of JavaScript are not held to the type.
  if (config?.kind === 'memory') return config;
  if (config?.kind === 'postgres') return postgresStorage(config);
  if (config?.kind !== 'sqlite') throw invalid(storage, 'it is neither memory: nor sqlite:PATH nor postgres://…');
  const [unknown] = unknownKeys(config, SQLITE_KEYS);
  if (unknown !== undefined) {
    throw invalid(storage, `there is no option ${unknown}; there are ${SQLITE_OPTIONS.join(', ')}`);
  }
  const { path, mode, mustExist, durability, lockTimeoutMs, maxBytes } = config;
  if (typeof path !== 'string' || path === '') throw invalid(storage, 'it names no file');
  if (path.includes('\0')) throw invalid(storage, 'its path holds a NUL character');
  if (mode !== undefined && mode !== 'rw' && mode !== 'ro') throw invalid(storage, 'mode can be rw or ro');
  if (mustExist !== undefined && typeof mustExist !== 'boolean') {
    throw invalid(storage, 'mustExist can be true or false');
  }
  if (durability !== undefined && !DURABILITIES.includes(durability)) {
    throw invalid(storage, `durability can be ${DURABILITIES.join(', ')}`);
  }
  for (const [key, value] of Object.entries({ lockTimeoutMs, maxBytes })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
      throw invalid(storage, `${key} must be a whole number`);
    }
  }
  return config;
}

function fromUrl(storage: string): object {
  if (storage === 'memory:') return { kind: 'memory' };
  if (!storage.startsWith('sqlite:')) return {};
  const rest = storage.slice('sqlite:'.length);
  const question = rest.indexOf('?');
  const path = question === -1 ? rest : rest.slice(0, question);
  const options = new URLSearchParams(question === -1 ? '' : rest.slice(question + 1));
  for (const key of options.keys()) {
    if (!SQLITE_OPTIONS.includes(key)) {
      throw invalid(storage, `there is no option ${key}; there are ${SQLITE_OPTIONS.join(', ')}`);
    }
  }
  const given = Object.fromEntries(Array.from(options, ([key, value]) => [key, valueOf(key, value)]));
  return { kind: 'sqlite', path, ...given };
}

/** What an option of a URL means; the text itself where it means nothing, which is told afterwards. */
function valueOf(key: string, text: string): unknown {
  if (key === 'mustExist' && (text === 'true' || text === 'false')) return text === 'true';
  return key !== 'mode' && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function invalid(storage: unknown, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`The storage ${shown(storage)} is not valid: ${why}.`, {
    code: 'WAYMARK_INVALID_STORAGE',
    hint: 'Use memory: for nothing kept, sqlite:./waymark.db for a file, or postgres://USER@HOST/DATABASE for a server.',
  });
}

/** Whatever it is, it may hold a password: between the slashes and the last at sign of a URL, or as a value. */
function shown(storage: unknown): string {
  const hide = (key: string, value: unknown): unknown => {
    if (key === 'password') return '…';
    return typeof value === 'string' ? value.replace(/\/\/.*@/s, '//…@') : value;
  };
  return JSON.stringify(storage, hide);
}
