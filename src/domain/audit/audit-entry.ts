import type { EventCategory } from '../events/event-category.js';
import type { DomainEvent, EventRecord } from '../events/domain-event.js';
import type { Hash } from '../shared/hash.js';
import type { UnreadableField } from './personal/reveal-personal.js';
import type { Outcome, Severity } from './severity.js';

/** One recorded event: what a reader of the log gets. */
export interface AuditEntry<Event extends DomainEvent = DomainEvent> {
  /** Index in the log: 0, 1, 2 … without gaps, in commit order. Also the leaf's index in the Merkle tree. */
  readonly position: number;
  readonly event: Event;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly category: EventCategory;
  /** One line for people. */
  readonly message: string;
  /** When it was written: ISO 8601, UTC. */
  readonly recordedAt: string;
  /** SHA-256(0x00 ‖ the stored bytes), in hexadecimal. */
  readonly leafHash: Hash;
  /**
   * What was erased of it, as JSON pointers into the payload as it was recorded; left out when nothing was. A text reads
   * as {@link ERASED}, anything else as `null`.
   */
  readonly erased?: readonly string[];
  /** Personal fields that can't be read, though nobody was erased: they are left as they are stored. */
  readonly unreadable?: readonly UnreadableField[];
}

/** What an entry's stored text says, parsed. */
export interface EntryBody extends EventRecord {
  readonly position: number;
  readonly recordedAt: string;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly category: EventCategory;
  readonly message: string;
}

/**
 * What a store keeps beside the text, to search by. Every value follows from the text, and `verify` checks that it
 * does.
 */
export interface EntryColumns {
  readonly eventId: string;
  readonly type: string;
  readonly stream: string;
  readonly executionId: string | null;
  readonly correlationId: string | null;
  readonly actor: string | null;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly category: EventCategory;
  readonly occurredAt: string;
  readonly recordedAt: string;
}

/** An entry as a store keeps it. */
export interface StoredEntry {
  readonly position: number;
  /** The entry's JSON exactly as it was written. It is never serialised again. */
  readonly body: string;
  readonly leafHash: Hash;
  readonly columns: EntryColumns;
}

/** An entry that has no position yet. */
export interface EntryDraft {
  /** The body's JSON but for its opening `{"position":N,`. */
  readonly rest: string;
  /** They become the entry's: the same object, which is how a new entry is told from one that was there. */
  readonly columns: EntryColumns;
}

/** The draft of an event that is at hand. */
export interface EventDraft extends EntryDraft {
  /** One line for people, as it is in the text. */
  readonly message: string;
}
