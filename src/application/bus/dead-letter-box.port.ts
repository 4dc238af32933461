import type { DeadLetter, DeadLetterFilter, DeadLetterPage } from './dead-letter.js';
import type { HandlerOutcome } from './subscription.js';

/** How far {@link DeadLetterBox.redriveAll} has come. */
export interface RedriveProgress {
  readonly handled: number;
  readonly failed: number;
  /** Letters whose handler is not subscribed here, or that somebody else is sending again. */
  readonly skipped: number;
}

/** The events that handlers failed on for good. */
export interface DeadLetterBox {
  /**
   * Oldest first, as they are kept: with placeholders for what is personal.
   *
   * @throws InvalidArgumentError for a filter or a page that there is not
   */
  list(filter?: DeadLetterFilter, page?: DeadLetterPage): Promise<readonly DeadLetter[]>;

  /**
   * One of them. What is personal in its event is read from the log, which shows whether it was erased; where the log
   * does not have it, placeholders stand for it here too.
   *
   * @throws WaymarkError `WAYMARK_DEAD_LETTER_NOT_FOUND`
   */
  get(id: string): Promise<DeadLetter>;

  /** How many there are. */
  count(filter?: DeadLetterFilter): Promise<number>;

  /**
   * Gives an event to the handler that failed on it, and to no other, with the handler's own retries. The letter goes
   * when the handler is done with it, and stays, with the new error, when it is not. Either way
   * `bus.dead_letter_redriven` tells of it. The event waits its turn in the handler's queue; one that the handler's
   * filter takes no more is `cancelled`, and its letter stays.
   *
   * @throws WaymarkError `WAYMARK_DEAD_LETTER_NOT_FOUND`; `WAYMARK_HANDLER_NOT_FOUND` when no handler, or more than one,
   *   of that name and topic is subscribed; `WAYMARK_DEAD_LETTER_BUSY` when it is being sent already;
   *   `WAYMARK_PERSONAL_UNREADABLE` when the event is personal and the log does not have it (any more);
   *   `WAYMARK_UNKNOWN_EVENT_TYPE` when the handler expects an event of a class, and there is none for it
   * @example
   * for (const letter of await waymark.bus.deadLetters.list({ handler: 'crm' })) {
   *   const { status } = await waymark.bus.deadLetters.redrive(letter.id);
   *   console.log(letter.event.type, status);
   * }
   */
  redrive(id: string): Promise<HandlerOutcome>;

  /**
   * Sends every letter of a filter again, one after another, oldest first. Ends early when the signal aborts. An
   * `onProgress` that throws or rejects is called no more, with a process warning, and ends nothing.
   */
  redriveAll(
    filter?: DeadLetterFilter,
    options?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: RedriveProgress) => void },
  ): Promise<RedriveProgress>;

  /**
   * Removes a letter for good, also one that is damaged. `bus.dead_letter_redriven` with the outcome `discarded` tells of it.
   *
   * @throws WaymarkError `WAYMARK_DEAD_LETTER_NOT_FOUND`, `WAYMARK_DEAD_LETTER_BUSY`
   */
  discard(id: string): Promise<void>;
}
