import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { EventDelivery } from './event-delivery.js';
import type { FilterAnswers } from './filter-answers.js';
import type { Scope, Subscriber } from './handler-run.js';
import type { OutcomeTracker } from './outcome-tracker.js';

/** An event that is being delivered, or waits for it, and what it came from. */
export interface Link {
  readonly event: DomainEvent;
  readonly delivery: EventDelivery;
  /** The event whose handler published it. */
  readonly parent: Link | undefined;
  readonly depth: number;
  /** The asynchronous context that it was published in; `undefined` where that is the present one. */
  readonly scope: Scope | undefined;
  readonly tracker: OutcomeTracker | undefined;
  /** Those in whose queue a place is kept for it. */
  readonly reserved?: Set<Subscriber> | undefined;
  /** What filters said that were asked before it was published. */
  readonly answers?: FilterAnswers | undefined;
}

/** The shortest end of a chain that comes back to where it began; the whole chain where it does not. */
export function circle(from: Link, event: DomainEvent): readonly string[] {
  const types: string[] = [event.type];
  for (let at: Link | undefined = from; at !== undefined; at = at.parent) {
    types.unshift(at.event.type);
    if (at.event.type === event.type) break;
  }
  return types;
}
