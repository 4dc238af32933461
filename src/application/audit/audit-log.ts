import { type AuditFilter, toAuditCriteria } from '../../domain/audit/audit-criteria.js';
import type { AuditEntry } from '../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import { type AuditPage, toAuditQuery } from '../../domain/audit/audit-query.js';
import type { AuditStatistics } from '../../domain/audit/audit-statistics.js';
import type { ExportManifest } from '../../domain/audit/export/export-manifest.js';
import type { LogHead } from '../../domain/audit/integrity/log-head.js';
import type { ProofBundle } from '../../domain/audit/integrity/proof-bundle.js';
import type { TrustedKeys } from '../../domain/audit/integrity/trusted-keys.js';
import type { Seam } from '../../domain/audit/retention/seam.js';
import type { Verification } from '../../domain/audit/integrity/verification.js';
import type { StoredSeal } from '../../domain/audit/seal.repository.port.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import { assertStream } from '../../domain/events/event-context.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { wholeNumber } from '../../domain/shared/options.js';
import type { EventIntake } from '../events/event-intake.js';
import { type AppendOptions, toExpectedVersions } from './append-options.js';
import { EntryReader, type UnknownTypes, type UnreadableEntry } from './entry-reader.js';
import type { ExportOptions } from './export/export-options.js';
import type { ImportOptions, ImportResult } from './export/import-log.js';
import type { LogTransfer } from './export/log-transfer.js';
import type {
  LogConsistency,
  LogIntegrity,
  ProveOptions,
  SealOptions,
  VerifyOptions,
} from './integrity/log-integrity.js';
import type { LogWriter } from './log-writer.js';
import type { Erased, EraseOptions, Erasure } from './personal/erasure.js';
import type { SubjectKeyring } from './personal/subject-keyring.js';
import type { RetainOptions } from './retention/retention-options.js';
import type { Retained, Retention } from './retention/retention.js';
import type { ExportVerification } from './export/verify-export.js';
import { type LogPage, type PageOptions, readPage } from './read-page.js';
import { streamLog, type StreamOptions } from './stream-log.js';
import { tailLog, type TailOptions } from './tail-log.js';

/**
 * The log as hosts use it: append, read, follow, seal, prove, verify.
 *
 * @example
 * const failures = await waymark.log.query({ minSeverity: 'error' }, { limit: 20, order: 'desc' });
 */
export class AuditLog {
  readonly #repository: AuditLogRepository;
  readonly #writer: LogWriter;
  readonly #reader: EntryReader;
  readonly #scheduler: Scheduler;
  readonly #intake: EventIntake;
  readonly #integrity: LogIntegrity;
  readonly #erasure: Erasure;
  readonly #transfer: LogTransfer;
  readonly #retention: Retention;

  constructor(
    repository: AuditLogRepository,
    writer: LogWriter,
    catalog: EventCatalog,
    scheduler: Scheduler,
    intake: EventIntake,
    integrity: LogIntegrity,
    {
      keyring,
      erasure,
      transfer,
      retention,
      unknownTypes,
    }: {
      readonly keyring: SubjectKeyring;
      readonly erasure: Erasure;
      readonly transfer: LogTransfer;
      readonly retention: Retention;
      readonly unknownTypes?: UnknownTypes;
    },
  ) {
    this.#transfer = transfer;
    this.#retention = retention;
    this.#erasure = erasure;
    this.#integrity = integrity;
    this.#intake = intake;
    this.#repository = repository;
    this.#writer = writer;
    this.#reader = new EntryReader(catalog, keyring, unknownTypes);
    this.#scheduler = scheduler;
  }

  /**
   * Records events without publishing them. Durable when it resolves. An event whose id is recorded already is not
   * recorded again: its entry is returned.
   *
   * With `expectedVersions` nobody's decision overtakes another's: the events are recorded only where each of those
   * streams is at the version that they were decided upon. Doing it again after success is no conflict: when all of the
   * events are recorded, their entries are returned.
   *
   * @throws InvalidEventError for a value that is no event; StreamConflictError `WAYMARK_STREAM_CONFLICT`; WaymarkError
   *   `WAYMARK_STORE_…` when the store fails: nothing was recorded then
   * @example
   * const version = await waymark.log.streamVersion('deal/d-7');
   * await waymark.log.append([new DealCreated({ dealId: 'd-7' })], { expectedVersions: { 'deal/d-7': version } });
   */
  async append(events: readonly DomainEvent[], options: AppendOptions = {}): Promise<readonly AuditEntry[]> {
    const admitted = events.map((event) => this.#intake.admit(event));
    const recorded = await this.#writer.append(admitted, toExpectedVersions(options));
    return this.#reader.readRecorded(recorded);
  }

  /**
   * The version of a stream: how many entries it has, and 0 for one that is not there.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_ID`
   */
  async streamVersion(stream: string): Promise<number> {
    assertStream(stream);
    return this.#repository.countStream(stream);
  }

  /**
   * The entries that a filter finds. `position` of the last one is the cursor of the next page.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_QUERY` for a key, a value or a page that there is not; WaymarkError
   *   `WAYMARK_LOG_CORRUPT` when one of them can't be read: `scan` gives the others
   * @example
   * await waymark.log.query({ executionId, types: ['node.*'] }, { after: 120, limit: 50 });
   */
  async query(filter: AuditFilter = {}, page: AuditPage = {}): Promise<readonly AuditEntry[]> {
    const found = await this.#repository.find(toAuditQuery(filter, page));
    return this.#reader.readAll(found);
  }

  /**
   * {@link query} for who looks at a damaged log: an entry that can't be read takes its place among the others as an
   * {@link UnreadableEntry}.
   */
  async scan(filter: AuditFilter = {}, page: AuditPage = {}): Promise<readonly (AuditEntry | UnreadableEntry)[]> {
    const found = await this.#repository.find(toAuditQuery(filter, page));
    return this.#reader.readWhatCanBe(found);
  }

  /**
   * One page of what a filter finds, and the cursors of those beside it: texts to be given back as they are, to this
   * process or another, however much is appended meanwhile. A page that is read forwards and one that is read backwards
   * from the same place are the same.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_QUERY`; `WAYMARK_INVALID_CURSOR` for a cursor that is damaged or of
   *   another filter; WaymarkError `WAYMARK_LOG_CORRUPT` when an entry can't be read: `scanPage` gives the others
   * @example
   * const first = await waymark.log.page({ executionId }, { limit: 50 });
   * if (first.next !== undefined) console.log(await waymark.log.page({ executionId }, { limit: 50, cursor: first.next }));
   */
  async page(filter: AuditFilter = {}, options: PageOptions = {}): Promise<LogPage> {
    const { entries, ...cursors } = await readPage(this.#repository, filter, options);
    return { entries: await this.#reader.readAll(entries), ...cursors };
  }

  /** {@link page} for who looks at a damaged log, as {@link scan} is to {@link query}. */
  async scanPage(filter: AuditFilter = {}, options: PageOptions = {}): Promise<LogPage<AuditEntry | UnreadableEntry>> {
    const { entries, ...cursors } = await readPage(this.#repository, filter, options);
    return { entries: await this.#reader.readWhatCanBe(entries), ...cursors };
  }

  /**
   * Everything that a filter finds, however much it is: no more than a page is in memory at once. It is the log as it was
   * when the iteration began; {@link tail} goes on from there.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_QUERY`; the reason of the signal; WaymarkError `WAYMARK_LOG_CORRUPT`
   *   at an entry that can't be read
   * @example
   * for await (const entry of waymark.log.stream({ types: ['node.*'] })) console.log(entry.position, entry.message);
   */
  async *stream(filter: AuditFilter = {}, options: StreamOptions = {}): AsyncGenerator<AuditEntry, void, undefined> {
    for await (const entry of streamLog(this.#repository, filter, options)) yield await this.#reader.read(entry);
  }

  /**
   * How many entries a filter finds, by type, by severity and by day. What is counted is read, but not brought here.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_QUERY`
   * @example
   * const { total, bySeverity } = await waymark.log.statistics({ since: '2026-01-01' });
   * console.log(`${bySeverity.error} of ${total} are errors`);
   */
  async statistics(filter: AuditFilter = {}): Promise<AuditStatistics> {
    return this.#repository.statistics(toAuditCriteria(filter));
  }

  /**
   * The entry of an event.
   *
   * @throws WaymarkError `WAYMARK_EVENT_NOT_FOUND`
   */
  async get(eventId: string): Promise<AuditEntry> {
    assertIdentifier(eventId, 'event id');
    const entry = await this.#repository.findByEventId(eventId);
    if (entry !== undefined) return this.#reader.read(entry);
    throw new WaymarkError('WAYMARK_EVENT_NOT_FOUND', `The log has no event ${eventId}.`, {
      hint: 'Look through the log with `waymark log --ids`.',
      details: { eventId },
    });
  }

  /** The number of entries, the root and the frontier. */
  head(): Promise<LogHead> {
    return this.#repository.head();
  }

  /**
   * Follows the log: each entry once and in order, whichever process appended it. Those that this Waymark appends come at
   * once; for those of others it looks every `pollMs`.
   *
   * @throws WaymarkError `WAYMARK_LOG_CORRUPT` at an entry that can't be read; `details.position` is where, to go on
   *   after it
   * @example
   * for await (const entry of waymark.log.tail({ executionId }, { signal })) console.log(entry.message);
   */
  async *tail(filter: AuditFilter = {}, options: TailOptions = {}): AsyncGenerator<AuditEntry, void, undefined> {
    // Whoever goes on from a place must not pass over what was removed since without knowing it.
    if (options.after !== undefined && options.after >= -1) await this.#retention.assertKept(options.after + 1);
    const services = { repository: this.#repository, writer: this.#writer, scheduler: this.#scheduler };
    for await (const entry of tailLog(services, filter, options)) yield await this.#reader.read(entry);
  }

  /**
   * Looks at the log: whether every entry is there, in its place, and as it was written; whether the tree over them is
   * the one that the head, the tiles and the seals say. The verdict names the first position that is wrong.
   *
   * @throws InvalidArgumentError for an option that there is not; WaymarkError `WAYMARK_ANCHOR_FAILED` when the anchor
   *   can't be read
   * @example
   * const found = await waymark.log.verify({ mode: { since: 'latest' }, requireSeal: true });
   * if (found.verdict !== 'ok') console.error(found.verdict, found.position, found.detail);
   */
  verify(options: VerifyOptions = {}): Promise<Verification> {
    return this.#integrity.verify(options);
  }

  /**
   * Signs the log as it stands, keeps the seal, records `audit.sealed`, and adds the seal to the anchors.
   *
   * The log grows by the entry that tells of the seal. Where nothing but that came since the last seal of the same key,
   * that seal is returned, and nothing is signed.
   *
   * @throws WaymarkError `WAYMARK_LOG_FORKED` when the log did not grow from what was sealed before, which is recorded;
   *   `WAYMARK_NO_SIGNING_KEY` without a key; `WAYMARK_ANCHOR_FAILED` when the seal was made and can't be anchored
   * @example
   * const seal = await waymark.log.seal();
   * console.log(seal.size, seal.note);
   */
  async seal(options: SealOptions = {}): Promise<StoredSeal> {
    return (await this.#integrity.seal(options)).seal;
  }

  /** The keys that are believed where a call names none: those of the configuration, that of its signing key included. */
  get trustedKeys(): TrustedKeys {
    return this.#integrity.trusted;
  }

  /**
   * The proof that an event is in the log, which a third party can check with `verifyBundle` and without the store. It is
   * made with the newest seal; where that does not cover the event yet, the log is sealed first.
   *
   * @throws WaymarkError `WAYMARK_EVENT_NOT_FOUND`; `WAYMARK_UNSEALED` when no seal covers it and there is no key;
   *   `WAYMARK_NOT_PROVABLE` when the log is not what was sealed
   * @example
   * const bundle = await waymark.log.prove('0198c5b0-3c00-7000-8000-000000000000');
   * await writeFile('bundle.json', JSON.stringify(bundle));
   */
  prove(eventId: string, options: ProveOptions = {}): Promise<ProofBundle> {
    return this.#integrity.prove(eventId, options);
  }

  /**
   * The proof that the log only grew from one size to another, for `verifyConsistency`.
   *
   * @param oldSize entries that there were
   * @param newSize entries that there were later; those that there are when left out
   * @throws InvalidArgumentError when the log never had so many
   */
  consistency(oldSize: number, newSize?: number): Promise<LogConsistency> {
    return this.#integrity.consistency(oldSize, newSize);
  }

  /**
   * Makes what the log holds about a person unreadable, for good: their key is destroyed, and `audit.erased` recorded, in
   * one transaction. Entries, positions, seals and proofs stay as they are. Doing it again changes nothing.
   *
   * Only fields that were declared with `personal()` are encrypted with that key. Copies of the store, and what handlers
   * made of events, are not reached.
   *
   * @param subject the person's id, as it is in the field that `personal()` names
   * @throws WaymarkError `WAYMARK_SUBJECT_UNKNOWN` when nothing was ever recorded about them; `WAYMARK_STORE_…`
   * @example
   * const { entriesAffected } = await waymark.log.erase('customer-7', { reason: 'request 4711', actor: 'user:ada' });
   * console.log(`${entriesAffected} entries hold nothing about them any more`);
   */
  erase(subject: string, options: EraseOptions): Promise<Erased> {
    return this.#erasure.erase(subject, options);
  }

  /**
   * Writes entries out, to a file or a stream, with a manifest that makes the export provable: the range, the root, and
   * the seal that covers it. `audit.exported` is recorded; what is appended while it runs is not in it.
   *
   * No more than a page is in memory at once. A file appears when it is complete. Until then it grows beside it, and what
   * was interrupted is gone on with by `resume`: the result is the same, byte for byte.
   *
   * @throws InvalidArgumentError; WaymarkError `WAYMARK_LOG_CORRUPT` when the log is not what was recorded: verify it;
   *   `WAYMARK_EXPORT_FAILED` when the file or the stream can't be written; `WAYMARK_EXPORT_DAMAGED` when what is to be
   *   resumed is not what was written; the reason of the signal
   * @example
   * const manifest = await waymark.log.export({ to: './2026-01.jsonl.gz', gzip: true, resume: true });
   * console.log(manifest.entries, manifest.file.sha256);
   */
  export(options: ExportOptions): Promise<ExportManifest> {
    return this.#transfer.export(options);
  }

  /**
   * Makes this log what was exported: the same entries at the same positions, byte for byte, and so the same root. The log
   * has to be empty, or to end where the export begins. All of the export is looked at before any of it is written; an
   * import that was interrupted is gone on with by another.
   *
   * Nothing is published on the bus, and nothing is recorded of it. Keys of personal fields are not in an export.
   *
   * @throws WaymarkError `WAYMARK_EXPORT_NOT_FOUND`; `WAYMARK_EXPORT_DAMAGED`, with `details.line` where it can be told;
   *   `WAYMARK_NOT_IMPORTABLE` for one with a filter, or without the stored entries; `WAYMARK_IMPORT_MISMATCH` when the
   *   log is another; `WAYMARK_UNSEALED` or `WAYMARK_NOTE_UNTRUSTED` when keys are given that do not vouch for it
   * @example
   * const { imported, head } = await waymark.log.import({ from: './2026-01.jsonl.gz' });
   * console.log(imported, head.rootHash);
   */
  import(options: ImportOptions): Promise<ImportResult> {
    return this.#transfer.import(options);
  }

  /**
   * The entry at a position.
   *
   * @throws WaymarkError `WAYMARK_ENTRY_ARCHIVED` when retention removed it, with where it is; `WAYMARK_EVENT_NOT_FOUND`
   *   when there is none yet
   */
  async at(position: number): Promise<AuditEntry> {
    wholeNumber(position, 'position', 0);
    const [entry] = await this.#repository.readRange(position, 1);
    if (entry?.position === position) return this.#reader.read(entry);
    await this.#retention.assertKept(position);
    throw new WaymarkError('WAYMARK_EVENT_NOT_FOUND', `The log has no entry at position ${position}.`, {
      hint: 'Look through the log with `waymark log`.',
      details: { position },
    });
  }

  /**
   * Takes the first entries out of the log: verifies the log, writes them to an archive, verifies that, and then, in one
   * transaction, removes them, leaves a signed seam in their place and records `audit.retention_applied`. Positions never
   * change, and what remains verifies and proves as before.
   *
   * Appending an event again whose entry was removed records it again: idempotency reaches back to the last seam.
   *
   * @throws InvalidArgumentError; WaymarkError `WAYMARK_NO_SIGNING_KEY`, `WAYMARK_RETENTION_REFUSED`, `WAYMARK_EXPORT_…`,
   *   `WAYMARK_STORE_…`: nothing was removed then
   * @example
   * const options = { before: new Date('2026-01-01'), archiveTo: './archive' };
   * const { removed, bytes } = await waymark.log.retain({ ...options, dryRun: true });
   * console.log(`${removed} entries would go, ${bytes} bytes`);
   * await waymark.log.retain(options);
   */
  retain(options: RetainOptions): Promise<Retained> {
    return this.#retention.retain(options);
  }

  /** Where entries were taken out of the log, the oldest first. */
  seams(): Promise<readonly Seam[]> {
    return this.#retention.seams();
  }

  /**
   * Looks at an archive that {@link retain} made: whether it is what was written, what was sealed where keys were
   * pinned, and what this log was cut off at. Without this log, `verifyExport` does the same but for the last.
   *
   * @throws WaymarkError `WAYMARK_EXPORT_NOT_FOUND`
   */
  verifyArchive(path: string): Promise<ExportVerification> {
    return this.#retention.verifyArchive(path);
  }
}
