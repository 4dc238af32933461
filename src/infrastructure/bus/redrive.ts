import type { DeadLetter } from '../../application/bus/dead-letter.js';
import type { HandlerOutcome } from '../../application/bus/subscription.js';
import { captureScope, currentCall } from '../../application/context/run-with-context.js';
import type { DomainEvent, EventRecord } from '../../domain/events/domain-event.js';
import { EventCatalog } from '../../domain/events/event-catalog.js';
import { UnknownEvent } from '../../domain/events/unknown-event.js';
import type { Clock } from '../../domain/shared/clock.js';
import { handlerNotFound, unknownToHandler } from './bus-errors.js';
import { EventDelivery } from './event-delivery.js';
import { HandlerRun, type Subscriber } from './handler-run.js';
import type { HandlerRunner } from './handler-runner.js';
import { isHeldUpBy } from './held-up.js';
import type { RunLedger } from './run-ledger.js';
import { takesUnknown } from './topic.js';
import { knownType, type TopicIndex } from './topic-index.js';

/** What a {@link Redriver} works with. */
export interface RedriverParts {
  readonly catalog: EventCatalog;
  readonly index: TopicIndex;
  readonly ledger: RunLedger;
  readonly runner: HandlerRunner;
  readonly clock: Clock;
}

/** Gives events of dead letters to the handlers that failed on them, outside of any publish. */
export class Redriver {
  readonly #parts: RedriverParts;

  constructor(parts: RedriverParts) {
    this.#parts = parts;
  }

  /**
   * Gives an event to the one handler of a name and topic: as a publish would, through its queue, and only if its filter
   * takes it; `cancelled` if it does not.
   *
   * @param revealed the event, where the letter does not hold all of it
   * @throws WaymarkError `WAYMARK_HANDLER_NOT_FOUND`, `WAYMARK_UNKNOWN_EVENT_TYPE`, `WAYMARK_UPCAST_FAILED`
   */
  async redrive(letter: DeadLetter, revealed?: DomainEvent): Promise<HandlerOutcome> {
    const subscription = this.#handlerOf(letter);
    const event = revealed ?? this.#eventOf(letter, subscription);
    const { filter, map, key } = subscription.plan;
    const since = this.#parts.clock.monotonic();
    const caller = this.#caller();
    const run = (value: unknown, itsKey?: string): HandlerRun => {
      const scope = subscription.queue === undefined ? undefined : captureScope();
      const origin = { since, scope, parent: caller, key: itsKey, isRedrive: true };
      return new HandlerRun(subscription, event, new EventDelivery(0, letter.position), value, origin);
    };
    let ready: HandlerRun;
    try {
      if (filter !== undefined && !filter(event)) {
        return { handler: subscription.name, status: 'cancelled', attempts: 0, durationMs: 0 };
      }
      ready = run(map === undefined ? event : map(event), key === undefined ? undefined : String(key(event)));
    } catch (error) {
      return this.#parts.runner.refuse(run(event), error);
    }
    return this.#give(ready, caller);
  }

  /** Once the handler's queue comes to it. Where that waits for who asks for this, at once, or it would be never. */
  async #give(run: HandlerRun, caller: HandlerRun | undefined): Promise<HandlerOutcome> {
    const { runner, ledger } = this.#parts;
    const { subscription } = run;
    const { queue } = subscription;
    if (queue === undefined || (caller !== undefined && (caller.comesFrom(subscription) || isHeldUpBy(run, caller)))) {
      subscription.delivered += 1;
      return runner.redrive(run);
    }
    ledger.begin(run);
    // Beyond its limit, if need be: the event was accepted once.
    queue.push(run);
    queue.flush();
    return ledger.outcomeOf(run, caller);
  }

  #handlerOf(letter: DeadLetter): Subscriber {
    const { handler, topic } = letter;
    const found = this.#parts.index.all().filter((one) => one.name === handler && one.topic.text === topic);
    const [subscription] = found;
    if (subscription === undefined || found.length > 1) throw handlerNotFound(letter, found.length);
    return subscription;
  }

  /** An event as one of its class, where that is registered, or was met. */
  decode(record: EventRecord, known = this.#parts.index.classOf(record.type)): DomainEvent {
    const { catalog } = this.#parts;
    const isRegistered = catalog.find(record.type) !== undefined || known === undefined;
    return (isRegistered ? catalog : new EventCatalog([known])).decode(record);
  }

  #eventOf({ event: record }: DeadLetter, { name, topic }: Subscriber): DomainEvent {
    // What is not registered may be known all the same: from the handler itself, or from what was published.
    const event = this.decode(record, topic.classOf?.(record.type) ?? this.#parts.index.classOf(record.type));
    if (event instanceof UnknownEvent && !takesUnknown(topic, knownType(event))) throw unknownToHandler(record, name);
    return event;
  }

  /** The handler's run on whose behalf this is called. */
  #caller(): HandlerRun | undefined {
    const call = currentCall();
    return call instanceof HandlerRun && this.#parts.ledger.has(call) ? call : undefined;
  }
}
