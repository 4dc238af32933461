import type { StoredEntry } from '../../../domain/audit/audit-entry.js';
import { type ExportManifest, parseManifest, type WholeExport } from '../../../domain/audit/export/export-manifest.js';
import { ExportDamagedError } from '../../../domain/audit/export/export.errors.js';
import type { MerkleFrontier } from '../../../domain/audit/integrity/merkle-tree.js';
import type { SigningKey } from '../../../domain/audit/integrity/signing-key.js';
import { makeStoredSeal } from '../../../domain/audit/integrity/stored-seal.js';
import type { RetentionRepository } from '../../../domain/audit/retention/retention.repository.port.js';
import type { Seam } from '../../../domain/audit/retention/seam.js';
import { signSeam } from '../../../domain/audit/retention/seam-note.js';
import { AuditRetentionApplied } from '../../../domain/events/families/audit.events.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { nextTurn } from '../../shared/next-turn.js';
import type { ExportSource } from '../export/export-files.port.js';
import { exportLog } from '../export/export-log.js';
import type { TransferServices } from '../export/transfer-services.js';
import { type ExportVerification, verifyExportFrom } from '../export/verify-export.js';
import type { LogIntegrity } from '../integrity/log-integrity.js';
import { frontierAt } from '../integrity/since-seal.js';
import { hashRemovedStreams } from './removed-streams.js';
import { assertRetainOptions, type RetainOptions } from './retention-options.js';
import { archived, archiveInTheWay, cutMeanwhile, refused, unsignedSeam } from './retention.errors.js';
import { verifyArchive } from './verify-archive.js';

/** What was removed from a log, or would be. */
export interface Retained {
  /** The first position that went. */
  readonly from: number;
  /** The first position that stays. */
  readonly to: number;
  /** Entries that went. */
  readonly removed: number;
  /** Bytes of their texts. The file of a database does not become smaller by it: the room is used again. */
  readonly bytes: number;
  /** Where they are kept. */
  readonly archive: string;
  /** The seam; left out for a dry run, and where there was nothing to remove. */
  readonly seam?: Seam;
}

/** What retention works with. */
export interface RetentionServices {
  readonly retention: RetentionRepository;
  readonly transfer: TransferServices;
  readonly integrity: LogIntegrity;
  readonly signer: SigningKey | undefined;
}

const PAGE = 1_000;

/** Removes the first entries of a log, once they are archived, and leaves a seam in their place. */
export class Retention {
  readonly #services: RetentionServices;
  #last: Promise<unknown> = Promise.resolve();

  constructor(services: RetentionServices) {
    this.#services = services;
  }

  /** See `AuditLog.seams`. */
  seams(): Promise<readonly Seam[]> {
    return this.#services.retention.seams();
  }

  /** See `AuditLog.retain`. One at a time: two would write one archive. */
  async retain(options: RetainOptions): Promise<Retained> {
    assertRetainOptions(options);
    const result = this.#last.then(() => this.#retain(options));
    // The next one waits for this one, however it ends; its failure is its caller's.
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #retain(options: RetainOptions): Promise<Retained> {
    const { signer } = this.#services;
    const plan = await this.#plan(options);
    if (options.dryRun === true || plan.removed === 0) return plan;
    if (signer === undefined && options.unsigned !== true) throw unsignedSeam();
    options.signal?.throwIfAborted();
    const { transfer } = this.#services;
    // A name of this attempt: another process may archive the same entries at the same time.
    const attempt = `${plan.archive}.attempt-${transfer.factory.ids.next()}`;
    try {
      await this.#assertSound(plan.to, options);
      const manifest = await this.#archive(plan, attempt, options);
      const frontier = await this.#frontierAt(plan.to);
      if (manifest.rootHash !== frontier.root().toString('hex')) throw refused('the archive does not lead to its root');
      options.signal?.throwIfAborted();
      return { ...plan, seam: await this.#remove(plan, attempt, frontier, manifest, options) };
    } catch (error) {
      if (mayBeOfACut(error, options) && (await this.#wasCut(plan))) throw cutMeanwhile(error);
      throw error;
    } finally {
      // What is left where that fails is in nobody's way. How the attempt ended is what has to be told.
      await transfer.files.remove(attempt).catch(() => undefined);
    }
  }

  /** Whether the log does not begin any more where it did when the plan was made: what failed since need not be damage. */
  async #wasCut({ from }: Retained): Promise<boolean> {
    const last = (await this.seams().catch(() => [])).at(-1);
    return last !== undefined && last.to > from;
  }

  /** See `AuditLog.verifyArchive`. */
  async verifyArchive(path: string): Promise<ExportVerification> {
    const { transfer, integrity } = this.#services;
    return verifyArchive(transfer.files.open(path), await this.seams(), integrity.trusted);
  }

  /** @throws WaymarkError `WAYMARK_ENTRY_ARCHIVED` when a position was removed */
  async assertKept(position: number): Promise<void> {
    const seam = (await this.seams()).find(({ from, to }) => position >= from && position < to);
    if (seam !== undefined) throw archived(position, seam);
  }

  async #plan({ before, archiveTo, signal }: RetainOptions): Promise<Retained> {
    const { log, files } = this.#services.transfer;
    const { size } = await log.head();
    const from = (await this.seams()).at(-1)?.to ?? 0;
    const wanted =
      typeof before === 'number' ? before : await this.#firstSince(before.toISOString(), from, size, signal);
    const to = Math.max(from, Math.min(wanted, size));
    const rootHash = (await this.#frontierAt(to)).root().toString('hex');
    // Archives of several logs may be in one folder: what a log was where it was cut tells them apart.
    const name = `waymark-${from}-${Math.max(from, to - 1)}-${rootHash.slice(0, 8)}.jsonl.gz`;
    const archive = files.pathOf(archiveTo, name);
    return { from, to, removed: to - from, bytes: await this.#bytesOf(from, to, signal), archive };
  }

  /**
   * The first position that was recorded at a time or after it. A clock may have stepped back: what was recorded after
   * that entry stays, whatever its time.
   */
  async #firstSince(time: string, from: number, size: number, signal: AbortSignal | undefined): Promise<number> {
    for (let next = from; next < size;) {
      signal?.throwIfAborted();
      const rows = await this.#services.transfer.log.readRange(next, Math.min(PAGE, size - next));
      const found = rows.find(({ columns }) => columns.recordedAt >= time);
      if (found !== undefined) return found.position;
      const last = rows.at(-1);
      if (last === undefined) return next;
      next = last.position + 1;
      await nextTurn();
    }
    return size;
  }

  async #bytesOf(from: number, to: number, signal: AbortSignal | undefined): Promise<number> {
    let bytes = 0;
    for (let next = from; next < to;) {
      signal?.throwIfAborted();
      const rows: readonly StoredEntry[] = await this.#services.transfer.log.readRange(next, Math.min(PAGE, to - next));
      if (rows.length === 0) break;
      for (const { body } of rows) bytes += Buffer.byteLength(body);
      next += rows.length;
      await nextTurn();
    }
    return bytes;
  }

  /** Whoever removes from a log that is not what was recorded removes the traces of it. */
  async #assertSound(to: number, { signal }: RetainOptions): Promise<void> {
    const { integrity, signer, transfer } = this.#services;
    const found = await integrity.verify(signal === undefined ? {} : { signal });
    const isSound = found.verdict === 'ok' || (found.verdict === 'unsealed' && signer === undefined);
    if (!isSound) throw refused(`it is ${found.verdict}: ${found.detail ?? 'no detail is known'}`, found);
    // What is sealed next has to be shown to have grown from what was sealed last, of which the hashes must be there.
    if (signer !== undefined) await integrity.seal();
    const latest = await transfer.seals.latest();
    if (latest !== undefined && latest.size < to) throw refused('its newest seal covers less than what is to go');
  }

  /** Writes the archive under the name of the attempt, and reads it back. */
  async #archive(
    { from, to, archive }: Retained,
    attempt: string,
    { onProgress, signal }: RetainOptions,
  ): Promise<WholeExport> {
    const { transfer } = this.#services;
    await this.#assertFree({ from, to, archive });
    const manifest = await exportLog(transfer, {
      to: attempt,
      from,
      until: to,
      gzip: true,
      record: false,
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
    const { verdict, detail } = await verifyExportFrom(transfer.files.open(attempt), {});
    if (verdict !== 'ok' || manifest.proof !== 'root') throw refused(`its archive does not verify: ${detail}`);
    return manifest;
  }

  /** An archive is all that is left of what was removed: none is replaced but by the same entries. */
  async #assertFree({ from, to, archive }: Pick<Retained, 'from' | 'to' | 'archive'>): Promise<void> {
    const { files } = this.#services.transfer;
    if (!(await files.has(archive))) return;
    const rootHash = (await this.#frontierAt(to)).root().toString('hex');
    const made = await manifestOf(files.open(archive));
    const isSame =
      made?.proof === 'root' && made.rootHash === rootHash && made.range.from === from && made.range.until === to;
    if (!isSame) throw archiveInTheWay(archive);
  }

  async #frontierAt(to: number): Promise<MerkleFrontier> {
    const frontier = await frontierAt(this.#services.transfer.log, to);
    if (frontier === undefined) throw refused(`hashes of its first ${to} entries are missing`);
    return frontier;
  }

  async #remove(
    { from, to, removed, archive }: Retained,
    attempt: string,
    frontier: MerkleFrontier,
    { file }: WholeExport,
    { actor }: RetainOptions,
  ): Promise<Seam> {
    const { signer, transfer, retention } = this.#services;
    const { factory, recorder, seals } = transfer;
    const appliedAt = factory.now();
    const rootHash = frontier.root().toString('hex');
    const facts = { from, to, rootHash, archive: { path: archive, sha256: file.sha256 }, appliedAt };
    let isInPlace = false;
    const cut = async (scope: TransactionScope): Promise<Seam> => {
      const last = (await retention.seams(scope)).at(-1)?.to ?? 0;
      if (last !== from) throw cutMeanwhile();
      const gone = await retention.removeBefore(to, scope);
      if (gone !== removed) throw refused(`${gone} entries were removed, and not ${removed}`);
      const { size: logSize } = await transfer.log.head();
      const removedStreams = await hashRemovedStreams(retention, scope);
      const signed =
        signer === undefined ? { id: factory.ids.next() } : signSeam(facts, { logSize, removedStreams }, signer);
      const seam: Seam = { ...signed, ...facts, frontier: frontier.hashes() };
      await retention.addSeam(seam, scope);
      // Who holds the lock of the log is the only one that cuts it here: nobody else's archive is replaced. The
      // transaction may be done again.
      if (!isInPlace) await transfer.files.move(attempt, archive);
      isInPlace = true;
      if (signer === undefined) return seam;
      await seals.save(makeStoredSeal({ size: to, rootHash }, signer, { sealedAt: appliedAt }), scope);
      return seam;
    };
    const made: { seam?: Seam } = {};
    await recorder.commit({
      weight: 1,
      write: async (scope) => {
        const seam = (made.seam = await cut(scope));
        const payload = { fromPosition: from, toPosition: to - 1, removed, archivedTo: archive, sealId: seam.id };
        return [factory.make(AuditRetentionApplied, payload, { actor })];
      },
    });
    if (made.seam === undefined) throw new TypeError('The transaction was committed without its work.');
    return made.seam;
  }
}

/** Whether an error may come of a cut by somebody else. That it was stopped, or may have been made, says itself more. */
function mayBeOfACut(error: unknown, { signal }: RetainOptions): boolean {
  return signal?.aborted !== true && !WaymarkError.is(error, 'WAYMARK_COMMIT_UNKNOWN');
}

/** The manifest of an archive that is there; `undefined` where it has none, or none that can be read. */
async function manifestOf(source: ExportSource): Promise<ExportManifest | undefined> {
  try {
    return parseManifest(await source.readManifest());
  } catch (error) {
    if (error instanceof ExportDamagedError || WaymarkError.is(error, 'WAYMARK_EXPORT_NOT_FOUND')) return undefined;
    throw error;
  }
}
