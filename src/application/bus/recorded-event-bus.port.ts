import type { DomainEvent, EventRecord } from '../../domain/events/domain-event.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import type { DeadLetter } from './dead-letter.js';
import type { DeadLetterRepository } from './dead-letter.repository.port.js';
import type { EventBus } from './event-bus.port.js';

/** Where a bus keeps its dead letters. */
export interface DeadLetterStorage {
  readonly repository: DeadLetterRepository;
  /** Writes, records the event that tells of it in the same transaction, and publishes that. */
  commit(event: DomainEvent, write: (scope: TransactionScope) => Promise<void>): Promise<void>;

  /** An event as it may be kept in a letter: without what is personal. As it is when left out. */
  conceal?(event: DomainEvent): EventRecord;

  /**
   * The event of a letter that does not hold all of it; `undefined` for one that does.
   *
   * @throws WaymarkError `WAYMARK_PERSONAL_UNREADABLE` when it is not to be had; `WAYMARK_LOG_CORRUPT`
   */
  reveal?(letter: DeadLetter): Promise<DomainEvent | undefined>;
}

/** The bus as Waymark's own code uses it. */
export interface RecordedEventBus extends EventBus {
  /**
   * Publishes an event that is in the log already, so that nobody records it again. Not for hosts: whoever says so of
   * an event that is not there loses it.
   *
   * @param position its position in the log
   */
  publishRecorded(event: DomainEvent, position: number): void;

  /**
   * Resolves when no queue with the policy `backpressure` holds more than it should; `undefined` when that is so
   * already.
   */
  room(): Promise<void> | undefined;

  /**
   * Whoever calls this is going to close the bus, and to wait for that: called from within a handler, it must not be
   * waited for, though others come first. Returns what closes the bus; it must be called.
   */
  prepareToClose(): (graceMs: number | undefined) => Promise<void>;

  /** Keeps dead letters there from now on; in memory until it is called. */
  keepDeadLettersIn(storage: DeadLetterStorage): void;
}
