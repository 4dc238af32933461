import type { EventRecord } from '../../domain/events/domain-event.js';
import type { ErrorRecord } from '../../domain/events/families/fields.js';

/** An event that a handler failed on for good, kept so that it can be sent again. */
export interface DeadLetter {
  readonly id: string;
  /**
   * The event as plain data. What is personal is not kept in a letter: a placeholder, `[personal]`, stands for it where the
   * bus has a log to read it from.
   */
  readonly event: EventRecord;
  /** Its position in the log, where it was known. */
  readonly position: number | undefined;
  /** The name of the handler. */
  readonly handler: string;
  /** What the handler listened to, in words. */
  readonly topic: string;
  /** What the last try failed with. */
  readonly error: ErrorRecord;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it was put aside, ISO 8601 in UTC. */
  readonly parkedAt: string;
}

/** Which dead letters. Everything that is given must hold. */
export interface DeadLetterFilter {
  readonly handler?: string;
  readonly eventType?: string;
}

/** Which part of them. */
export interface DeadLetterPage {
  /** The id of the last one of the page before. */
  readonly after?: string;
  /** At most so many; 100 when left out. */
  readonly limit?: number;
}
