import type { AuditEntry, StoredEntry } from '../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import { type AuditFilter, type AuditPage, toAuditQuery } from '../../domain/audit/audit-query.js';
import { parseEntryBody } from '../../domain/audit/entry-codec.js';
import type { LogHead } from '../../domain/audit/integrity/log-head.js';
import type { Verification } from '../../domain/audit/integrity/verification.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { EventIntake } from '../events/event-intake.js';
import type { LogWriter } from './log-writer.js';
import { type VerifyOptions, verifyLog } from './verify-log.js';

/** How to follow the log. */
export interface TailOptions {
  /** Begin after this position; from the present end when left out. */
  readonly after?: number;
  /** Ends the iteration when it aborts. */
  readonly signal?: AbortSignal;
  /** How often to look for new entries, in milliseconds; 200 when left out. */
  readonly pollMs?: number;
}

/** An entry that is there and can't be read: somebody has changed its text. */
export interface UnreadableEntry {
  readonly position: number;
  readonly error: WaymarkError;
}

const TAIL_PAGE = 500;

/**
 * The log as hosts use it: append, read, follow, verify.
 *
 * @example
 * const failures = await waymark.log.query({ minSeverity: 'error' }, { limit: 20, order: 'desc' });
 */
export class AuditLog {
  readonly #repository: AuditLogRepository;
  readonly #writer: LogWriter;
  readonly #catalog: EventCatalog;
  readonly #scheduler: Scheduler;
  readonly #intake: EventIntake;

  constructor(
    repository: AuditLogRepository,
    writer: LogWriter,
    catalog: EventCatalog,
    scheduler: Scheduler,
    intake: EventIntake,
  ) {
    this.#intake = intake;
    this.#repository = repository;
    this.#writer = writer;
    this.#catalog = catalog;
    this.#scheduler = scheduler;
  }

  /**
   * Records events without publishing them. Durable when it resolves. An event whose id is recorded already is not
   * recorded again: its entry is returned.
   *
   * @throws InvalidEventError for a value that is no event; WaymarkError `WAYMARK_STORE_…` when the store fails:
   *   nothing was recorded then
   */
  async append(events: readonly DomainEvent[]): Promise<readonly AuditEntry[]> {
    const recorded = await this.#writer.append(events.map((event) => this.#intake.admit(event)));
    return recorded.map(({ entry }) => this.#decode(entry));
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
    return found.map((entry) => this.#decode(entry));
  }

  /**
   * {@link query} for who looks at a damaged log: an entry that can't be read takes its place among the others as an
   * {@link UnreadableEntry}.
   */
  async scan(filter: AuditFilter = {}, page: AuditPage = {}): Promise<readonly (AuditEntry | UnreadableEntry)[]> {
    const found = await this.#repository.find(toAuditQuery(filter, page));
    return found.map((entry) => {
      try {
        return this.#decode(entry);
      } catch (error) {
        if (!WaymarkError.is(error)) throw error;
        return { position: entry.position, error };
      }
    });
  }

  /**
   * The entry of an event.
   *
   * @throws WaymarkError `WAYMARK_EVENT_NOT_FOUND`
   */
  async get(eventId: string): Promise<AuditEntry> {
    assertIdentifier(eventId, 'event id');
    const entry = await this.#repository.findByEventId(eventId);
    if (entry !== undefined) return this.#decode(entry);
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
   * Follows the log: each entry once and in order, whichever process appended it.
   *
   * @throws WaymarkError `WAYMARK_LOG_CORRUPT` at an entry that can't be read; `details.position` is where, to go on
   *   after it
   * @example
   * for await (const entry of waymark.log.tail({ executionId }, { signal })) console.log(entry.message);
   */
  async *tail(filter: AuditFilter = {}, options: TailOptions = {}): AsyncGenerator<AuditEntry, void, undefined> {
    const { signal, pollMs = 200 } = options;
    let after = options.after ?? (await this.head()).size - 1;
    const stopped = (): boolean => signal?.aborted === true;
    while (!stopped()) {
      const entries: readonly StoredEntry[] = await this.#repository.find(
        toAuditQuery(filter, { after, limit: TAIL_PAGE }),
      );
      for (const entry of entries) {
        if (stopped()) return;
        after = entry.position;
        yield this.#decode(entry);
      }
      if (entries.length < TAIL_PAGE && !(await this.#waited(pollMs, signal))) return;
    }
  }

  /**
   * Looks at every entry: whether it is there, in its place, and as it was written.
   */
  verify(options: VerifyOptions = {}): Promise<Verification> {
    return verifyLog(this.#repository, options);
  }

  async #waited(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.#scheduler.delay(ms, signal);
      return true;
    } catch (error) {
      if (signal?.aborted === true) return false;
      throw error;
    }
  }

  #decode(stored: StoredEntry): AuditEntry {
    const body = parseEntryBody(stored.body, stored.position);
    const { position: _, recordedAt, severity, outcome, category, message, ...record } = body;
    return Object.freeze({
      position: stored.position,
      event: this.#catalog.decode(record),
      severity,
      outcome,
      category,
      message,
      recordedAt,
      leafHash: stored.leafHash,
    });
  }
}
