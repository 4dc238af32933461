import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import type { DeadLetter } from './dead-letter.js';
import type { DeadLetterRepository } from './dead-letter.repository.port.js';
import type { DeadLetterStorage } from './recorded-event-bus.port.js';

/** How long to wait after the n-th failure to keep a letter, in milliseconds. After the last there is one more try. */
const BACK_OFF = [50, 100, 200, 500, 1_000] as const;

/** Gets dead letters into their storage, though it may be down for a moment, or another one by then. */
export class LetterKeeper {
  readonly #scheduler: Scheduler;
  readonly #tell: (letter: DeadLetter) => DomainEvent;
  readonly #stop = new AbortController();
  /** The letters that are being kept. */
  readonly #keeping = new Set<string>();
  #storage: DeadLetterStorage;
  /** Where letters were kept at first, until they are moved from there. */
  #initial: DeadLetterStorage | undefined;
  /** Settles when the letters that were kept at first are where they belong. */
  #moved: Promise<unknown> = Promise.resolve();

  /** @param tell makes the event that is recorded with a letter */
  constructor(storage: DeadLetterStorage, scheduler: Scheduler, tell: (letter: DeadLetter) => DomainEvent) {
    this.#storage = storage;
    this.#initial = storage;
    this.#scheduler = scheduler;
    this.#tell = tell;
  }

  /** The storage, with everything in it that belongs there. */
  async storage(): Promise<DeadLetterStorage> {
    await this.#moved;
    return this.#storage;
  }

  /** Keeps a letter. Tells whether that could be done; never rejects. */
  async keep(letter: DeadLetter): Promise<boolean> {
    this.#keeping.add(letter.id);
    try {
      const told = this.#tell(letter);
      for (;;) {
        const storage = await this.storage();
        if (!(await this.#commit(letter, told, storage))) return false;
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
      if (!(await this.#commit(letter, this.#tell(letter), to))) return letters.length - index;
    }
    return 0;
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
