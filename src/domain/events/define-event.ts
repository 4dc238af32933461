import { z } from 'zod';
import { type Outcome, OUTCOMES, SEVERITIES, type Severity } from '../audit/severity.js';
import { WaymarkError } from '../shared/errors.js';
import type { JsonObject } from '../shared/json.js';
import { capturedFields } from './capture.js';
import { concealedIssues, holdsSecret } from './concealed-issues.js';
import { assertPersonalFields, holdsConfidential, holdsPersonal } from './personal-declaration.js';
import { subjectIssues, withoutPersonal } from './personal-values.js';
import { redactSecrets } from './redact-secrets.js';
import { limitedPayload, storedPayload } from './event-limits.js';
import { DomainEvent } from './domain-event.js';
import { EVENT_CATEGORIES, type EventCategory } from './event-category.js';
import { TYPE_NAME } from './event-record.js';
import { executionIdOf } from './execution-id.js';
import { type EventContext, type EventContextInit, makeEventContext } from './event-context.js';
import { InvalidEventError } from './invalid-event.error.js';

/** What {@link defineEvent} is told about a type. */
export interface EventOptions<Schema extends z.ZodObject, Base extends DomainEvent = DomainEvent> {
  /** Raised whenever the payload's shape changes. */
  readonly version: number;
  /** How much it matters; a function where that depends on what happened. */
  readonly severity: Severity | ((payload: z.output<Schema>) => Severity);
  /** `none` when left out. */
  readonly outcome?: Outcome;
  readonly category: EventCategory;
  /** `engine`: Waymark's own code emits it. `host`: a host records it. */
  readonly emitter: 'engine' | 'host';
  /** What it means and when it is emitted. */
  readonly description: string;
  /** One line for people. */
  readonly message: (payload: z.output<Schema>) => string;
  /** Older names of the type, under which other systems or earlier versions recorded it. */
  readonly aliases?: readonly string[];
  /**
   * For each older version, how its payload becomes that of the next one. Reading applies them in a chain, up to
   * `version`.
   */
  readonly upcasters?: Readonly<Record<number, Upcaster>>;
  /** The stream an event belongs to; by default `execution/{executionId}`, or the family's name without one. */
  readonly stream?: (payload: z.output<Schema>) => string;
  /** The payload. It is made strict: an unknown key is an error. */
  readonly payload: Schema;
  /**
   * What the class extends, for events that have something in common: an abstract class that extends `DomainEvent`, and
   * has methods and getters, but no constructor and no fields. A topic can name it.
   */
  readonly base?: EventBase<Base>;
}

/** A class that event classes extend. Its constructor may be protected, so it is told by its prototype. */
export interface EventBase<Base extends DomainEvent = DomainEvent> {
  readonly prototype: Base;
}

/** Turns the payload of one version into that of the next. It must not change what it is given. */
export type Upcaster = (payload: JsonObject) => JsonObject;

/** Everything that is known about an event type. */
export interface EventDefinition<Type extends string = string, Schema extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly version: number;
  readonly severity: Severity | ((payload: z.output<Schema>) => Severity);
  readonly aliases: readonly string[];
  readonly upcasters: Readonly<Record<number, Upcaster>>;
  readonly outcome: Outcome;
  readonly category: EventCategory;
  readonly emitter: 'engine' | 'host';
  readonly description: string;
  readonly message: (payload: z.output<Schema>) => string;
  readonly stream: (payload: z.output<Schema>) => string;
  readonly schema: Schema;
  /** Whether any field of the payload, however deep, was made with `secret()`. */
  readonly holdsSecret: boolean;
  /** Whether any field of the payload, however deep, was made with `personal()`. */
  readonly holdsPersonal: boolean;
  /** The payload's fields that the capture policy decides about. */
  readonly captured: readonly string[];
}

/** The class that {@link defineEvent} makes: constructor, schema, catalog entry and type in one. */
export interface EventClass<Type extends string = string, Schema extends z.ZodObject = z.ZodObject, Base = unknown> {
  /**
   * @throws InvalidEventError when the payload or the context is not valid
   */
  new (payload: z.input<Schema>, context?: EventContextInit): DomainEvent<Type, z.output<Schema>> & Base;
  readonly type: Type;
  readonly definition: EventDefinition<Type, Schema>;
  /** Whether `value` is an event of this type, by name rather than by class. */
  is<Class extends abstract new (...args: never) => unknown>(this: Class, value: unknown): value is InstanceType<Class>;
  /** An event read back from a store: nothing is filled in and nothing is checked anew. */
  restore(payload: JsonObject, context: EventContext): DomainEvent<Type, z.output<Schema>>;
}

/** Any event class, whatever its payload. */
// oxlint-disable-next-line typescript/no-explicit-any -- contravariant in its payload: only any admits all
export type AnyEventClass = EventClass<string, any>;

/**
 * Declares a type of event. Extend what it returns, so that the class has a name and is a type.
 *
 * @throws WaymarkError `WAYMARK_INVALID_EVENT_TYPE` when the name does not follow `family.fact` or the version is not a
 *   positive integer
 * @example
 * export class DealCreated extends defineEvent('deal.created', {
 *   version: 1,
 *   severity: 'info',
 *   category: 'workflow',
 *   emitter: 'host',
 *   description: 'A deal was entered.',
 *   message: (deal) => `Deal ${deal.dealId} created`,
 *   payload: z.object({ dealId: z.string().describe('The deal') }),
 * }) {}
 *
 * waymark.bus.publish(new DealCreated({ dealId: 'd-1' }));
 */
export function defineEvent<
  const Type extends string,
  Schema extends z.ZodObject,
  Base extends DomainEvent = DomainEvent,
>(type: Type, options: EventOptions<Schema, Base>): EventClass<Type, Schema, Base> {
  assertDeclaration(type, options);
  const isConfidential = holdsConfidential(options.payload);
  if (isConfidential) assertPersonalFields(type, options.payload);
  const definition: EventDefinition<Type, Schema> = Object.freeze({
    type,
    version: options.version,
    severity: options.severity,
    aliases: Object.freeze([...(options.aliases ?? [])]),
    upcasters: Object.freeze({ ...options.upcasters }),
    outcome: options.outcome ?? 'none',
    category: options.category,
    emitter: options.emitter,
    description: options.description,
    message: options.message,
    stream: options.stream ?? ((payload: z.output<Schema>) => defaultStream(type, payload)),
    schema: options.payload.strict() as unknown as Schema,
    captured: Object.freeze(capturedFields(options.payload)),
    holdsSecret: isConfidential && holdsSecret(options.payload),
    holdsPersonal: isConfidential && holdsPersonal(options.payload),
  });

  class DefinedEvent extends parentOf<Type, z.output<Schema>>(type, options.base) {
    static readonly type = type;
    static readonly definition = definition;
    constructor(payload: z.input<Schema>, init?: EventContextInit) {
      const checked = checkPayload(definition, payload);
      super(checked, contextFor(definition, checked, init), true);
      Object.freeze(this);
    }

    static is(value: unknown): boolean {
      return DomainEvent.isEvent(value) && value.type === type;
    }

    static restore(payload: JsonObject, context: EventContext): DomainEvent {
      // Bypasses the constructor: what was recorded is given back as it was, even where today's schema is stricter.
      const event = Object.create(this.prototype as object) as { payload: unknown; context: EventContext };
      event.payload = storedPayload(payload);
      event.context = Object.freeze({ ...context });
      return Object.freeze(event) as unknown as DomainEvent;
    }
  }
  Object.defineProperty(DefinedEvent.prototype, 'type', { value: type, enumerable: true });
  return DefinedEvent as unknown as EventClass<Type, Schema, Base>;
}

/** @throws WaymarkError `WAYMARK_INVALID_EVENT_TYPE` for a base that is no event */
function parentOf<Type extends string, Payload>(type: string, base: EventBase | undefined) {
  const parent: unknown = base ?? DomainEvent;
  if (parent !== DomainEvent && !((parent as { prototype?: unknown }).prototype instanceof DomainEvent)) {
    throw new WaymarkError('WAYMARK_INVALID_EVENT_TYPE', `${type} has a base that does not extend DomainEvent.`, {
      hint: 'Declare it as: abstract class DealEvent extends DomainEvent {}',
    });
  }
  return parent as abstract new (
    payload: Payload,
    context: EventContext,
    isChecked: boolean,
  ) => DomainEvent<Type, Payload>;
}

function checkPayload<Schema extends z.ZodObject>(
  definition: EventDefinition<string, Schema>,
  payload: unknown,
): z.output<Schema> {
  const parsed = parse(definition, payload);
  if (!parsed.success) {
    const issues = concealedIssues(definition.schema, parsed.error.issues);
    const cause = issues === parsed.error.issues ? parsed.error : new z.ZodError([...issues]);
    throw new InvalidEventError(definition.type, issues, cause);
  }
  const kept = keptPayload(definition, parsed.data);
  if (definition.holdsPersonal) {
    const issues = subjectIssues([definition.schema], kept);
    if (issues.length > 0) throw new InvalidEventError(definition.type, issues);
  }
  return kept;
}

function keptPayload<Schema extends z.ZodObject>(
  { type, schema, holdsSecret: isSecret }: EventDefinition<string, Schema>,
  payload: z.output<Schema>,
): z.output<Schema> {
  try {
    return limitedPayload(isSecret ? redactSecrets(schema, payload) : payload) as z.output<Schema>;
  } catch (error) {
    throw asInvalidEvent(type, error);
  }
}

/**
 * A check of a host's own that throws is an invalid event too; of one that holds a secret, what it says is not told.
 */
function parse<Schema extends z.ZodObject>(
  { type, schema, holdsSecret: isSecret }: EventDefinition<string, Schema>,
  payload: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  try {
    return schema.safeParse(payload);
  } catch (error) {
    const why = isSecret ? 'it holds a secret, so what it said is not told' : String(error);
    throw new InvalidEventError(type, [{ path: [], message: `a check threw: ${why}` }], isSecret ? undefined : error);
  }
}

function contextFor<Schema extends z.ZodObject>(
  definition: EventDefinition<string, Schema>,
  payload: z.output<Schema>,
  init: EventContextInit | undefined,
): EventContext {
  try {
    return makeEventContext(streamOf(definition, payload), definition.version, init);
  } catch (error) {
    if (WaymarkError.is(error, 'WAYMARK_NO_AMBIENCE')) throw error;
    throw asInvalidEvent(definition.type, error);
  }
}

/** The stream is stored in plain text: one that is made of a personal value is refused. */
function streamOf<Schema extends z.ZodObject>(
  { type, stream, schema, holdsPersonal: isPersonal }: EventDefinition<string, Schema>,
  payload: z.output<Schema>,
): string {
  const name = stream(payload);
  if (!isPersonal) return name;
  let shown: string | undefined;
  try {
    shown = stream(withoutPersonal([schema], payload as JsonObject) as z.output<Schema>);
  } catch {
    // It can't do without them.
  }
  if (shown === name) return name;
  throw new InvalidEventError(type, [{ path: [], message: 'its stream is made of a personal value' }]);
}

function asInvalidEvent(type: string, error: unknown): unknown {
  if (!WaymarkError.is(error)) return error;
  return new InvalidEventError(type, [{ path: [], message: error.message }], error);
}

function defaultStream(type: string, payload: unknown): string {
  const executionId = executionIdOf(payload);
  return executionId === undefined ? type.slice(0, type.lastIndexOf('.')) : `execution/${executionId}`;
}

function assertDeclaration(
  type: string,
  options: Omit<EventOptions<z.ZodObject>, 'severity' | 'message' | 'stream' | 'payload' | 'base'> & {
    readonly severity: unknown;
  },
): void {
  const { version, aliases = [], upcasters = {} } = options;
  assertWord(type, 'severity', typeof options.severity === 'function' ? 'info' : options.severity, SEVERITIES);
  assertWord(type, 'outcome', options.outcome ?? 'none', OUTCOMES);
  assertWord(type, 'category', options.category, EVENT_CATEGORIES);
  assertWord(type, 'emitter', options.emitter, ['engine', 'host']);
  for (const name of [type, ...aliases]) {
    if (TYPE_NAME.test(name)) continue;
    throw new WaymarkError('WAYMARK_INVALID_EVENT_TYPE', `${JSON.stringify(name)} is not a name for an event type.`, {
      hint: 'Name it family.fact in the past tense, lower case with underscores: deal.stage_changed.',
    });
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new WaymarkError('WAYMARK_INVALID_EVENT_TYPE', `${type} has version ${version}; versions count from 1.`);
  }
  for (let older = 1; older < version; older += 1) {
    if (typeof upcasters[older] === 'function') continue;
    throw new WaymarkError(
      'WAYMARK_INVALID_EVENT_TYPE',
      `${type} has version ${version}, and no way from version ${older}.`,
      {
        hint: `Add upcasters: { ${older}: (payload) => … }, so that what is stored stays readable.`,
      },
    );
  }
}

function assertWord(type: string, what: string, word: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(word)) return;
  throw new WaymarkError('WAYMARK_INVALID_EVENT_TYPE', `${type} has the ${what} ${JSON.stringify(word)}.`, {
    hint: `It can be ${allowed.join(', ')}.`,
  });
}
