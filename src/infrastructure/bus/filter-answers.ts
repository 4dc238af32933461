import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Subscriber } from './handler-run.js';
import type { FilterAnswer } from './handler-subscription.js';

/** What filters said of one event that had to be asked before it is delivered. None is asked twice. */
export class FilterAnswers {
  readonly #event: DomainEvent;
  readonly #answers = new Map<Subscriber, FilterAnswer>();

  constructor(event: DomainEvent) {
    this.#event = event;
  }

  /** Whether the event goes into a subscription's queue: it does not where the filter throws. */
  passes(subscription: Subscriber): boolean {
    return this.of(subscription)?.passes ?? this.#ask(subscription).passes;
  }

  /** What was said; `undefined` for one that was not asked. */
  of(subscription: Subscriber): FilterAnswer | undefined {
    return this.#answers.get(subscription);
  }

  #ask(subscription: Subscriber): FilterAnswer {
    const { filter } = subscription.plan;
    const answer = filter === undefined ? { passes: true } : answerOf(filter, this.#event);
    this.#answers.set(subscription, answer);
    return answer;
  }
}

function answerOf(filter: (event: DomainEvent) => boolean, event: DomainEvent): FilterAnswer {
  try {
    return { passes: filter(event) };
  } catch (thrown) {
    // It is told of when the event is delivered.
    return { passes: false, error: { thrown } };
  }
}
