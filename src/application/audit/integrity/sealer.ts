import { proveConsistency } from '../../../domain/audit/integrity/consistency-proof.js';
import type { LogHead } from '../../../domain/audit/integrity/log-head.js';
import { growsInto } from '../../../domain/audit/integrity/proof-bundle.js';
import type { Seal } from '../../../domain/audit/integrity/seal.js';
import type { SigningKey } from '../../../domain/audit/integrity/signing-key.js';
import { subtreesOfLog } from '../../../domain/audit/integrity/stored-hashes.js';
import { checkNote, checkStoredSeal, makeStoredSeal } from '../../../domain/audit/integrity/stored-seal.js';
import { MissingHashError } from '../../../domain/audit/integrity/tiles.js';
import type { StoredSeal } from '../../../domain/audit/seal.repository.port.js';
import { AuditSealed, AuditVerificationFailed } from '../../../domain/events/families/audit.events.js';
import type { TrustedKeys } from '../../../domain/audit/integrity/trusted-keys.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { chainOf } from '../retention/seam-start.js';
import { LogForkedError, noSigningKey } from './integrity.errors.js';
import { type IntegrityServices, withKey } from './integrity-services.js';
import type { SealAnchor } from './seal-anchor.port.js';

const PAGE = 1_000;

/** What a log was at some size. */
type Sealed = Pick<Seal, 'size' | 'rootHash' | 'sealedAt'>;

/** Where a seal was found, and the key that is trusted beside those that were pinned. */
interface Place {
  readonly where: string;
  readonly signer: SigningKey;
}

/** A seal, and whether it was made for this call. */
export interface Sealing {
  readonly seal: StoredSeal;
  readonly isNew: boolean;
}

/**
 * Signs the log as it stands, and never a log that is not what grew from what was signed before.
 *
 * The seal and the event that tells of it are written in one transaction; the anchors follow when that is durable, and
 * are given what they lack.
 */
export class Sealer {
  readonly #services: IntegrityServices;
  #last: Promise<unknown> = Promise.resolve();

  constructor(services: IntegrityServices) {
    this.#services = services;
  }

  /** One after another: two seals at a time would both be of the same log. */
  seal(signer: SigningKey | undefined): Promise<Sealing> {
    const made = this.#last.then(() => this.#seal(signer ?? this.#services.signer));
    this.#last = made.catch(() => undefined);
    return made;
  }

  async #seal(signer: SigningKey | undefined): Promise<Sealing> {
    if (signer === undefined) throw noSigningKey();
    const { recorder, factory, anchors } = this.#services;
    const made: { sealing?: Sealing } = {};
    try {
      await recorder.commit({
        weight: 1,
        write: async (scope) => {
          const { seal, isNew } = (made.sealing = await this.#write(signer, scope));
          if (!isNew) return [];
          const { size, rootHash, keyId } = seal;
          return [factory.make(AuditSealed, { size, rootHash, keyId })];
        },
      });
    } catch (error) {
      if (error instanceof LogForkedError) await this.#tell(error);
      throw error;
    }
    const { sealing } = made;
    if (sealing === undefined) throw new TypeError('The transaction was committed without its work.');
    for (const anchor of anchors) await this.#catchUp(anchor, withKey(this.#services.trusted, signer));
    return sealing;
  }

  /** Within the transaction that holds the lock of the head: what is committed can't change meanwhile. */
  async #write(signer: SigningKey, scope: TransactionScope): Promise<Sealing> {
    const { log, seals, factory } = this.#services;
    const head = await log.head();
    const latest = await seals.latest();
    if (latest !== undefined) {
      const check = checkStoredSeal(latest, withKey(this.#services.trusted, signer));
      if (check.is === 'damaged') {
        throw new LogForkedError('tampered', `the seal of ${latest.size} entries is damaged: ${check.problem}`, {});
      }
      await this.#assertGrew(check.seal, head, { where: 'the store', signer });
    }
    await this.#assertAnchored(head, signer);
    if (latest !== undefined && isOf(latest, signer) && (await this.#isUnchanged(latest, head))) {
      return { seal: latest, isNew: false };
    }
    const seal = makeStoredSeal(head, signer, { sealedAt: factory.now() });
    await seals.save(seal, scope);
    return { seal, isNew: true };
  }

  /** Whether nothing came since but the event that tells of the seal. */
  async #isUnchanged(seal: StoredSeal, head: LogHead): Promise<boolean> {
    if (head.size === seal.size) return true;
    if (head.size !== seal.size + 1) return false;
    const [entry] = await this.#services.log.readRange(seal.size, 1);
    return entry?.columns.type === AuditSealed.type;
  }

  /** Who replaces the log in the store, seals included, has not the anchor. */
  async #assertAnchored(head: LogHead, signer: SigningKey): Promise<void> {
    for (const anchor of this.#services.anchors) {
      const { seal } = await lastAnchored(anchor, withKey(this.#services.trusted, signer));
      if (seal !== undefined) await this.#assertGrew(seal, head, { where: anchor.name, signer });
    }
  }

  /** What was sealed before the last cut can't be led to now where its hashes were removed: the seam stands for it. */
  async #isCovered({ size }: Sealed, head: LogHead, place: Place): Promise<boolean> {
    const seams = await this.#services.retention.seams();
    const start = chainOf(seams, { trusted: withKey(this.#services.trusted, place.signer), wantsKey: true });
    if ('finding' in start || start.last === undefined || size >= start.frontier.size) return false;
    const { to, rootHash, appliedAt } = start.last;
    await this.#assertGrew({ size: to, rootHash, sealedAt: appliedAt }, head, { ...place, where: 'the seam' });
    return true;
  }

  async #assertGrew(seal: Sealed, head: LogHead, place: Place): Promise<void> {
    const { where } = place;
    const details = { sealSize: seal.size, size: head.size, where };
    if (head.size < seal.size) {
      const problem = `it has ${head.size} entries, and ${seal.size} were sealed (${where})`;
      throw new LogForkedError('tail-truncated', problem, details);
    }
    let path;
    try {
      path = await proveConsistency(subtreesOfLog(this.#services.log), seal.size, head.size);
    } catch (error) {
      if (!(error instanceof MissingHashError)) throw error;
      if (await this.#isCovered(seal, head, place)) return;
      throw new LogForkedError('tampered', `hashes are missing that lead from ${seal.size} entries to now`, details);
    }
    if (growsInto(seal, head, path)) return;
    const problem = `it did not grow from the ${seal.size} entries that were sealed at ${seal.sealedAt} (${where})`;
    throw new LogForkedError('forked', problem, details);
  }

  /** Adds to an anchor the seals that came after its last one. */
  async #catchUp(anchor: SealAnchor, trusted: TrustedKeys): Promise<void> {
    const { seal: anchored, notes } = await lastAnchored(anchor, trusted);
    // Page by page, from the first that it has not.
    let after: Pick<StoredSeal, 'size' | 'id'> | undefined =
      anchored === undefined ? undefined : { size: anchored.size, id: '' };
    for (;;) {
      const page: readonly StoredSeal[] = await this.#services.seals.list({
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      await anchor.append(page.filter((seal) => !notes.has(seal.note)).map((seal) => seal.note));
      after = page.at(-1);
      if (page.length < PAGE) return;
    }
  }

  async #tell({ verdict, problem }: LogForkedError): Promise<void> {
    const { recorder, factory } = this.#services;
    try {
      await recorder.record([factory.make(AuditVerificationFailed, { verdict, detail: problem })]);
    } catch {
      // A store that can't be written either: whoever wanted the seal is told the graver news, by the error itself.
    }
  }
}

function isOf({ origin, keyId }: Seal, signer: SigningKey): boolean {
  return origin === signer.name && keyId === signer.keyId;
}

/**
 * The last seal of an anchor that a trusted key signed, and the notes that were looked at. What anybody else added is
 * passed over, as are the remains of a note that was cut off. Mostly the last note is the one.
 */
async function lastAnchored(
  anchor: SealAnchor,
  trusted: TrustedKeys,
): Promise<{ readonly seal?: Seal; readonly notes: ReadonlySet<string> }> {
  const latest = await anchor.latest();
  if (latest === undefined) return { notes: new Set() };
  const check = checkNote(latest, trusted);
  if (check.is === 'believed') return { seal: check.seal, notes: new Set([latest]) };
  const notes = (await anchor.read()) ?? [];
  for (const note of notes.toReversed()) {
    const older = checkNote(note, trusted);
    if (older.is === 'believed') return { seal: older.seal, notes: new Set(notes) };
  }
  return { notes: new Set(notes) };
}
