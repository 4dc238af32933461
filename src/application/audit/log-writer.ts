import { AsyncResource } from 'node:async_hooks';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { EntryDraft, StoredEntry } from '../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import { draftEntry } from '../../domain/audit/entry-codec.js';
import type { Clock } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { TransactionScope, UnitOfWork } from '../../domain/shared/transaction.js';

/** Something to be written in one piece: changes to the store, and the events that tell of them. */
export interface Commit {
  /**
   * Makes the changes and returns their events. Called within the transaction, and again if that has to be repeated: it must have no
   * effect but through the scope.
   */
  write(scope: TransactionScope): Promise<readonly DomainEvent[]>;
  /** How many events it will be, for dividing work into transactions. 1 when left out. */
  readonly weight?: number;
}

/** An event and the entry it was recorded as. */
export interface Recorded {
  readonly event: DomainEvent;
  readonly entry: StoredEntry;
}

interface Pending {
  readonly commit: Commit;
  readonly resolve: (recorded: readonly Recorded[]) => void;
  readonly reject: (error: unknown) => void;
}

/** How many events share a transaction at most. It bounds how long one commit may hold the event loop. */
const MAX_BATCH = 256;

/**
 * The one door to the store: everything that is written goes through its queue.
 *
 * Group commit: while one transaction is being committed, what arrives gathers, and is committed together as the next. At low load nothing
 * waits for a timer; at high load many commits share one flush to disk. A commit that fails takes back its own changes and no other's.
 */
export class LogWriter {
  readonly #unitOfWork: UnitOfWork;
  readonly #repository: AuditLogRepository;
  readonly #catalog: EventCatalog;
  readonly #clock: Clock;
  readonly #queue: Pending[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(unitOfWork: UnitOfWork, repository: AuditLogRepository, catalog: EventCatalog, clock: Clock) {
    this.#unitOfWork = unitOfWork;
    this.#repository = repository;
    this.#catalog = catalog;
    this.#clock = clock;
  }

  /** Records events. Resolves when they are durable, with their entries in the same order. */
  append(events: readonly DomainEvent[]): Promise<readonly Recorded[]> {
    return this.commit({ write: () => Promise.resolve(events), weight: events.length });
  }

  /**
   * Writes a commit. Resolves when it is durable. Commits are made, and their promises resolve, in the order of the calls.
   *
   * @throws whatever `write` throws; a WaymarkError with a `WAYMARK_STORE_…` code when the store fails: nothing was written then
   */
  commit(commit: Commit): Promise<readonly Recorded[]> {
    if (this.#closed) return Promise.reject(closedError());
    // The batch is written in the asynchronous context of whoever came first: each commit keeps its own.
    const bound: Commit = { ...commit, write: AsyncResource.bind(commit.write.bind(commit)) };
    return new Promise((resolve, reject) => {
      this.#queue.push({ commit: bound, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when everything that was handed over has been written or has failed. */
  async flush(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  /** Takes no more and resolves when the queue is empty. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  async #drain(): Promise<void> {
    try {
      // A turn of the event loop's microtasks, so that what is handed over together is committed together.
      await Promise.resolve();
      while (this.#queue.length > 0) await this.#commitBatch(this.#nextBatch());
    } finally {
      this.#draining = undefined;
    }
  }

  #nextBatch(): readonly Pending[] {
    let weight = 0;
    let length = 0;
    for (const pending of this.#queue) {
      weight += pending.commit.weight ?? 1;
      if (length > 0 && weight > MAX_BATCH) break;
      length += 1;
    }
    return this.#queue.splice(0, length);
  }

  async #commitBatch(batch: readonly Pending[]): Promise<void> {
    let failures = new Map<Pending, unknown>();
    let recorded = new Map<Pending, readonly Recorded[]>();
    try {
      await this.#unitOfWork.run(async (scope) => {
        // The work may be run again by the unit of work: what an earlier try found out does not count.
        failures = new Map();
        recorded = await this.#write(batch, scope, failures);
      });
    } catch (error) {
      for (const pending of batch) pending.reject(error);
      return;
    }
    for (const pending of batch) {
      if (failures.has(pending)) pending.reject(failures.get(pending));
      else pending.resolve(recorded.get(pending) ?? []);
    }
  }

  async #write(
    batch: readonly Pending[],
    scope: TransactionScope,
    failures: Map<Pending, unknown>,
  ): Promise<Map<Pending, readonly Recorded[]>> {
    const recordedAt = new Date(this.#clock.now()).toISOString();
    const written: { readonly pending: Pending; readonly events: readonly DomainEvent[] }[] = [];
    const drafts: EntryDraft[] = [];
    for (const pending of batch) {
      try {
        const events = await (batch.length === 1
          ? pending.commit.write(scope)
          : scope.nested(() => pending.commit.write(scope)));
        written.push({ pending, events });
        for (const event of events) {
          drafts.push(draftEntry(event, this.#catalog.find(event.type)?.definition, recordedAt));
        }
      } catch (error) {
        if (batch.length === 1) throw error;
        failures.set(pending, error);
      }
    }
    const entries = drafts.length === 0 ? [] : await this.#repository.append(drafts, scope);
    const recorded = new Map<Pending, readonly Recorded[]>();
    let next = 0;
    for (const { pending, events } of written) {
      recorded.set(
        pending,
        events.map((event) => ({ event, entry: entries[next++] as StoredEntry })),
      );
    }
    return recorded;
  }
}

function closedError(): WaymarkError {
  return new WaymarkError('WAYMARK_CLOSED', 'Waymark is closed and records nothing more.', {
    hint: 'Record before calling close(), or make a new instance with createWaymark().',
  });
}
