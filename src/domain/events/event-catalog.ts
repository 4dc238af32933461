import type { JsonObject } from '../shared/json.js';
import { WaymarkError } from '../shared/errors.js';
import type { AnyEventClass, EventDefinition } from './define-event.js';
import type { EventCategory } from './event-category.js';
import type { DomainEvent, EventRecord } from './domain-event.js';
import { UnknownEvent } from './unknown-event.js';

/** Which types to list. Everything that is given must hold. */
export interface CatalogFilter {
  /** The part of the type before its last dot: `node`, `work_item`. */
  readonly family?: string;
  readonly category?: EventCategory;
  readonly emitter?: 'engine' | 'host';
}

/**
 * The registry of event types: what turns a stored record back into its class, whatever version or name it was recorded
 * under.
 *
 * @example
 * waymark.catalog.register(DealCreated, DealArchived);
 * waymark.catalog.list({ emitter: 'host' }).map((definition) => definition.type);
 */
export class EventCatalog {
  readonly #classes = new Map<string, AnyEventClass>();
  readonly #aliases = new Map<string, AnyEventClass>();
  #revision = 0;

  constructor(classes: Iterable<AnyEventClass> = []) {
    this.register(...classes);
  }

  /**
   * Adds types. Registering the same class again changes nothing.
   *
   * @throws WaymarkError `WAYMARK_DUPLICATE_EVENT_TYPE` when another class has taken the name, or one of the aliases;
   *   `WAYMARK_INVALID_EVENT_TYPE` for something that is no event class
   */
  register(...classes: AnyEventClass[]): void {
    for (const added of classes) {
      if (typeof added?.definition?.type !== 'string') throw notAClass(added);
      if (this.#classes.get(added.type) === added) continue;
      for (const name of [added.type, ...added.definition.aliases]) this.#assertFree(name, added);
      this.#revision += 1;
      this.#classes.set(added.type, added);
      for (const alias of added.definition.aliases) this.#aliases.set(alias, added);
    }
  }

  /** Grows with every type that is added: what was looked up before may be out of date. */
  get revision(): number {
    return this.#revision;
  }

  /** The class of a type or of an alias, or `undefined` where this build has none. */
  find(type: string): AnyEventClass | undefined {
    return this.#classes.get(type) ?? this.#aliases.get(type);
  }

  /**
   * The class of a type or of an alias.
   *
   * @throws WaymarkError `WAYMARK_UNKNOWN_EVENT_TYPE`
   */
  get(type: string): AnyEventClass {
    const found = this.find(type);
    if (found !== undefined) return found;
    throw new WaymarkError('WAYMARK_UNKNOWN_EVENT_TYPE', `There is no event type ${JSON.stringify(type)}.`, {
      hint: 'List them with catalog.list(), or `waymark schema`. A type of your own has to be registered first.',
      details: { type },
    });
  }

  /** The definitions of types, in order of registration. */
  list(filter: CatalogFilter = {}): readonly EventDefinition[] {
    return Array.from(this.#classes.values(), (registered) => registered.definition as EventDefinition).filter(
      (definition) =>
        (filter.family === undefined || familyOf(definition.type) === filter.family) &&
        (filter.category === undefined || definition.category === filter.category) &&
        (filter.emitter === undefined || definition.emitter === filter.emitter),
    );
  }

  /** The families and how many types each has, in order of registration. */
  families(): ReadonlyMap<string, number> {
    const families = new Map<string, number>();
    for (const type of this.#classes.keys()) families.set(familyOf(type), (families.get(familyOf(type)) ?? 0) + 1);
    return families;
  }

  /**
   * A stored record as an event of its class, in the newest shape: an alias becomes the type it stands for, and an
   * older payload goes through the upcasters. What this build does not know (the type, or a version newer than its own)
   * is an {@link UnknownEvent} with everything intact.
   *
   * @throws WaymarkError `WAYMARK_UPCAST_FAILED` when an upcaster throws
   */
  decode(record: EventRecord): DomainEvent {
    const { type, payload, ...context } = record;
    const registered = this.find(type);
    if (registered === undefined) return new UnknownEvent(type, payload, context);
    const definition = registered.definition as EventDefinition;
    const upcast = upcastPayload(definition, context.schemaVersion, payload);
    if (upcast === undefined) return new UnknownEvent(type, payload, context);
    return registered.restore(upcast, { ...context, schemaVersion: definition.version });
  }

  #assertFree(name: string, added: AnyEventClass): void {
    const taken = this.find(name);
    if (taken === undefined) return;
    const place = taken.type === name ? 'registered already' : `an alias of ${taken.type} already`;
    const whose = name === added.type ? `The event type ${name} is` : `The alias ${name} of ${added.type} is`;
    throw new WaymarkError('WAYMARK_DUPLICATE_EVENT_TYPE', `${whose} ${place}.`, {
      hint: 'Give the new type a name of its own, or raise the version of the one that is there.',
      details: { name, type: added.type },
    });
  }
}

/** The part of a type before its last dot. */
export function familyOf(type: string): string {
  return type.slice(0, type.lastIndexOf('.'));
}

/** A payload in the newest shape; `undefined` where there is no way from its version. */
function upcastPayload(definition: EventDefinition, from: number, payload: JsonObject): JsonObject | undefined {
  if (!Number.isSafeInteger(from) || from < 1 || from > definition.version) return undefined;
  let upcast = payload;
  for (let version = from; version < definition.version; version += 1) {
    const step = definition.upcasters[version];
    if (step === undefined) return undefined;
    try {
      upcast = step(upcast);
    } catch (error) {
      throw new WaymarkError(
        'WAYMARK_UPCAST_FAILED',
        `A ${definition.type} of version ${version} can't be read: its upcaster threw.`,
        {
          cause: error,
          hint: `Mend the upcaster from version ${version} of ${definition.type}.`,
          details: { version },
        },
      );
    }
  }
  return upcast;
}

function notAClass(value: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_INVALID_EVENT_TYPE', `${String(value)} is not an event class.`, {
    hint: 'Make one with defineEvent, and extend what it returns.',
  });
}
