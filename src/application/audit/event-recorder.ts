import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import type { RecordedEventBus } from '../bus/recorded-event-bus.port.js';
import type { Commit, LogWriter } from './log-writer.js';
import type { Recorded } from './recorded.js';

/** Waymark's own way of emitting: an event is recorded first and published, with its position, once that is durable. */
export class EventRecorder {
  readonly #writer: LogWriter;
  readonly #bus: RecordedEventBus;

  constructor(writer: LogWriter, bus: RecordedEventBus) {
    this.#writer = writer;
    this.#bus = bus;
  }

  /** Records events and publishes them. */
  record(events: readonly DomainEvent[]): Promise<void> {
    return this.#publish(this.#writer.append(events));
  }

  /** Writes changes together with their events, and publishes these after the commit, in order. */
  async commit(commit: Commit): Promise<void> {
    await this.#publish(this.#writer.commit(commit));
  }

  /** Whether an event is recorded, as a transaction sees it. */
  isRecorded(eventId: string, scope: TransactionScope): Promise<boolean> {
    return this.#writer.isRecorded(eventId, scope);
  }

  /** Commits for a handler of the bus, which must not wait for others of its kind: they might wait for it. */
  async commitForHandler(commit: Commit): Promise<void> {
    this.#tell(await this.#writer.commit(commit));
  }

  async #publish(recorded: Promise<readonly Recorded[]>): Promise<void> {
    this.#tell(await recorded);
    // A handler that must miss nothing holds up whoever emits, rather than grow its queue without end.
    await this.#bus.room();
  }

  #tell(recorded: readonly Recorded[]): void {
    for (const { event, entry } of recorded) this.#bus.publishRecorded(event, entry.position);
  }
}
