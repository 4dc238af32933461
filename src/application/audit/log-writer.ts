import type { EventCatalog } from '../../domain/events/event-catalog.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import type { Clock } from '../../domain/shared/clock.js';
import { StreamConflictError } from '../../domain/audit/stream-conflict.error.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { TransactionScope, UnitOfWork } from '../../domain/shared/transaction.js';
import { captureScope } from '../context/run-with-context.js';
import { nextTurn, TurnKeeper } from '../shared/next-turn.js';
import type { ExpectedVersions } from './append-options.js';
import { concealEvents, holdsPersonal } from './personal/personal-drafts.js';
import type { SubjectKeyring } from './personal/subject-keyring.js';
import { draftsOf, type Recorded, recordedOf } from './recorded.js';

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

interface Pending {
  readonly work: Work;
  readonly resolve: (recorded: readonly Recorded[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Events alone need no call back, and no part of a transaction of their own: what could make one fail was refused where it
 * came in, by its constructor or by the intake. Only those that expect a version can fail by themselves.
 */
type Work = Append | Commit;

interface Append {
  readonly events: readonly DomainEvent[];
  readonly expectedVersions?: ExpectedVersions | undefined;
}

/**
 * How many events share a transaction at most. Where processes take turns, each turn costs a lock, a few round trips and
 * a flush to disk, whatever is in it.
 */
const MAX_BATCH = 1_024;

/**
 * How many commits share a transaction of a store that gathers them: a server works on these while this process makes the
 * next ones, where it would wait for all of them otherwise.
 */
const MAX_GATHERED = 50;

/** How many events are written at once: between the parts of a transaction the event loop has its turn. */
const MAX_PART = 256;

/** How many events a transaction has at most that waits for nothing. With more of them, waiting is what costs little. */
const MAX_AT_ONCE = 8;

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
  readonly #keyring: SubjectKeyring | undefined;
  readonly #queue: Pending[] = [];
  readonly #onCommit = new Set<(size: number) => void>();
  readonly #turns = new TurnKeeper();
  #draining: Promise<void> | undefined;
  #closed = false;

  /** @param keyring the keys of people; without one, what is personal is not stored at all */
  constructor(
    unitOfWork: UnitOfWork,
    repository: AuditLogRepository,
    catalog: EventCatalog,
    clock: Clock,
    keyring?: SubjectKeyring,
  ) {
    this.#keyring = keyring;
    this.#unitOfWork = unitOfWork;
    this.#repository = repository;
    this.#catalog = catalog;
    this.#clock = clock;
  }

  /**
   * Records events. Resolves when they are durable, with their entries in the same order.
   *
   * @throws StreamConflictError when a stream is not at its expected version, and not all of the events are recorded
   *   already; nothing of them was recorded then
   */
  append(events: readonly DomainEvent[], expectedVersions?: ExpectedVersions): Promise<readonly Recorded[]> {
    return this.#hand({ events, expectedVersions });
  }

  /**
   * Calls a listener after each commit that appended to the log, with the number of entries that there are then. It must
   * not throw.
   *
   * @returns ends it
   */
  onCommit(listener: (size: number) => void): () => void {
    this.#onCommit.add(listener);
    return () => this.#onCommit.delete(listener);
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
    const asCaller = captureScope();
    return this.#hand({ weight: commit.weight, write: (scope) => asCaller(() => commit.write(scope)) });
  }

  /** Whether an event is recorded, as a transaction sees it. */
  async isRecorded(eventId: string, scope: TransactionScope): Promise<boolean> {
    return (await this.#repository.findByEventId(eventId, scope)) !== undefined;
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
        await this.#turns.give();
      }
    } finally {
      this.#draining = undefined;
    }
  }

  #nextBatch(): readonly Pending[] {
    const mostCommits = this.#unitOfWork.runGathering === undefined ? Number.POSITIVE_INFINITY : MAX_GATHERED;
    let weight = 0;
    let commits = 0;
    let length = 0;
    for (const { work } of this.#queue) {
      weight += 'events' in work ? work.events.length : work.weight;
      commits += 'events' in work ? 0 : 1;
      if (length > 0 && (weight > MAX_BATCH || commits > mostCommits)) break;
      length += 1;
    }
    return this.#queue.splice(0, length);
  }

  async #commitBatch(batch: readonly Pending[]): Promise<void> {
    let failures = new Map<Pending, unknown>();
    let recorded: ReadonlyMap<Pending, readonly Recorded[]> = new Map();
    try {
      const atOnce = this.#writeAtOnce(batch);
      if (atOnce !== undefined) recorded = atOnce;
      else {
        const write = async (scope: TransactionScope): Promise<void> => {
          // The work may be run again by the unit of work: what an earlier try found out does not count.
          failures = new Map();
          recorded = await this.#write(batch, scope, failures);
        };
        await (this.#unitOfWork.runGathering?.(write) ?? this.#unitOfWork.run(write));
        this.#keyring?.kept();
      }
    } catch (error) {
      // It is about the events of one of them, and the others need not share its fate.
      if (batch.length > 1 && WaymarkError.is(error, 'WAYMARK_PERSONAL_KEY_LOCKED')) {
        for (const pending of batch) await this.#commitBatch([pending]);
        return;
      }
      for (const pending of batch) pending.reject(error);
      return;
    }
    for (const pending of batch) {
      if (failures.has(pending)) pending.reject(failures.get(pending));
      else pending.resolve(recorded.get(pending) ?? []);
    }
    const size = sizeAfter(recorded);
    if (size > 0) for (const listener of this.#onCommit) listener(size);
  }

  /**
   * Most transactions are an event or a few. Where the store waits for the disk itself, they take it less time than all
   * that could be waited for on the way.
   *
   * @returns `undefined` where that can't be done: nothing was written
   */
  #writeAtOnce(batch: readonly Pending[]): ReadonlyMap<Pending, readonly Recorded[]> | undefined {
    const gathered = eventsAlone(batch);
    if (gathered === undefined) return undefined;
    const events = allEvents(gathered);
    if (events.some((event) => holdsPersonal(event, this.#catalog))) return undefined;
    const all = this.#unitOfWork.runAtOnce?.((scope) => {
      const drafts = draftsOf(events, this.#catalog, this.#clock.now());
      const entries = this.#repository.appendAtOnce?.(drafts, scope);
      return entries && recordedOf(events, drafts, entries);
    });
    return all && share(all, gathered, new Map<Pending, readonly Recorded[]>());
  }

  async #write(
    batch: readonly Pending[],
    scope: TransactionScope,
    failures: Map<Pending, unknown>,
  ): Promise<Map<Pending, readonly Recorded[]>> {
    const recorded = new Map<Pending, readonly Recorded[]>();
    let gathered: Gathered[] = [];
    const recordGathered = async (): Promise<void> => {
      share(await this.#record(allEvents(gathered), scope), gathered, recorded);
      gathered = [];
    };
    for (const pending of batch) {
      const { work } = pending;
      // A version counts what came before.
      if (expectsVersions(work)) await recordGathered();
      try {
        if (expectsVersions(work)) recorded.set(pending, await scope.nested(() => this.#recordAt(work, scope)));
        else gathered.push({ pending, events: await eventsOf(work, scope, batch.length === 1) });
      } catch (error) {
        if (batch.length === 1) throw error;
        failures.set(pending, error);
      }
    }
    await recordGathered();
    return recorded;
  }

  /** Records events where the streams are at their versions. */
  async #recordAt({ events, expectedVersions }: Conditional, scope: TransactionScope): Promise<readonly Recorded[]> {
    for (const [stream, expected] of expectedVersions) {
      const actual = await this.#repository.countStream(stream, scope);
      if (actual === expected) continue;
      // What is appended again because its answer was lost has moved the stream itself.
      const known = await this.#known(events, scope);
      if (known !== undefined) return known;
      throw new StreamConflictError(stream, expected, actual);
    }
    return this.#record(events, scope);
  }

  /** The entries of events that are all recorded already. */
  async #known(events: readonly DomainEvent[], scope: TransactionScope): Promise<readonly Recorded[] | undefined> {
    const known: Recorded[] = [];
    for (const event of events) {
      const entry = await this.#repository.findByEventId(event.id, scope);
      if (entry === undefined) return undefined;
      known.push({ event, entry });
    }
    return known.length === 0 ? undefined : known;
  }

  /** Appends events within a transaction, a part at a time: a long list must not hold the event loop. */
  async #record(events: readonly DomainEvent[], scope: TransactionScope): Promise<readonly Recorded[]> {
    const now = this.#clock.now();
    const recorded: Recorded[] = [];
    for (let from = 0; from < events.length; from += MAX_PART) {
      if (from > 0) await nextTurn();
      const part = events.slice(from, from + MAX_PART);
      const concealed = await concealEvents(part, this.#catalog, this.#keyring, scope);
      const drafts = draftsOf(part, this.#catalog, now, concealed);
      recorded.push(...recordedOf(part, drafts, await this.#repository.append(drafts, scope), concealed));
    }
    return recorded;
  }
}

/** Events that are recorded together with those of others. */
interface Gathered {
  readonly pending: Pending;
  readonly events: readonly DomainEvent[];
}

type Conditional = Append & { readonly expectedVersions: ExpectedVersions };

function expectsVersions(work: Work): work is Conditional {
  return 'events' in work && work.expectedVersions !== undefined;
}

/** What there is in a batch of nothing but a few events that expect nothing. */
function eventsAlone(batch: readonly Pending[]): readonly Gathered[] | undefined {
  const gathered: Gathered[] = [];
  let count = 0;
  for (const pending of batch) {
    const { work } = pending;
    if (!('events' in work) || expectsVersions(work)) return undefined;
    gathered.push({ pending, events: work.events });
    count += work.events.length;
  }
  return count > 0 && count <= MAX_AT_ONCE ? gathered : undefined;
}

function allEvents(gathered: readonly Gathered[]): readonly DomainEvent[] {
  const [only] = gathered;
  return only !== undefined && gathered.length === 1 ? only.events : gathered.flatMap(({ events }) => events);
}

/** Gives to each what was recorded of its events, out of what was recorded of all. */
function share(
  all: readonly Recorded[],
  gathered: readonly Gathered[],
  recorded: Map<Pending, readonly Recorded[]>,
): Map<Pending, readonly Recorded[]> {
  let next = 0;
  for (const { pending, events } of gathered) recorded.set(pending, all.slice(next, (next += events.length)));
  return recorded;
}

/** @param isAlone whether the whole transaction is taken back where it fails */
async function eventsOf(work: Work, scope: TransactionScope, isAlone: boolean): Promise<readonly DomainEvent[]> {
  if ('events' in work) return work.events;
  return isAlone ? work.write(scope) : scope.nested(() => work.write(scope));
}

/** How many entries there are at least, from the newest of some. */
function sizeAfter(recorded: ReadonlyMap<Pending, readonly Recorded[]>): number {
  let size = 0;
  for (const part of recorded.values()) size = Math.max(size, (part.at(-1)?.entry.position ?? -1) + 1);
  return size;
}

function closedError(): WaymarkError {
  return new WaymarkError('WAYMARK_CLOSED', 'Waymark is closed and records nothing more.', {
    hint: 'Record before calling close(), or make a new instance with createWaymark().',
  });
}
