import type { StoredEntry } from '../../domain/audit/audit-entry.js';
import { type AuditFilter, toAuditCriteria } from '../../domain/audit/audit-criteria.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import { toAfter } from '../../domain/audit/audit-query.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import { assertKeys, assertOptionalSignal, type KeysOf, wholeNumber } from '../../domain/shared/options.js';
import type { LogWriter } from './log-writer.js';

/** How to follow the log. */
export interface TailOptions {
  /** Begin after this position; from the present end when left out. */
  readonly after?: number;
  /** Ends the iteration when it aborts. */
  readonly signal?: AbortSignal;
  /**
   * How often to look for entries that other processes appended, in milliseconds; 200 when left out. Those of this
   * Waymark are there at once.
   */
  readonly pollMs?: number;
}

/** What following takes. */
export interface TailServices {
  readonly repository: AuditLogRepository;
  readonly writer: Pick<LogWriter, 'onCommit'>;
  readonly scheduler: Scheduler;
}

const KEYS: KeysOf<TailOptions> = { after: true, signal: true, pollMs: true };
const CODE = 'WAYMARK_INVALID_QUERY';
const TAIL_PAGE = 500;
const DEFAULT_POLL_MS = 200;

/**
 * Each entry once and in order, as it is appended. Positions follow the order of commits, so that nothing can appear
 * before what was seen.
 */
export async function* tailLog(
  { repository, writer, scheduler }: TailServices,
  filter: AuditFilter,
  options: TailOptions,
): AsyncGenerator<StoredEntry, void, undefined> {
  assertKeys(options, KEYS, 'tail option', CODE);
  assertOptionalSignal(options.signal);
  const criteria = toAuditCriteria(filter);
  const pollMs =
    options.pollMs === undefined ? DEFAULT_POLL_MS : wholeNumber(options.pollMs, 'pollMs', 0, undefined, CODE);
  const { signal } = options;
  const stopped = (): boolean => signal?.aborted === true;
  const pause = new Pause(scheduler);
  const end = (): void => pause.cut();
  signal?.addEventListener('abort', end);
  const release = writer.onCommit(() => pause.cut());
  try {
    let after = toAfter(options.after) ?? (await repository.head()).size - 1;
    while (!stopped()) {
      // In this order: what is committed from here on cuts the next pause short, whether or not it is found before.
      pause.renew();
      const { size } = await repository.head();
      const rows = await repository.find({ ...criteria, after, limit: TAIL_PAGE, order: 'asc' });
      for (const row of rows) {
        if (stopped()) return;
        after = row.position;
        yield row;
      }
      if (rows.length === TAIL_PAGE) continue;
      // What the filter leaves out was looked at, and need not be again.
      after = Math.max(after, size - 1);
      if (!stopped()) await pause.wait(pollMs);
    }
  } finally {
    release();
    signal?.removeEventListener('abort', end);
  }
}

/** A wait that somebody can cut short, before it has begun too. */
class Pause {
  readonly #scheduler: Scheduler;
  #controller = new AbortController();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  renew(): void {
    if (this.#controller.signal.aborted) this.#controller = new AbortController();
  }

  cut(): void {
    this.#controller.abort();
  }

  async wait(ms: number): Promise<void> {
    const { signal } = this.#controller;
    if (signal.aborted) return;
    try {
      await this.#scheduler.delay(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
