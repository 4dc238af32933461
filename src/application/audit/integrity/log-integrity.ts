import { proveConsistency } from '../../../domain/audit/integrity/consistency-proof.js';
import { makeBundle, type ProofBundle } from '../../../domain/audit/integrity/proof-bundle.js';
import { rangeHash } from '../../../domain/audit/integrity/subtree-hashes.js';
import { EMPTY_ROOT } from '../../../domain/audit/integrity/merkle-tree.js';
import type { Seal } from '../../../domain/audit/integrity/seal.js';
import { SigningKey } from '../../../domain/audit/integrity/signing-key.js';
import { subtreesOfLog } from '../../../domain/audit/integrity/stored-hashes.js';
import { TrustedKeys, type TrustedKeyInit } from '../../../domain/audit/integrity/trusted-keys.js';
import type { Verification } from '../../../domain/audit/integrity/verification.js';
import type { VerifierKey } from '../../../domain/audit/integrity/verifier-key.js';
import type { StoredSeal } from '../../../domain/audit/seal.repository.port.js';
import { AuditVerificationFailed, AuditVerified } from '../../../domain/events/families/audit.events.js';
import { InvalidArgumentError, WaymarkError } from '../../../domain/shared/errors.js';
import type { Hash } from '../../../domain/shared/hash.js';
import { assertIdentifier } from '../../../domain/shared/identifiers.js';
import {
  assertKeys,
  assertOptional,
  assertOptionalSignal,
  type KeysOf,
  wholeNumber,
} from '../../../domain/shared/options.js';
import { collectEvidence, type Evidence } from './evidence.js';
import { unsealed } from './integrity.errors.js';
import type { IntegrityServices } from './integrity-services.js';
import type { SealAnchor } from './seal-anchor.port.js';
import { Sealer, type Sealing } from './sealer.js';
import type { SinceSeal } from './since-seal.js';
import { type VerifyMode, verifyLog } from '../verify-log.js';

/** How to seal. */
export interface SealOptions {
  /** The key that signs; that of the configuration when left out. */
  readonly signer?: SigningKey;
}

/** How to prove. */
export interface ProveOptions {
  /** A seal that the reader has, or its size: the bundle proves that the log only grew since. */
  readonly from?: Seal | number;
}

/** How to verify. */
export interface VerifyOptions {
  /** What to look at; every entry when left out. */
  readonly mode?: VerifyMode;
  /** The keys to believe, instead of those of the configuration. With them a seal has to be there that one of them signed. */
  readonly trusted?: TrustedKeys | readonly (string | VerifierKey | TrustedKeyInit)[];
  /** The path of an anchor to hold the log to, instead of those of the configuration. */
  readonly anchor?: string;
  /** Whether a seal that is believed has to vouch for the log: without one the verdict is `unsealed`. */
  readonly requireSeal?: boolean;
  /**
   * Whether to record how it went, as `audit.verified` or `audit.verification_failed`. It is not when left out: who only
   * looks changes nothing. A good end of a sample, or of a verification since a seal, is never recorded: it says less.
   */
  readonly record?: boolean;
  /** Told after each page how many entries were looked at, of how many. */
  readonly onProgress?: (checked: number, size: number) => void;
  /** Stops it: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** That a log only grew, for `verifyConsistency`: its hashes in hexadecimal. */
export interface LogConsistency {
  readonly firstSize: number;
  readonly firstRoot: Hash;
  readonly secondSize: number;
  readonly secondRoot: Hash;
  readonly path: readonly Hash[];
}

const VERIFY_KEYS: KeysOf<VerifyOptions> = {
  mode: true,
  trusted: true,
  anchor: true,
  requireSeal: true,
  record: true,
  onProgress: true,
  signal: true,
};

/** Sealing, proving and verifying a log. Hosts reach it through `AuditLog`. */
export class LogIntegrity {
  readonly #services: IntegrityServices;
  readonly #sealer: Sealer;

  constructor(services: IntegrityServices) {
    this.#services = services;
    this.#sealer = new Sealer(services);
  }

  /** The keys that were pinned. */
  get trusted(): TrustedKeys {
    return this.#services.trusted;
  }

  async seal(options: SealOptions = {}): Promise<Sealing> {
    assertKeys(options, { signer: true }, 'seal option');
    const { signer } = options;
    if (signer !== undefined && !(signer instanceof SigningKey)) {
      throw new InvalidArgumentError('The signer must be a SigningKey: SigningKey.parse reads one from its text.');
    }
    return this.#sealer.seal(signer);
  }

  async prove(eventId: string, options: ProveOptions = {}): Promise<ProofBundle> {
    assertIdentifier(eventId, 'event id');
    assertKeys(options, { from: true }, 'prove option');
    const { log } = this.#services;
    const entry = await log.findByEventId(eventId);
    if (entry === undefined) {
      throw new WaymarkError('WAYMARK_EVENT_NOT_FOUND', `The log has no event ${eventId}.`, {
        hint: 'Look through the log with `waymark log --ids`.',
        details: { eventId },
      });
    }
    const seal = await this.#sealCovering(entry.position);
    const olderSeal = await this.#olderSeal(options.from);
    const subtrees = subtreesOfLog(log);
    return makeBundle({ entry, seal, subtrees, ...(olderSeal === undefined ? {} : { olderSeal }) });
  }

  async consistency(oldSize: number, newSize?: number): Promise<LogConsistency> {
    const { size } = await this.#services.log.head();
    const secondSize = newSize === undefined ? size : wholeNumber(newSize, 'newer size', 0, size);
    const firstSize = wholeNumber(oldSize, 'older size', 0, secondSize);
    const subtrees = subtreesOfLog(this.#services.log);
    const rootAt = async (leaves: number): Promise<Hash> =>
      (leaves === 0 ? EMPTY_ROOT : await rangeHash(subtrees, { from: 0, size: leaves })).toString('hex');
    const path = await proveConsistency(subtrees, firstSize, secondSize);
    return {
      firstSize,
      firstRoot: await rootAt(firstSize),
      secondSize,
      secondRoot: await rootAt(secondSize),
      path: path.map((hash) => hash.toString('hex')),
    };
  }

  async verify(options: VerifyOptions = {}): Promise<Verification> {
    const mode = checked(options);
    const { log, seals, factory, retention } = this.#services;
    const { onProgress, signal, requireSeal = false } = options;
    const trusted = this.#trustedFor(options);
    const anchors = await this.#anchorsFor(options);
    const isAsked = requireSeal || options.trusted !== undefined || options.anchor !== undefined;
    const startedAt = factory.clock.monotonic();
    const found = await verifyLog(log, {
      mode,
      trusted,
      evidence: () => collectEvidence(seals, anchors, trusted),
      retention,
      // Where keys were pinned and there are seals, one of them has to be of such a key.
      wantsSeal: ({ vouchers }: Evidence) => isAsked || (trusted.keys.length > 0 && vouchers.length > 0),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (options.record === true) await this.#record(found, mode, factory.clock.monotonic() - startedAt);
    return found;
  }

  async #sealCovering(position: number): Promise<StoredSeal> {
    const latest = await this.#services.seals.latest();
    if (latest !== undefined && latest.size > position) return latest;
    if (this.#services.signer !== undefined) return (await this.#sealer.seal(undefined)).seal;
    throw unsealed(`The entry at position ${position} is under no seal yet, and there is no key to seal it with.`, {
      position,
      sealed: latest?.size ?? 0,
    });
  }

  async #olderSeal(from: Seal | number | undefined): Promise<Seal | undefined> {
    if (typeof from !== 'number') return from;
    const seal = await this.#services.seals.findBySize(from);
    if (seal !== undefined) return seal;
    throw unsealed(`There is no seal of ${from} entries to prove the growth of the log from.`, { size: from });
  }

  #trustedFor({ trusted }: VerifyOptions): TrustedKeys {
    if (trusted === undefined) return this.#services.trusted;
    return trusted instanceof TrustedKeys ? trusted : new TrustedKeys(trusted);
  }

  async #anchorsFor({ anchor }: VerifyOptions): Promise<readonly SealAnchor[]> {
    if (anchor === undefined) return this.#services.anchors;
    const opened = this.#services.openAnchor(anchor);
    if ((await opened.read()) !== undefined) return [opened];
    throw new WaymarkError('WAYMARK_ANCHOR_FAILED', `There is no anchor ${opened.name}.`, {
      hint: 'Name the file that seals were anchored in.',
      details: { path: opened.name },
    });
  }

  async #record(found: Verification, mode: VerifyMode, durationMs: number): Promise<void> {
    const { recorder, factory } = this.#services;
    const { verdict, position, detail = '', checked: size, rootHash } = found;
    if (verdict !== 'ok') {
      const payload = { verdict, detail, ...(position === undefined ? {} : { position }) };
      await recorder.record([factory.make(AuditVerificationFailed, payload)]);
    } else if (mode === 'full') {
      await recorder.record([factory.make(AuditVerified, { size, rootHash, durationMs })]);
    }
  }
}

/** The mode, when all options have the form that they have to have. */
function checked(options: VerifyOptions): VerifyMode {
  assertKeys(options, VERIFY_KEYS, 'verify option');
  assertOptional(options.anchor, 'string', 'anchor');
  assertOptional(options.requireSeal, 'boolean', 'requireSeal');
  assertOptional(options.record, 'boolean', 'record');
  assertOptional(options.onProgress, 'function', 'onProgress');
  assertOptionalSignal(options.signal);
  const { mode = 'full' } = options;
  if (mode === 'full') return mode;
  assertKeys(mode, { since: true, sample: true, seed: true }, 'verify mode');
  if ('sample' in mode) {
    wholeNumber(mode.sample, 'sample', 1);
    if (mode.seed !== undefined) wholeNumber(mode.seed, 'seed', 0);
    return mode;
  }
  const { since } = mode as { readonly since?: SinceSeal | null };
  const isSeal = typeof since === 'object' && since !== null && typeof since.note === 'string';
  if (since !== 'latest' && !isSeal) wholeNumber(since, 'size of the seal to verify since', 0);
  return mode;
}
