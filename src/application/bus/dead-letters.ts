import type { DomainEvent, EventRecord } from '../../domain/events/domain-event.js';
import { BusDeadLettered, BusDeadLetterRedriven } from '../../domain/events/families/bus.events.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { errorRecord } from '../context/error-record.js';
import type { EventFactory } from '../context/event-factory.js';
import { onRejection } from '../shared/thenable.js';
import type { DeadLetter, DeadLetterFilter, DeadLetterPage } from './dead-letter.js';
import type { DeadLetterBox, RedriveProgress } from './dead-letter-box.port.js';
import { deadLetterBusy, deadLetterNotFound } from './dead-letter-errors.js';
import { assertRedriveOptions, toDeadLetterFilter, toDeadLetterPage } from './dead-letter-query.js';
import type { DeadLetterRepository } from './dead-letter.repository.port.js';
import { LetterKeeper } from './letter-keeper.js';
import type { DeadLetterStorage } from './recorded-event-bus.port.js';
import type { HandlerOutcome } from './subscription.js';

/** What {@link DeadLetters} works with. */
export interface DeadLetterServices {
  /** Where letters are kept until {@link DeadLetters.keepIn} is called. */
  readonly storage: DeadLetterStorage;
  readonly factory: EventFactory;
  readonly scheduler: Scheduler;
  /**
   * Gives the event of a letter to its handler, and to no other, with the handler's own retries.
   *
   * @param event the event, where the letter does not hold all of it
   * @throws WaymarkError `WAYMARK_HANDLER_NOT_FOUND`, `WAYMARK_UNKNOWN_EVENT_TYPE`
   */
  readonly redrive: (letter: DeadLetter, event: DomainEvent | undefined) => Promise<HandlerOutcome>;
  /** An event of a letter as an event of its class, where that is known. */
  readonly decode: (record: EventRecord) => DomainEvent;
}

/** A handler has failed on an event for good. */
export interface HandlerFailure {
  readonly event: DomainEvent;
  /** The event's position in the log, where it is known. */
  readonly position: number | undefined;
  readonly handler: string;
  /** What the handler listened to, in words. */
  readonly topic: string;
  /** What the last try failed with. */
  readonly error: unknown;
  readonly attempts: number;
}

/** How many letters are read at once to be sent again. */
const CHUNK = 100;

type RedriveOptions = NonNullable<Parameters<DeadLetterBox['redriveAll']>[1]>;

type Write = (repository: DeadLetterRepository, scope: TransactionScope) => Promise<unknown>;

/** The dead letters of a bus. Each change of them is one transaction with the event that tells of it. */
export class DeadLetters implements DeadLetterBox {
  readonly #keeper: LetterKeeper;
  readonly #factory: EventFactory;
  readonly #redrive: DeadLetterServices['redrive'];
  /** The letters that are being sent again or discarded. */
  readonly #busy = new Set<string>();

  constructor(services: DeadLetterServices) {
    this.#factory = services.factory;
    this.#redrive = services.redrive;
    const { storage, scheduler, decode } = services;
    this.#keeper = new LetterKeeper({ storage, scheduler, decode, tell: (letter) => this.#parked(letter) });
  }

  /**
   * Keeps letters there from now on. Those that the first storage has taken already are moved, and told of anew: nobody
   * has recorded them. Who asks for letters meanwhile waits until that is done.
   *
   * @returns how many letters were lost, because the new storage would not take them
   */
  keepIn(storage: DeadLetterStorage): Promise<number> {
    return this.#keeper.keepIn(storage);
  }

  /** Cuts the waits between tries to keep a letter short, from now on. */
  stop(): void {
    this.#keeper.stop();
  }

  /** Keeps the event that a handler failed on. Tells whether that could be done; never rejects. */
  park(failure: HandlerFailure): Promise<boolean> {
    const { event, position, handler, topic, attempts } = failure;
    const error = errorRecord(failure.error);
    const parkedAt = this.#factory.now();
    const id = this.#factory.ids.next();
    return this.#keeper.keep(
      freeze({ id, event: event.toJSON(), position, handler, topic, error, attempts, parkedAt }),
      event,
    );
  }

  async list(filter: DeadLetterFilter = {}, page: DeadLetterPage = {}): Promise<readonly DeadLetter[]> {
    const wanted = toDeadLetterFilter(filter);
    const { after, limit } = toDeadLetterPage(page);
    const { repository } = await this.#keeper.storage();
    return repository.find(wanted, after, limit);
  }

  async get(id: string): Promise<DeadLetter> {
    const letter = await this.#kept(id);
    try {
      const event = await this.#revealed(letter);
      return event === undefined ? letter : freeze({ ...letter, event: event.toJSON() });
    } catch (error) {
      // What is left of it is shown as it is kept.
      if (isUnreadable(error)) return letter;
      throw error;
    }
  }

  async count(filter: DeadLetterFilter = {}): Promise<number> {
    const wanted = toDeadLetterFilter(filter);
    const { repository } = await this.#keeper.storage();
    return repository.count(wanted);
  }

  redrive(id: string): Promise<HandlerOutcome> {
    return this.#holding(id, async () => {
      const letter = await this.#kept(id);
      const outcome = await this.#redrive(letter, await this.#revealed(letter));
      await this.#conclude(letter, outcome.status, (repository, scope) =>
        afterRedrive(letter, outcome, repository, scope),
      );
      return outcome;
    });
  }

  async redriveAll(filter: DeadLetterFilter = {}, options: RedriveOptions = {}): Promise<RedriveProgress> {
    const wanted = toDeadLetterFilter(filter);
    assertRedriveOptions(options);
    const { signal } = options;
    const tell = progressTeller(options.onProgress);
    // Handlers may bring about new letters, and those again: it ends with what there is now.
    let left = await this.count(wanted);
    let progress: RedriveProgress = { handled: 0, failed: 0, skipped: 0 };
    let after: string | undefined;
    while (left > 0) {
      const letters = await this.list(wanted, {
        limit: Math.min(left, CHUNK),
        ...(after === undefined ? {} : { after }),
      });
      if (letters.length === 0) break;
      for (const { id } of letters) {
        if (signal?.aborted === true) return progress;
        const result = await this.#tryOnce(id);
        // Those that were handled are gone: the next page follows the last one that has stayed.
        if (result !== 'handled') after = id;
        left -= 1;
        progress = Object.freeze({ ...progress, [result]: progress[result] + 1 });
        tell(progress);
      }
    }
    return progress;
  }

  discard(id: string): Promise<void> {
    return this.#holding(id, async () => {
      const letter = await this.#readable(id);
      const outcome = letter === undefined ? `discarded, though damaged: letter ${id}` : 'discarded';
      await this.#conclude(letter, outcome, async (repository, scope) => {
        // Somebody else may have been faster: what is not done is not told of.
        if (!(await repository.remove(id, scope))) throw deadLetterNotFound(id);
      });
    });
  }

  /** A letter; `undefined` for one that is there and can't be read. */
  async #readable(id: string): Promise<DeadLetter | undefined> {
    try {
      return await this.#kept(id);
    } catch (error) {
      if (WaymarkError.is(error, 'WAYMARK_STORE_CORRUPT')) return undefined;
      throw error;
    }
  }

  /** A letter as it is kept: what is written back must hold no more. */
  async #kept(id: string): Promise<DeadLetter> {
    assertIdentifier(id, 'dead letter id');
    const { repository } = await this.#keeper.storage();
    const letter = await repository.get(id);
    if (letter === undefined) throw deadLetterNotFound(id);
    return letter;
  }

  /** The event of a letter, where the letter does not hold all of it. */
  async #revealed(letter: DeadLetter): Promise<DomainEvent | undefined> {
    const storage = await this.#keeper.storage();
    return storage.reveal?.(letter);
  }

  /** Works on a letter, and keeps others of this process from doing so meanwhile. */
  async #holding<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    assertIdentifier(id, 'dead letter id');
    if (this.#busy.has(id)) throw deadLetterBusy(id);
    this.#busy.add(id);
    try {
      return await work();
    } finally {
      this.#busy.delete(id);
    }
  }

  /** Writes what has come of a letter, together with the event that tells of it. */
  async #conclude(letter: DeadLetter | undefined, outcome: string, write: Write): Promise<void> {
    const { handler, event } = letter ?? DAMAGED;
    const told = this.#factory.make(
      BusDeadLetterRedriven,
      { eventId: event.id, eventType: event.type, handler, outcome },
      letter === undefined ? {} : following(letter.event),
    );
    const storage = await this.#keeper.storage();
    await storage.commit(told, async (scope) => {
      await write(storage.repository, scope);
    });
  }

  async #tryOnce(id: string): Promise<keyof RedriveProgress> {
    try {
      const { status } = await this.redrive(id);
      return status === 'handled' || status === 'failed' ? status : 'skipped';
    } catch (error) {
      // One event that can't be read any more must not keep the others from being sent.
      if (isUnreadable(error)) return 'failed';
      if (SKIPPED.some((code) => WaymarkError.is(error, code))) return 'skipped';
      throw error;
    }
  }

  #parked({ event, handler, error, attempts, parkedAt }: DeadLetter): DomainEvent {
    const payload = { eventId: event.id, eventType: event.type, handler, error, attempts };
    return this.#factory.make(BusDeadLettered, payload, { ...following(event), occurredAt: parkedAt });
  }
}

/** Why the event of a letter can't be read. */
const UNREADABLE = ['WAYMARK_UPCAST_FAILED', 'WAYMARK_PERSONAL_UNREADABLE', 'WAYMARK_LOG_CORRUPT'] as const;

/** What is told of a letter that can't be read. */
const DAMAGED = { handler: 'unknown', event: { id: 'unknown', type: 'unknown' } } as const;

/** Why a letter is left to its next time. */
const SKIPPED = [
  'WAYMARK_UNKNOWN_EVENT_TYPE',
  'WAYMARK_HANDLER_NOT_FOUND',
  'WAYMARK_DEAD_LETTER_BUSY',
  // Somebody else has seen to it since the list was read.
  'WAYMARK_DEAD_LETTER_NOT_FOUND',
] as const;

function isUnreadable(error: unknown): boolean {
  return UNREADABLE.some((code) => WaymarkError.is(error, code));
}

/** A letter whose handler never had its turn stays as it is. */

/** Whoever wants to know how far it is must not stop it: one that fails is told no more. */
function progressTeller(onProgress: RedriveOptions['onProgress']): (progress: RedriveProgress) => void {
  let listener: ((progress: RedriveProgress) => unknown) | undefined = onProgress;
  const takeOff = (error: unknown): void => {
    if (listener === undefined) return;
    listener = undefined;
    process.emitWarning(
      `onProgress of redriveAll failed and is called no more: ${errorRecord(error).message}`,
      'WaymarkWarning',
    );
  };
  return (progress) => {
    try {
      onRejection(listener?.(progress), takeOff);
    } catch (error) {
      takeOff(error);
    }
  };
}

/**
 * A letter whose handler never had its turn stays as it is. One that is gone, because another process has handled or
 * discarded it meanwhile, does not come back.
 */
async function afterRedrive(
  letter: DeadLetter,
  { status, attempts, error }: HandlerOutcome,
  repository: DeadLetterRepository,
  scope: TransactionScope,
): Promise<void> {
  if (status === 'handled') await repository.remove(letter.id, scope);
  if (status !== 'failed') return;
  const failed = { ...letter, attempts: letter.attempts + attempts, error: errorRecord(error) };
  await repository.update(freeze(failed), scope);
}

/** The context of what follows from an event. */
function following({ id, correlationId }: EventRecord): { causationId: string; correlationId?: string } {
  return { causationId: id, ...(correlationId === undefined ? {} : { correlationId }) };
}

function freeze(letter: DeadLetter): DeadLetter {
  return Object.freeze({ ...letter, event: Object.freeze(letter.event) });
}
