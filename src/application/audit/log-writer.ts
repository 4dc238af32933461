import { AsyncResource } from 'node:async_hooks';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import type { AnyEventClass, EventDefinition } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { StoredEntry } from '../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import { draftEntry } from '../../domain/audit/entry-codec.js';
import type { Clock } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { TransactionScope, UnitOfWork } from '../../domain/shared/transaction.js';
import { nextTurn } from '../shared/next-turn.js';

/** Changes to the store, and the events that tell of them: written in one piece. */
export interface Commit {
  /**
   * Makes the changes and returns their events. Called within the transaction, and again if that has to be repeated: it
   * must have no effect but through the scope.
   */
  write(scope: TransactionScope): Promise<readonly DomainEvent[]>;
  /** How many events it will be, for dividing work into transactions. */
  readonly weight: number;
}

/** An event and the entry it was recorded as. */
export interface Recorded {
  readonly event: DomainEvent;
  readonly entry: StoredEntry;
}

interface Pending {
  readonly work: Work;
  readonly resolve: (recorded: readonly Recorded[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Events alone need no call back, and no part of a transaction of their own: what could make one fail was refused where it
 * came in, by its constructor or by the intake.
 */
type Work = { readonly events: readonly DomainEvent[] } | Commit;

/** How many events share a transaction at most. It bounds how long one commit may hold the event loop. */
const MAX_BATCH = 256;

/**
 * The one door to the store: everything that is written goes through its queue.
 *
 * Group commit: while one transaction is being committed, what arrives gathers, and is committed together as the next.
 * At low load nothing waits for a timer; at high load many commits share one flush to disk. A commit that fails takes
 * back its own changes and no other's.
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
    return this.#hand({ events });
  }

  /**
   * Writes a commit. Resolves when it is durable. Commits are made, and their promises resolve, in the order of the
   * calls.
   *
   * @throws whatever `write` throws; a WaymarkError with a `WAYMARK_STORE_…` code when the store fails: nothing was
   *   written then
   */
  commit(commit: Commit): Promise<readonly Recorded[]> {
    // The batch is written in the asynchronous context of whoever came first: each commit keeps its own.
    return this.#hand({ weight: commit.weight, write: AsyncResource.bind(commit.write.bind(commit)) });
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

  #hand(work: Work): Promise<readonly Recorded[]> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#queue.push({ work, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    try {
      // A turn of the event loop's microtasks, so that what is handed over together is committed together.
      await Promise.resolve();
      while (this.#queue.length > 0) {
        await this.#commitBatch(this.#nextBatch());
        // A driver that works synchronously gives the event loop no turn of its own, and one commit after another would
        // starve it. What arrives meanwhile is the next batch.
        await nextTurn();
      }
    } finally {
      this.#draining = undefined;
    }
  }

  #nextBatch(): readonly Pending[] {
    let weight = 0;
    let length = 0;
    for (const pending of this.#queue) {
      weight += 'events' in pending.work ? pending.work.events.length : pending.work.weight;
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
    const written: { readonly pending: Pending; readonly events: readonly DomainEvent[] }[] = [];
    for (const pending of batch) {
      const { work } = pending;
      try {
        const events = 'events' in work ? work.events : await scope.nested(() => work.write(scope));
        written.push({ pending, events });
      } catch (error) {
        failures.set(pending, error);
      }
    }
    const entries = await this.#record(
      written.flatMap(({ events }) => events),
      scope,
    );
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

  /** What is known of an event's type: by the catalog, or by the event's own class where a host did not register it. */
  #definitionOf(event: DomainEvent): EventDefinition | undefined {
    const own = event.constructor as Partial<AnyEventClass>;
    return (this.#catalog.find(event.type)?.definition ?? own.definition) as EventDefinition | undefined;
  }

  /** Appends events within a transaction, a part at a time: a long list must not hold the event loop. */
  async #record(events: readonly DomainEvent[], scope: TransactionScope): Promise<readonly StoredEntry[]> {
    const recordedAt = new Date(this.#clock.now()).toISOString();
    const entries: StoredEntry[] = [];
    for (let from = 0; from < events.length; from += MAX_BATCH) {
      if (from > 0) await nextTurn();
      const drafts = events
        .slice(from, from + MAX_BATCH)
        .map((event) => draftEntry(event, this.#definitionOf(event), recordedAt));
      entries.push(...(await this.#repository.append(drafts, scope)));
    }
    return entries;
  }
}

function closedError(): WaymarkError {
  return new WaymarkError('WAYMARK_CLOSED', 'Waymark is closed and records nothing more.', {
    hint: 'Record before calling close(), or make a new instance with createWaymark().',
  });
}
