import type { BusSubscription, EventHandler, SubscribeOptions } from '../../application/bus/event-bus.port.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Listener } from './topic-index.js';
import type { TopicMatcher } from './topic.js';

/** A handler and how it listens. */
export class HandlerSubscription implements BusSubscription, Listener {
  readonly matches: TopicMatcher;
  readonly handler: EventHandler;
  readonly name: string;
  /** Whether the handler goes on after it has returned: then its context has to go with it. */
  readonly isAsync: boolean;
  active = true;
  readonly #filter: ((event: DomainEvent) => boolean) | undefined;
  readonly #once: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: (ended: HandlerSubscription) => void;
  readonly #abort = (): void => this.unsubscribe();

  constructor(
    matches: TopicMatcher,
    handler: EventHandler,
    options: SubscribeOptions,
    onEnd: (ended: HandlerSubscription) => void,
  ) {
    this.matches = matches;
    this.handler = handler;
    this.name = options.name ?? (handler.name === '' ? 'anonymous' : handler.name);
    this.isAsync = Object.prototype.toString.call(handler) === '[object AsyncFunction]';
    this.#filter = options.filter;
    this.#once = options.once === true;
    this.#signal = options.signal;
    this.#onEnd = onEnd;
    if (this.#signal?.aborted === true) this.active = false;
    else this.#signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Whether the event is for it. One that listens once ends here, before its handler can publish. */
  wants(event: DomainEvent): boolean {
    if (this.#filter !== undefined && !this.#filter(event)) return false;
    // The filter may have ended it.
    if (!this.active) return false;
    if (this.#once) this.unsubscribe();
    return true;
  }

  unsubscribe(): void {
    if (!this.active) return;
    this.active = false;
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#onEnd(this);
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }
}
