import type { CapturePolicy } from '../domain/events/capture.js';
import { InvalidArgumentError } from '../domain/shared/errors.js';
import type { Clock, Scheduler } from '../domain/shared/clock.js';
import type { IdGenerator } from '../domain/shared/id-generator.js';
import type { ProcessIdentity } from '../application/execution/process-identity.port.js';

/** How Waymark is set up. */
export interface WaymarkConfig {
  /**
   * Where everything is kept: `memory:`, or `sqlite:PATH` with options behind a question mark: `mode=ro` (read only), `mustExist=true`,
   * `lockTimeoutMs=5000`, `maxBytes=N`.
   */
  readonly storage: string;
  /** Which inputs and outputs of models and tools are kept: none when left out. */
  readonly capture?: CapturePolicy;
  /** How long `close` waits for nodes that run, and then for handlers, in milliseconds; 10,000 when left out. */
  readonly closeGraceMs?: number;
  /** How many events the bus remembers; 1,000 when left out. */
  readonly historySize?: number;
  /** How long a chain of events that handlers publish may grow; 100 when left out. */
  readonly maxPublishDepth?: number;
  /** The machine's clock when left out. */
  readonly clock?: Clock;
  /** UUIDv7 when left out. */
  readonly ids?: IdGenerator;
  /** The machine's timers when left out. */
  readonly scheduler?: Scheduler;
  /** This process, by host and process id, when left out. */
  readonly identity?: ProcessIdentity;
}

/** A storage URL, taken apart. */
export type StorageConfig =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'sqlite';
      readonly path: string;
      readonly mode: 'rw' | 'ro';
      readonly mustExist: boolean;
      readonly lockTimeoutMs?: number;
      readonly maxBytes?: number;
    };

const SQLITE_OPTIONS = ['mode', 'mustExist', 'lockTimeoutMs', 'maxBytes'];

/**
 * Takes a storage URL apart.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_STORAGE`
 * @example
 * parseStorage('sqlite:./waymark.db?mode=ro');
 */
export function parseStorage(storage: string): StorageConfig {
  if (storage === 'memory:') return { kind: 'memory' };
  if (typeof storage !== 'string' || !storage.startsWith('sqlite:')) {
    throw invalid(storage, 'it is neither memory: nor sqlite:PATH');
  }
  const rest = storage.slice('sqlite:'.length);
  const question = rest.indexOf('?');
  const path = question === -1 ? rest : rest.slice(0, question);
  if (path === '') throw invalid(storage, 'it names no file');
  if (path.includes('\0')) throw invalid(storage, 'its path holds a NUL character');
  const options = new URLSearchParams(question === -1 ? '' : rest.slice(question + 1));
  for (const key of options.keys()) {
    if (!SQLITE_OPTIONS.includes(key)) {
      throw invalid(storage, `there is no option ${key}; there are ${SQLITE_OPTIONS.join(', ')}`);
    }
  }
  const mode = options.get('mode') ?? 'rw';
  if (mode !== 'rw' && mode !== 'ro') throw invalid(storage, 'mode can be rw or ro');
  const mustExist = options.get('mustExist') ?? 'false';
  if (mustExist !== 'true' && mustExist !== 'false') throw invalid(storage, 'mustExist can be true or false');
  const lockTimeoutMs = wholeNumber(storage, options, 'lockTimeoutMs');
  const maxBytes = wholeNumber(storage, options, 'maxBytes');
  return {
    kind: 'sqlite',
    path,
    mode,
    mustExist: mustExist === 'true',
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  };
}

function wholeNumber(storage: string, options: URLSearchParams, key: string): number | undefined {
  const value = options.get(key);
  if (value === null) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw invalid(storage, `${key} must be a whole number`);
  return Number(value);
}

function invalid(storage: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`The storage ${JSON.stringify(storage)} is not valid: ${why}.`, {
    code: 'WAYMARK_INVALID_STORAGE',
    hint: 'Use memory: for nothing kept, or sqlite:./waymark.db for a file.',
  });
}
