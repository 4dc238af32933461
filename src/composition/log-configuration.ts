import { resolve } from 'node:path';
import type { BufferLimits } from '../application/audit/pending-events.js';
import { noSpill, type SpillFile } from '../application/audit/spill-file.port.js';
import type { ProcessIdentity } from '../application/execution/process-identity.port.js';
import type { KeyWrap } from '../domain/audit/personal/key-wrap.js';
import type { Clock } from '../domain/shared/clock.js';
import { InvalidArgumentError } from '../domain/shared/errors.js';
import { assertKeys, type KeysOf, wholeNumber } from '../domain/shared/options.js';
import { LocalSpillFile } from '../infrastructure/spill/local-spill-file.js';

/** What becomes of events that were published while the store can't be written to. docs/durability.md tells it all. */
export interface LogConfig {
  /** How many wait in memory; 10,000 when left out. */
  readonly bufferEvents?: number;
  /** How many bytes of them, as they would be stored; 64 MiB when left out. */
  readonly bufferBytes?: number;
  /**
   * Where those beyond it wait: what the paths of the files begin with (`PREFIX.PROCESS.FILE.jsonl`), or `false` for
   * nowhere: they are lost then, and counted. `+KEY` follows FILE where there is a master key of personal values. When left out `PATH.spill` for a SQLite file, `waymark/HASH.spill` in
   * `$XDG_STATE_HOME` or `~/.local/state` for PostgreSQL, and nowhere in memory.
   */
  readonly spill?: string | false;
  /** How many bytes the files of one process may hold; 1 GiB when left out. */
  readonly spillMaxBytes?: number;
}

/** What a configuration of the log amounts to. */
export interface LogSetup {
  readonly limits: BufferLimits;
  /** `undefined` for nowhere. */
  readonly spill: { readonly prefix: string; readonly maxBytes: number } | undefined;
}

/** What a storage says of spill files. */
export interface SpillPlace {
  /** What their paths begin with when nobody says otherwise; `false` for nowhere. */
  readonly prefix: string | false;
  /** Whether the store is only read. */
  readonly isReadOnly: boolean;
}

const KEYS: KeysOf<LogConfig> = { bufferEvents: true, bufferBytes: true, spill: true, spillMaxBytes: true };

const DEFAULT_EVENTS = 10_000;
const DEFAULT_BYTES = 64 * 1024 * 1024;
const DEFAULT_SPILL_BYTES = 1024 * 1024 * 1024;

/**
 * Checks a configuration.
 *
 * @throws InvalidArgumentError
 */
export function logSetup(config: LogConfig = {}, place: SpillPlace): LogSetup {
  assertKeys(config, KEYS, 'option of log');
  const { bufferEvents = DEFAULT_EVENTS, bufferBytes = DEFAULT_BYTES, spill, spillMaxBytes } = config;
  wholeNumber(bufferEvents, 'bufferEvents of log', 1);
  wholeNumber(bufferBytes, 'bufferBytes of log', 1);
  const maxBytes = wholeNumber(spillMaxBytes ?? DEFAULT_SPILL_BYTES, 'spillMaxBytes of log', 1);
  if (spill !== undefined && spill !== false && (typeof spill !== 'string' || spill === '' || spill.includes('\0'))) {
    throw new InvalidArgumentError('The spill of log must be a path, or false.');
  }
  const prefix = spill ?? place.prefix;
  // Who only reads publishes nothing that is kept.
  const isOff = prefix === false || place.isReadOnly;
  return {
    limits: { events: bufferEvents, bytes: bufferBytes },
    spill: isOff ? undefined : { prefix: resolve(prefix), maxBytes },
  };
}

/** The spill files of a process, with a key or without. */
export function makeSpill(
  { spill }: LogSetup,
  identity: ProcessIdentity,
  clock: Clock,
  { masterId }: KeyWrap,
): SpillFile {
  if (spill === undefined) return noSpill;
  return new LocalSpillFile({ ...spill, identity, clock, ...(masterId === undefined ? {} : { masterId }) });
}
