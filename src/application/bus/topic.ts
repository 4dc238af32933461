import type { AnyEventClass, EventBase, EventDefinition } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';

/** What a topic may ask about an event's type. It is asked once for each type, not once for each event. */
export interface EventTypeInfo {
  /** `node.completed` */
  readonly type: string;
  /** The part of the type before its last dot: `node`. */
  readonly family: string;
  /** Its declaration; `undefined` for a type that this build does not know. */
  readonly definition: EventDefinition | undefined;
}

/** Chooses types. */
export type TopicPredicate = (info: EventTypeInfo) => boolean;

/** One part of a topic. */
export type TopicItem = string | AnyEventClass | EventBase | TopicPredicate;

/**
 * What to listen to: a type (`node.completed`), a pattern (`node.*` for one segment, `**` for any number), an event
 * class, a class that event classes extend (`base` of `defineEvent`; `DomainEvent` for every event), a predicate over types, or a list of these. A family is a list of its
 * classes (`NODE_EVENTS`), or the pattern `node.*`.
 *
 * @example
 * const failures = ({ definition }: EventTypeInfo): boolean => definition?.outcome === 'failure';
 * waymark.bus.subscribe([failures, 'deal.**', NodeCompleted], (event) => console.log(event.type));
 */
export type Topic = TopicItem | readonly TopicItem[];

/** The event that a topic delivers: typed by its class where it has one. */
export type EventOf<T extends Topic> = T extends readonly (infer Item)[] ? EventOfItem<Item> : EventOfItem<T>;

type EventOfItem<Item> = Item extends AnyEventClass
  ? InstanceType<Item>
  : Item extends string | TopicPredicate
    ? DomainEvent
    : Item extends EventBase<infer Event>
      ? Event
      : DomainEvent;
