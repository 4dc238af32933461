import { type CapturePolicy, uncapturedFields } from '../../domain/events/capture.js';
import type { AnyEventClass, EventDefinition } from '../../domain/events/define-event.js';
import { DomainEvent } from '../../domain/events/domain-event.js';
import { assertEventRecord } from '../../domain/events/event-record.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import { InvalidEventError } from '../../domain/events/invalid-event.error.js';
import { UnknownEvent } from '../../domain/events/unknown-event.js';
import type { JsonObject } from '../../domain/shared/json.js';

const NONE: readonly string[] = [];

/** The door for events of hosts: what comes in through the bus, or straight to the log, is what may be kept. */
export class EventIntake {
  readonly #catalog: EventCatalog;
  readonly #policy: CapturePolicy;
  /** For each type that was seen, the fields that the policy leaves out. */
  readonly #left = new Map<string, readonly string[]>();

  constructor(catalog: EventCatalog, policy: CapturePolicy) {
    this.#catalog = catalog;
    this.#policy = policy;
  }

  /**
   * The event as it may be kept: itself, or one of the same id without the inputs and outputs that the capture policy
   * leaves out.
   *
   * @throws InvalidEventError for a value that is no event, or one whose type, context or payload can't be stored
   */
  admit(event: DomainEvent): DomainEvent {
    if (!DomainEvent.isChecked(event)) assertStorable(event);
    const left = this.#left.get(event.type) ?? this.#decide(event);
    return left.length === 0 ? event : without(event, left);
  }

  #decide(event: DomainEvent): readonly string[] {
    // A type that is not registered still knows its own definition; an unknown one has nothing that could be left out.
    const { definition } = event.constructor as Partial<AnyEventClass>;
    const known = (definition ?? this.#catalog.find(event.type)?.definition) as EventDefinition | undefined;
    const left = known === undefined ? NONE : uncapturedFields(known, this.#policy);
    this.#left.set(event.type, left);
    return left;
  }
}

function without(event: DomainEvent, fields: readonly string[]): DomainEvent {
  const payload = event.payload as JsonObject;
  if (!fields.some((field) => Object.hasOwn(payload, field))) return event;
  const kept = Object.fromEntries(Object.entries(payload).filter(([field]) => !fields.includes(field)));
  const { restore } = event.constructor as Partial<AnyEventClass>;
  // What this build knows by its type, and not in this version or under this name, has no class.
  if (restore === undefined) return new UnknownEvent(event.type, kept, event.context);
  return restore.call(event.constructor, kept, event.context);
}

/** What no constructor of this package has checked is checked here. */
function assertStorable(value: unknown): void {
  if (!DomainEvent.isEvent(value)) throw notAnEvent(value);
  assertEventRecord(value);
}

function notAnEvent(value: unknown): InvalidEventError {
  return new InvalidEventError('(no type)', [
    {
      path: [],
      message: `${value === null ? 'null' : `a value of type ${typeof value}`} is no event; make one of a class from defineEvent`,
    },
  ]);
}
