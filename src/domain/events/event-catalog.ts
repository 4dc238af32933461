import { WaymarkError } from '../shared/errors.js';
import type { AnyEventClass, EventDefinition } from './define-event.js';
import type { DomainEvent, EventRecord } from './domain-event.js';
import { UnknownEvent } from './unknown-event.js';

/**
 * The registry of event types: what turns a stored record back into its class.
 *
 * @example
 * waymark.catalog.register(DealCreated, DealArchived);
 * waymark.catalog.list().filter((definition) => definition.emitter === 'host');
 */
export class EventCatalog {
  readonly #classes = new Map<string, AnyEventClass>();

  constructor(classes: Iterable<AnyEventClass> = []) {
    this.register(...classes);
  }

  /**
   * Adds types. Registering the same class again changes nothing.
   *
   * @throws WaymarkError `WAYMARK_DUPLICATE_EVENT_TYPE` when another class has taken the name
   */
  register(...classes: AnyEventClass[]): void {
    for (const added of classes) {
      const present = this.#classes.get(added.type);
      if (present === added) continue;
      if (present !== undefined) {
        throw new WaymarkError('WAYMARK_DUPLICATE_EVENT_TYPE', `The event type ${added.type} is registered already.`, {
          hint: 'Give the new type a name of its own, or raise the version of the one that is there.',
        });
      }
      this.#classes.set(added.type, added);
    }
  }

  /** The class of a type, or `undefined` where this build has none. */
  find(type: string): AnyEventClass | undefined {
    return this.#classes.get(type);
  }

  /** Every definition, in order of registration. */
  list(): readonly EventDefinition[] {
    return [...this.#classes.values()].map((registered) => registered.definition as EventDefinition);
  }

  /** A stored record as an event: of its class where type and version are known, an {@link UnknownEvent} otherwise. */
  decode(record: EventRecord): DomainEvent {
    const { type, payload, ...context } = record;
    const registered = this.#classes.get(type);
    if (registered === undefined || registered.definition.version !== context.schemaVersion) {
      return new UnknownEvent(type, payload, context);
    }
    return registered.restore(payload, context);
  }
}
