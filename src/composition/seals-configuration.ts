import { warnProcess } from '../application/shared/warn-process.js';
import type { AuditLog } from '../application/audit/audit-log.js';
import type { IntegrityServices } from '../application/audit/integrity/integrity-services.js';
import { withKey } from '../application/audit/integrity/integrity-services.js';
import type { LogIntegrity } from '../application/audit/integrity/log-integrity.js';
import { PeriodicSealing, type SealingRhythm } from '../application/audit/integrity/periodic-sealing.js';
import type { LogWriter } from '../application/audit/log-writer.js';
import { SigningKey } from '../domain/audit/integrity/signing-key.js';
import { type TrustedKeyInit, TrustedKeys } from '../domain/audit/integrity/trusted-keys.js';
import type { VerifierKey } from '../domain/audit/integrity/verifier-key.js';
import type { SealRepository } from '../domain/audit/seal.repository.port.js';
import type { Scheduler } from '../domain/shared/clock.js';
import { InvalidArgumentError } from '../domain/shared/errors.js';
import { assertKeys, assertOptional, type KeysOf, wholeNumber } from '../domain/shared/options.js';
import { FileAnchor } from '../infrastructure/integrity/file-anchor.js';
import { loadSigningKey } from '../infrastructure/integrity/key-file.js';

/** How a log is sealed. */
export interface SealsConfig {
  /** The key that signs: itself, its text (`PRIVATE+KEY+…`), or the path of a file that holds that. */
  readonly key?: SigningKey | string;
  /** The keys to believe, beside the public half of `key`: those that it replaced, with the size up to which they signed. */
  readonly trusted?: readonly (string | VerifierKey | TrustedKeyInit)[];
  /** Seals after so many entries that this process wrote. */
  readonly everyEntries?: number;
  /** Seals so many milliseconds after this process wrote an entry that no seal covers. */
  readonly everyMs?: number;
  /** Seals once more when Waymark is closed. */
  readonly sealOnClose?: boolean;
  /** Files outside of the database that every seal is added to. */
  readonly anchor?: string | readonly string[];
  /** Told when a seal that nobody asked for could not be made; a warning of the process when left out. */
  readonly onError?: (error: unknown) => void;
}

/** What a configuration of seals amounts to. */
export interface SealsSetup {
  readonly services: Pick<IntegrityServices, 'signer' | 'trusted' | 'anchors' | 'openAnchor'>;
  /** `undefined` when nothing is sealed without being asked for. */
  readonly rhythm: SealingRhythm | undefined;
}

const KEYS: KeysOf<SealsConfig> = {
  key: true,
  trusted: true,
  everyEntries: true,
  everyMs: true,
  sealOnClose: true,
  anchor: true,
  onError: true,
};

/** The longest that a timer of Node waits. */
const MAX_MS = 2_147_483_647;

/**
 * Checks a configuration, and reads the key.
 *
 * @throws InvalidArgumentError; InvalidKeyError `WAYMARK_INVALID_KEY`; WaymarkError `WAYMARK_KEY_FILE_FAILED`
 */
export function sealsSetup(config: SealsConfig = {}): SealsSetup {
  assertKeys(config, KEYS, 'option of seals');
  const { key, trusted = [], anchor = [] } = config;
  const signer = key === undefined || key instanceof SigningKey ? key : loadSigningKey(key);
  const pinned = new TrustedKeys(trusted);
  const paths = typeof anchor === 'string' ? [anchor] : anchor;
  if (!paths.every((path) => typeof path === 'string' && path !== '')) {
    throw new InvalidArgumentError('The anchor of seals must be the path of a file, or a list of them.');
  }
  const openAnchor = (path: string): FileAnchor => new FileAnchor(path);
  return {
    services: {
      trusted: signer === undefined ? pinned : withKey(pinned, signer),
      anchors: paths.map(openAnchor),
      openAnchor,
      ...(signer === undefined ? {} : { signer }),
    },
    rhythm: rhythmOf(config, signer),
  };
}

function rhythmOf(config: SealsConfig, signer: SigningKey | undefined): SealingRhythm | undefined {
  const { everyEntries, everyMs, sealOnClose, onError = warn } = config;
  if (everyEntries !== undefined) wholeNumber(everyEntries, 'everyEntries of seals', 1);
  if (everyMs !== undefined) wholeNumber(everyMs, 'everyMs of seals', 1, MAX_MS);
  assertOptional(sealOnClose, 'boolean', 'sealOnClose of seals');
  assertOptional(config.onError, 'function', 'onError of seals');
  if (everyEntries === undefined && everyMs === undefined && sealOnClose !== true) return undefined;
  if (signer === undefined) {
    throw new InvalidArgumentError('A log can not be sealed by itself without a key.', {
      hint: 'Give seals a key, or leave out everyEntries, everyMs and sealOnClose.',
    });
  }
  return {
    onError,
    ...(everyEntries === undefined ? {} : { everyEntries }),
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(sealOnClose === undefined ? {} : { sealOnClose }),
  };
}

function warn(error: unknown): void {
  warnProcess(error, 'WaymarkSealWarning');
}

/** What sealing without being asked for needs. */
export interface SealingParts {
  readonly integrity: LogIntegrity;
  readonly repository: SealRepository;
  readonly log: AuditLog;
  readonly writer: LogWriter;
  readonly scheduler: Scheduler;
}

/** Begins to seal by itself, where that is wanted. */
export async function startSealing(
  rhythm: SealingRhythm | undefined,
  { integrity, repository, log, writer, scheduler }: SealingParts,
): Promise<PeriodicSealing | undefined> {
  if (rhythm === undefined) return undefined;
  const sealing = new PeriodicSealing(() => integrity.seal(), rhythm, scheduler);
  const [latest, head] = [await repository.latest(), await log.head()];
  // The event that tells of a seal needs none itself.
  sealing.start(latest === undefined ? 0 : latest.size + 1, head.size);
  writer.onCommit((size) => sealing.wrote(size));
  return sealing;
}
