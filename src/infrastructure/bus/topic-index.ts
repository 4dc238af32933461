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
  /** Whether each listener's topic chooses the type, for those that were asked. */
  readonly isChosen: Map<Subscriber, boolean>;
  /** Made when an event of the type is published; `undefined` once it is out of date. */
  route: Route | undefined;
}

/**
 * Who listens to which type. Each topic is asked once about each type, when an event of that is published: to come and to
 * go costs no more where many types were met.
 */
export class TopicIndex {
  readonly #listeners = new Set<Subscriber>();
  /** By the class of its events; by its name where one class stands for many types, as that of unknown events does. */
  readonly #met = new Map<unknown, Met>();
  #changes = 0;
  /** Types about which a topic has failed, and was told of. */
  readonly #failed = new WeakMap<Subscriber, Set<string>>();
  readonly #onError: (listener: Subscriber, error: unknown, event: DomainEvent) => void;

  /**
   * @param onError told when a topic's predicate throws, once for each type: the event is not for the listener then, and
   *   it is asked again about the next one
   */
  constructor(onError: (listener: Subscriber, error: unknown, event: DomainEvent) => void) {
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
    const met = this.#met.get(event.constructor) ?? this.#byName(event);
    return met.route ?? this.#resolve(met, event);
  }

  add(listener: Subscriber): void {
    this.#listeners.add(listener);
    this.#changes += 1;
    for (const met of this.#met.values()) met.route = undefined;
  }

  remove(listener: Subscriber): void {
    this.#listeners.delete(listener);
    this.#changes += 1;
    for (const met of this.#met.values()) {
      if (met.isChosen.get(listener) === true) met.route = undefined;
      met.isChosen.delete(listener);
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
    const met: Met = { known: knownType(event), isChosen: new Map(), route: undefined };
    this.#met.set(isItsOwn ? event.constructor : event.type, met);
    return met;
  }

  #resolve(met: Met, event: DomainEvent): Route {
    const changes = this.#changes;
    const answers = this.all().map((listener) => ({ listener, answer: this.#chooses(listener, met, event) }));
    const route = toRoute(answers.filter(({ answer }) => answer === true).map(({ listener }) => listener));
    // Where the topics that were asked had others come and go, it is out of date already; where one failed, it is not
    // known yet.
    if (changes === this.#changes && answers.every(({ answer }) => answer !== undefined)) met.route = route;
    return route;
  }

  #chooses(listener: Subscriber, { known, isChosen }: Met, event: DomainEvent): boolean | undefined {
    const before = isChosen.get(listener);
    if (before !== undefined) return before;
    const answer = this.#ask(listener, known, event);
    if (answer !== undefined && this.#listeners.has(listener)) isChosen.set(listener, answer);
    return answer;
  }

  /** Whether a topic takes a type; `undefined` when it fails. */
  #ask(listener: Subscriber, type: KnownType, event: DomainEvent): boolean | undefined {
    try {
      return listener.topic.matches(type);
    } catch (error) {
      const told = this.#failed.get(listener) ?? new Set();
      this.#failed.set(listener, told);
      if (!told.has(type.type)) {
        told.add(type.type);
        this.#onError(listener, error, event);
      }
      return undefined;
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
