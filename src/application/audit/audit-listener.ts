import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import type { EventBus } from '../bus/event-bus.port.js';
import type { BusSubscription } from '../bus/subscription.js';
import type { EventFactory } from '../context/event-factory.js';
import type { EventRecorder } from './event-recorder.js';
import { type Gap, gapRecorded, openGap } from './gap.js';
import type { LogWriter } from './log-writer.js';
import type { PendingBatch, PendingCounts, PendingEvents } from './pending-events.js';
import { mayBeTheEvent, messageOf, notRecorded } from './recording-trouble.js';

/** How many events are handed to the writer at once. */
const CHUNK = 256;
/** How long to wait after the n-th failure in a row, in milliseconds. */
const BACK_OFF = [50, 100, 200, 500, 1_000, 2_000, 5_000] as const;
/** How often an event is tried by itself before it is given up, where the store takes the record of its loss. */
const SINGLE_TRIES = 3;

/** What an {@link AuditListener} works with. */
export interface AuditListenerParts {
  readonly writer: LogWriter;
  /** Records, and publishes, what tells of losses. */
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  readonly scheduler: Scheduler;
  readonly pending: PendingEvents;
}

/**
 * Records what hosts publish on the bus. Events that the engine recorded before publishing them are passed over.
 *
 * Nothing is cleared before it is written: a batch that failed is tried again with back-off, before anything that came
 * later. What must be given up after all is counted, and `audit.gap_recorded` stands in its place.
 */
export class AuditListener {
  readonly #writer: LogWriter;
  readonly #recorder: EventRecorder;
  readonly #factory: EventFactory;
  readonly #scheduler: Scheduler;
  readonly #stop = new AbortController();
  readonly #waiting: PendingEvents;
  #wake: AbortController | undefined;
  #pump: Promise<void> | undefined;
  #subscription: BusSubscription | undefined;
  #lastError: unknown;
  /** How many events it has recorded. */
  #recorded = 0;
  /** Counts the attempts to write, so that a flush can tell one that came after it was asked for. */
  #attempts = 0;
  /** How many of the next events are tried one by one, because one of them may be what can't be recorded. */
  #suspects = 0;
  /** How often the first of them failed by itself. */
  #singleFailures = 0;
  /** How many of those that wait are with the writer. */
  #given = 0;
  /** Who waits for what was published to be with the writer: `last` counts all that was. */
  #onGiven: { readonly last: number; readonly resolve: () => void }[] = [];

  constructor({ writer, recorder, factory, scheduler, pending }: AuditListenerParts) {
    this.#writer = writer;
    this.#recorder = recorder;
    this.#factory = factory;
    this.#scheduler = scheduler;
    this.#waiting = pending;
  }

  /** How many events were published and are not recorded yet. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** Where what is not recorded yet waits, and how much was given up. */
  counts(): PendingCounts {
    return this.#waiting.counts();
  }

  /** Takes over what processes that are gone could not record. It is recorded before everything else. */
  async adopt(): Promise<void> {
    if ((await this.#waiting.adopt()) > 0) this.#pump ??= this.#run();
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
    while (this.#recorded < last && this.#waiting.length > 0) {
      this.#wake?.abort();
      this.#pump ??= this.#run();
      await Promise.race([this.#pump, this.#attempted()]);
      if (this.#lastError !== undefined && this.#attempts > asked) throw this.#notRecorded();
    }
  }

  /**
   * Resolves when everything that was published before the call is with the writer: what the writer is given then is
   * recorded after it. It does not wait for the store, and ends as soon as that fails: order must not hold up anybody.
   *
   * @returns `undefined` where nothing has to be waited for
   */
  given(): Promise<void> | undefined {
    if (this.#lastError !== undefined || this.#waiting.length <= this.#given) return undefined;
    const last = this.#recorded + this.#waiting.length;
    return new Promise((resolve) => this.#onGiven.push({ last, resolve }));
  }

  /**
   * Records what is left, and stops. What can't be recorded goes to the spill file, where there is one.
   *
   * @throws WaymarkError `WAYMARK_NOT_RECORDED` when that fails
   */
  async close(): Promise<void> {
    this.#subscription?.unsubscribe();
    try {
      await this.flush();
    } catch (error) {
      this.#waiting.leave();
      throw this.#lastError === undefined ? error : this.#notRecorded();
    } finally {
      this.#stop.abort();
      this.#wake?.abort();
      await this.#pump;
      this.#waiting.close();
    }
  }

  #record(event: DomainEvent): void {
    this.#waiting.push(event);
    // While the store works, memory holds what it has not written yet, however much is published at once.
    if (this.#lastError !== undefined) this.#waiting.shrink();
    this.#pump ??= this.#run();
  }

  readonly #onAttempt: (() => void)[] = [];

  #attempted(): Promise<void> {
    return new Promise((resolve) => this.#onAttempt.push(resolve));
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#waiting.length > 0 && !(failures > 0 && this.#stop.signal.aborted)) {
      try {
        await this.#recordChunk();
        this.#lastError = undefined;
        failures = 0;
      } catch (error) {
        this.#lastError = error;
        failures += 1;
        this.#waiting.failed();
        this.#tellGiven(Infinity);
      }
      this.#attempts += 1;
      for (const notify of this.#onAttempt.splice(0)) notify();
      if (failures > 0) await this.#pause(BACK_OFF[Math.min(failures, BACK_OFF.length) - 1] ?? 0);
    }
    this.#pump = undefined;
    this.#tellGiven(Infinity);
  }

  #tellGiven(given: number): void {
    for (const { resolve } of this.#onGiven.filter(({ last }) => last <= given)) resolve();
    this.#onGiven = this.#onGiven.filter(({ last }) => last > given);
  }

  async #recordChunk(): Promise<void> {
    const chunk = await this.#waiting.next(this.#suspects > 0 ? 1 : CHUNK);
    try {
      await this.#write(chunk);
    } catch (error) {
      this.#suspect(chunk, error);
      throw error;
    } finally {
      this.#given = 0;
    }
    this.#recorded += this.#waiting.settled(chunk);
    this.#suspects = Math.max(0, this.#suspects - (chunk.events?.length ?? 0));
    this.#singleFailures = 0;
  }

  async #write(chunk: PendingBatch): Promise<void> {
    if (chunk.gap !== undefined) {
      this.#tellGiven(Infinity);
      return this.#tell(chunk.gap);
    }
    try {
      const recorded = this.#writer.append(chunk.events);
      this.#given = chunk.events.length;
      this.#tellGiven(this.#recorded + this.#given);
      await recorded;
    } catch (error) {
      const [event] = chunk.events;
      if (event === undefined || this.#singleFailures < SINGLE_TRIES - 1 || !mayBeTheEvent(error)) throw error;
      // Where the store takes this and not the event, it is the event that can't be recorded.
      const reason = `${event.type} ${event.id} can't be recorded: ${messageOf(error)}`;
      const { occurredAt } = event;
      await this.#tell({ ...openGap(this.#factory, 1, reason), since: occurredAt, until: occurredAt });
      this.#waiting.countLost();
    }
  }

  #tell(gap: Gap): Promise<void> {
    return this.#recorder.record([gapRecorded(gap, this.#factory)]);
  }

  #suspect(chunk: PendingBatch, error: unknown): void {
    if (chunk.events === undefined || !mayBeTheEvent(error)) return;
    if (this.#suspects === 0) this.#suspects = chunk.events.length;
    if (chunk.events.length === 1) this.#singleFailures += 1;
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

  #notRecorded(): Error {
    return notRecorded(this.#waiting.length, this.#waiting.counts().spilled, this.#lastError);
  }
}
