import type { CapturePolicy } from '../../domain/events/capture.js';
import type { AnyEventClass, EventDefinition } from '../../domain/events/define-event.js';
import { DomainEvent } from '../../domain/events/domain-event.js';
import { assertEventRecord } from '../../domain/events/event-record.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import { limitedPayload } from '../../domain/events/event-limits.js';
import { InvalidEventError } from '../../domain/events/invalid-event.error.js';
import { subjectIssues } from '../../domain/events/personal-values.js';
import { redactSecrets } from '../../domain/events/redact-secrets.js';
import { UnknownEvent } from '../../domain/events/unknown-event.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { JsonObject } from '../../domain/shared/json.js';

/** What is known of a type, for as long as neither the class that came nor the catalog changes. */
interface Seen {
  readonly constructor: unknown;
  readonly revision: number;
  /** The fields that the policy decides about. */
  readonly captured: readonly string[];
  /** The definitions that speak for the type: the catalog's, and that of the event's own class. */
  readonly definitions: readonly EventDefinition[];
}

/** The door for events of hosts: what comes in through the bus, or straight to the log, is what may be kept. */
export class EventIntake {
  readonly #catalog: EventCatalog;
  readonly #policy: CapturePolicy;
  readonly #unregistered: 'reject' | 'accept';
  readonly #seen = new Map<string, Seen>();
  /** Classes whose events come in as they are, for as long as the catalog stays as it was. */
  readonly #asTheyAre = new Set<unknown>();
  #revision = 0;

  /**
   * @param unregistered what becomes of an event whose class the catalog does not have: it would be read back without
   *   its class
   */
  constructor(catalog: EventCatalog, policy: CapturePolicy, unregistered: 'accept' | 'reject' = 'accept') {
    this.#catalog = catalog;
    this.#policy = policy;
    this.#unregistered = unregistered;
  }

  /**
   * The event as it may be kept: itself, or one of the same id without the inputs and outputs that the capture policy
   * leaves out. One that no constructor here has checked (it was read back, or another copy of the package made it) is
   * made anew: checked, copied, frozen, and without the values of secrets.
   *
   * What was read back as an {@link UnknownEvent} may come as it is: nobody here could have registered its class.
   *
   * @throws InvalidEventError for a value that is no event, or one whose type, context or payload can't be stored;
   *   WaymarkError `WAYMARK_UNKNOWN_EVENT_TYPE` for an event whose class is not registered, where that is asked for
   */
  admit(event: DomainEvent): DomainEvent {
    const isChecked = DomainEvent.isChecked(event);
    // Most events of most hosts are of a class that nothing is to be done about.
    if (isChecked && this.#asTheyAre.has(event.constructor) && this.#revision === this.#catalog.revision) return event;
    if (!isChecked) assertStorable(event);
    const seen = this.#look(event);
    if (isChecked && seen.captured.length === 0) {
      if (event.constructor !== UnknownEvent) this.#asTheyAre.add(event.constructor);
      return event;
    }
    const payload = event.payload as JsonObject;
    const left = seen.captured.filter((field) => Object.hasOwn(payload, field) && !this.#keeps(event.type, field));
    if (isChecked && left.length === 0) return event;
    return this.#anew(event, seen, left);
  }

  #look(event: DomainEvent): Seen {
    const seen = this.#seen.get(event.type);
    const isCurrent = seen?.constructor === event.constructor && seen.revision === this.#catalog.revision;
    return seen !== undefined && isCurrent ? seen : this.#decide(event);
  }

  #decide(event: DomainEvent): Seen {
    if (this.#revision !== this.#catalog.revision) this.#asTheyAre.clear();
    this.#revision = this.#catalog.revision;
    const own = (event.constructor as Partial<AnyEventClass>).definition as EventDefinition | undefined;
    const registered = this.#catalog.find(event.type)?.definition as EventDefinition | undefined;
    if (registered === undefined && own !== undefined && this.#unregistered === 'reject') {
      throw notRegistered(event.type, (event.constructor as AnyEventClass).name);
    }
    const definitions = [registered, own].filter((definition) => definition !== undefined);
    const seen = {
      constructor: event.constructor,
      revision: this.#catalog.revision,
      captured: [...new Set(definitions.flatMap(({ captured }) => captured))],
      definitions,
    };
    this.#seen.set(event.type, seen);
    return seen;
  }

  #keeps(type: string, field: string): boolean {
    return typeof this.#policy === 'function' ? this.#policy(type, field) : this.#policy;
  }

  #anew(event: DomainEvent, seen: Seen, left: readonly string[]): DomainEvent {
    const { type, context } = event;
    const kept = Object.fromEntries(Object.entries(event.payload as object).filter(([field]) => !left.includes(field)));
    const payload = storable(
      type,
      seen.definitions.reduce<unknown>((value, { schema }) => redactSecrets(schema, value), kept),
    );
    const personal = seen.definitions.filter(({ holdsPersonal }) => holdsPersonal).map(({ schema }) => schema);
    const issues = personal.length === 0 ? [] : subjectIssues(personal, payload);
    if (issues.length > 0) throw new InvalidEventError(type, issues);
    const registered = this.#catalog.find(type);
    if (registered?.type === type && registered.definition.version === context.schemaVersion) {
      return registered.restore(payload, context);
    }
    const own = event.constructor as Partial<AnyEventClass>;
    // What this build knows by its type, and not in this version or under this name, has no class.
    if (own.restore === undefined || own.type !== type) return new UnknownEvent(type, payload, context);
    return own.restore.call(event.constructor, payload, context);
  }
}

/** @throws InvalidEventError for what is not JSON, or over the limits */
function storable(type: string, payload: unknown): JsonObject {
  try {
    return limitedPayload(payload) as JsonObject;
  } catch (error) {
    if (!WaymarkError.is(error)) throw error;
    throw new InvalidEventError(type, [{ path: [], message: error.message }], error);
  }
}

/** What no constructor of this package has checked is checked here. */
function assertStorable(value: unknown): void {
  if (!DomainEvent.isEvent(value)) throw notAnEvent(value);
  assertEventRecord(value);
}

function notRegistered(type: string, className: string): WaymarkError {
  return new WaymarkError('WAYMARK_UNKNOWN_EVENT_TYPE', `The event type ${type} is not registered.`, {
    hint: `Call waymark.catalog.register(${className === '' ? 'its class' : className}) first, so that it can be read back as what it is.`,
    details: { type },
  });
}

function notAnEvent(value: unknown): InvalidEventError {
  return new InvalidEventError('(no type)', [
    {
      path: [],
      message: `${value === null ? 'null' : `a value of type ${typeof value}`} is no event; make one of a class from defineEvent`,
    },
  ]);
}
