import type { DomainEvent, EventRecord } from '../../domain/events/domain-event.js';
import { UnknownEvent } from '../../domain/events/unknown-event.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import type { DeadLetter } from './dead-letter.js';
import type { DeadLetterRepository } from './dead-letter.repository.port.js';
import type { DeadLetterStorage } from './recorded-event-bus.port.js';

/** How long to wait after the n-th failure to keep a letter, in milliseconds. After the last there is one more try. */
const BACK_OFF = [50, 100, 200, 500, 1_000] as const;

/** What a {@link LetterKeeper} works with. */
export interface LetterKeeperServices {
  readonly storage: DeadLetterStorage;
  readonly scheduler: Scheduler;
  /** Makes the event that is recorded with a letter. */
  readonly tell: (letter: DeadLetter) => DomainEvent;
  /** An event of a letter as an event of its class. */
  readonly decode: (record: EventRecord) => DomainEvent;
}

/** Gets dead letters into their storage, though it may be down for a moment, or another one by then. */
export class LetterKeeper {
  readonly #scheduler: Scheduler;
  readonly #tell: LetterKeeperServices['tell'];
  readonly #decode: LetterKeeperServices['decode'];
  readonly #stop = new AbortController();
  /** The letters that are being kept. */
  readonly #keeping = new Set<string>();
  #storage: DeadLetterStorage;
  /** Where letters were kept at first, until they are moved from there. */
  #initial: DeadLetterStorage | undefined;
  /** Settles when the letters that were kept at first are where they belong. */
  #moved: Promise<unknown> = Promise.resolve();

  constructor({ storage, scheduler, tell, decode }: LetterKeeperServices) {
    this.#storage = storage;
    this.#initial = storage;
    this.#scheduler = scheduler;
    this.#tell = tell;
    this.#decode = decode;
  }

  /** The storage, with everything in it that belongs there. */
  async storage(): Promise<DeadLetterStorage> {
    await this.#moved;
    return this.#storage;
  }

  /**
   * Keeps a letter. Tells whether that could be done; never rejects.
   *
   * @param event the one that the letter is about
   */
  async keep(letter: DeadLetter, event: DomainEvent): Promise<boolean> {
    this.#keeping.add(letter.id);
    try {
      const told = this.#tell(letter);
      for (;;) {
        const storage = await this.storage();
        if (!(await this.#commit(concealed(letter, event, storage), told, storage))) return false;
        // Letters may be kept elsewhere by now, and those before this one have been moved there already.
        if (storage === this.#storage) return true;
      }
    } catch {
      // The event can't be made, where an error is larger than the limits of events allow. Who asked counts that too.
      return false;
    } finally {
      this.#keeping.delete(letter.id);
    }
  }

  /** Keeps letters there from now on, and moves those that the first storage has taken. Tells how many were lost. */
  keepIn(storage: DeadLetterStorage): Promise<number> {
    const initial = this.#initial;
    this.#initial = undefined;
    this.#storage = storage;
    if (initial === undefined) return Promise.resolve(0);
    const moved = this.#move(initial.repository, storage);
    // Its failure is its caller's: what is kept from now on is not concerned.
    this.#moved = moved.catch(() => undefined);
    return moved;
  }

  /** Cuts the waits between tries short, from now on. */
  stop(): void {
    this.#stop.abort();
  }

  async #commit(letter: DeadLetter, told: DomainEvent, storage: DeadLetterStorage): Promise<boolean> {
    for (let failures = 0; ; failures += 1) {
      try {
        await storage.commit(told, (scope) => storage.repository.save(letter, scope));
        return true;
      } catch {
        // Who asked counts what could not be kept. That the handler failed is told of elsewhere.
        const pauseMs = BACK_OFF[failures];
        if (pauseMs === undefined) return false;
        await this.#pause(pauseMs);
      }
    }
  }

  async #move(from: DeadLetterRepository, to: DeadLetterStorage): Promise<number> {
    const all = await from.find({}, undefined, Number.MAX_SAFE_INTEGER);
    // Those that are being kept at this moment see for themselves where they go.
    const letters = all.filter(({ id }) => !this.#keeping.has(id));
    for (const [index, letter] of letters.entries()) {
      // A storage that did not take one, after all the waiting, takes none.
      const kept = concealed(letter, this.#eventOf(letter), to);
      if (!(await this.#commit(kept, this.#tell(letter), to))) return letters.length - index;
    }
    return 0;
  }

  /** What is personal is known by the event's class: one that can't be brought into its newest shape is kept as it is. */
  #eventOf({ event }: DeadLetter): DomainEvent {
    try {
      return this.#decode(event);
    } catch {
      const { type, payload, ...context } = event;
      return new UnknownEvent(type, payload, context);
    }
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    try {
      await this.#scheduler.delay(ms, signal);
    } catch (error) {
      // The end cut the wait short; anything else is a defect of the scheduler.
      if (!signal.aborted) throw error;
    }
  }
}

/** A letter as a storage may keep it. */
function concealed(letter: DeadLetter, event: DomainEvent, storage: DeadLetterStorage): DeadLetter {
  if (storage.conceal === undefined) return letter;
  return Object.freeze({ ...letter, event: Object.freeze(storage.conceal(event)) });
}
