import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { EventBus } from '../bus/event-bus.port.js';
import type { BusSubscription } from '../bus/subscription.js';
import type { LogWriter } from './log-writer.js';

/** How many events are handed to the writer at once. */
const CHUNK = 256;
/** How long to wait after the n-th failure in a row, in milliseconds. */
const BACK_OFF = [50, 100, 200, 500, 1_000, 2_000, 5_000] as const;

/**
 * Records what hosts publish on the bus. Events that the engine recorded before publishing them are passed over.
 *
 * Nothing is cleared before it is written: a batch that failed is tried again with back-off, before anything that came
 * later.
 */
export class AuditListener {
  readonly #writer: LogWriter;
  readonly #scheduler: Scheduler;
  readonly #stop = new AbortController();
  readonly #waiting: DomainEvent[] = [];
  #wake: AbortController | undefined;
  #pump: Promise<void> | undefined;
  #subscription: BusSubscription | undefined;
  #lastError: unknown;
  /** How many events it has recorded. */
  #recorded = 0;
  /** Counts the attempts to write, so that a flush can tell one that came after it was asked for. */
  #attempts = 0;

  constructor(writer: LogWriter, scheduler: Scheduler) {
    this.#writer = writer;
    this.#scheduler = scheduler;
  }

  /** How many events were published and are not recorded yet. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** Begins to listen. Doing it again changes nothing. */
  attach(bus: EventBus): void {
    this.#subscription ??= bus.subscribe(
      '**',
      (event, delivery) => {
        if (delivery.position === undefined) this.#record(event);
      },
      { name: 'waymark.audit-listener' },
    );
  }

  /**
   * Resolves when everything that was published before the call is recorded.
   *
   * @throws WaymarkError `WAYMARK_NOT_RECORDED` when the store fails: the events are kept and tried again
   */
  async flush(): Promise<void> {
    const asked = this.#attempts;
    const last = this.#recorded + this.#waiting.length;
    while (this.#recorded < last) {
      this.#wake?.abort();
      this.#pump ??= this.#run();
      await Promise.race([this.#pump, this.#attempted()]);
      if (this.#lastError !== undefined && this.#attempts > asked) throw this.#notRecorded();
    }
  }

  /** Records what is left, and stops. @throws WaymarkError `WAYMARK_NOT_RECORDED` when that fails */
  async close(): Promise<void> {
    this.#subscription?.unsubscribe();
    try {
      await this.flush();
    } finally {
      this.#stop.abort();
      this.#wake?.abort();
    }
  }

  #record(event: DomainEvent): void {
    this.#waiting.push(event);
    this.#pump ??= this.#run();
  }

  readonly #onAttempt: (() => void)[] = [];

  #attempted(): Promise<void> {
    return new Promise((resolve) => this.#onAttempt.push(resolve));
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#waiting.length > 0 && !(failures > 0 && this.#stop.signal.aborted)) {
      const chunk = this.#waiting.slice(0, CHUNK);
      try {
        await this.#writer.append(chunk);
        this.#waiting.splice(0, chunk.length);
        this.#recorded += chunk.length;
        this.#lastError = undefined;
        failures = 0;
      } catch (error) {
        this.#lastError = error;
        failures += 1;
      }
      this.#attempts += 1;
      for (const notify of this.#onAttempt.splice(0)) notify();
      if (failures > 0) await this.#pause(BACK_OFF[Math.min(failures, BACK_OFF.length) - 1] ?? 0);
    }
    this.#pump = undefined;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#wake = new AbortController();
    try {
      await this.#scheduler.delay(ms, this.#wake.signal);
    } catch (error) {
      // A flush or the end cut the wait short; anything else is a defect of the scheduler.
      if (!this.#wake.signal.aborted) throw error;
    } finally {
      this.#wake = undefined;
    }
  }

  #notRecorded(): WaymarkError {
    const count = this.#waiting.length;
    return new WaymarkError('WAYMARK_NOT_RECORDED', `${count} published event(s) could not be recorded yet.`, {
      cause: this.#lastError,
      hint: 'They are kept in memory and tried again; mend the store (see the cause) and flush once more.',
      details: { pending: count },
    });
  }
}
