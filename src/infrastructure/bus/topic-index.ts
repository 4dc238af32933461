import type { AnyEventClass, EventDefinition } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { familyOf } from '../../domain/events/event-catalog.js';
import type { Subscriber } from './handler-run.js';
import type { KnownType } from './topic.js';

/** Who gets the events of a type. It is never changed but replaced, so that it can be walked while handlers come and go. */
export interface Route {
  /** In the order in which they came. */
  readonly listeners: readonly Subscriber[];
  /** Those among them whose full queue stops a publish. */
  readonly guards: readonly Subscriber[];
}

/** A type that was met, and its route. */
interface Met {
  readonly known: KnownType;
  route: Route;
}

/**
 * Who listens to which type. Topics are resolved once for each type; a change touches only the types that it concerns.
 */
export class TopicIndex {
  readonly #listeners = new Set<Subscriber>();
  /** By the class of its events; by its name where one class stands for many types, as that of unknown events does. */
  readonly #met = new Map<unknown, Met>();
  readonly #onError: (listener: Subscriber, error: unknown) => void;

  /** @param onError told when a topic's predicate throws: the type counts as not chosen then */
  constructor(onError: (listener: Subscriber, error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Everybody, in the order in which they came. */
  all(): readonly Subscriber[] {
    return [...this.#listeners];
  }

  /** The route of an event's type. */
  of(event: DomainEvent): Route {
    return (this.#met.get(event.constructor) ?? this.#byName(event)).route;
  }

  add(listener: Subscriber): void {
    this.#listeners.add(listener);
    for (const met of this.#met.values()) {
      if (this.#chooses(listener, met.known)) met.route = toRoute([...met.route.listeners, listener]);
    }
  }

  remove(listener: Subscriber): void {
    this.#listeners.delete(listener);
    for (const met of this.#met.values()) {
      if (!met.route.listeners.includes(listener)) continue;
      met.route = toRoute(met.route.listeners.filter((other) => other !== listener));
    }
  }

  /** The class that the events of a type were of, where it is one that can make them again. */
  classOf(type: string): AnyEventClass | undefined {
    for (const { known } of this.#met.values()) {
      if (known.type === type && known.definition !== undefined) return known.eventClass as AnyEventClass;
    }
    return undefined;
  }

  #byName(event: DomainEvent): Met {
    const isItsOwn = (event.constructor as { readonly type?: unknown }).type === event.type;
    return (isItsOwn ? undefined : this.#met.get(event.type)) ?? this.#meet(event, isItsOwn);
  }

  #meet(event: DomainEvent, isItsOwn: boolean): Met {
    const known = knownType(event);
    const met = { known, route: toRoute(this.all().filter((listener) => this.#chooses(listener, known))) };
    this.#met.set(isItsOwn ? event.constructor : event.type, met);
    return met;
  }

  #chooses(listener: Subscriber, type: KnownType): boolean {
    try {
      return listener.topic.matches(type);
    } catch (error) {
      this.#onError(listener, error);
      return false;
    }
  }
}

/** What a topic may know of the type of an event. */
export function knownType(event: DomainEvent): KnownType {
  const eventClass: unknown = event.constructor;
  const definition = (eventClass as { readonly definition?: EventDefinition }).definition;
  return { type: event.type, family: familyOf(event.type), definition, eventClass };
}

function toRoute(listeners: readonly Subscriber[]): Route {
  return {
    listeners,
    guards: listeners.filter(({ isGuard }) => isGuard),
  };
}
