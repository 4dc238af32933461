import { InvalidArgumentError } from '../shared/errors.js';
import { assertIdentifier } from '../shared/identifiers.js';

/** An event's metadata. */
export interface EventContext {
  /** UUIDv7 by default; the log records an id once, however often it is appended. */
  readonly id: string;
  /** When it happened: ISO 8601, UTC, milliseconds. */
  readonly occurredAt: string;
  /** The ordered sequence it belongs to: `execution/{executionId}`, `job/{jobId}`. */
  readonly stream: string;
  /** What belongs together across executions and services. */
  readonly correlationId?: string;
  /** The id of the event that led to this one. */
  readonly causationId?: string;
  /** Who did it: `user:ada`, `service:nightly`. */
  readonly actor?: string;
  /** The program that recorded it. */
  readonly source?: string;
  /** W3C Trace Context header of the span it happened in. */
  readonly traceparent?: string;
  /** The version of the payload's shape. */
  readonly schemaVersion: number;
}

/** The parts of the context that the surroundings of an event supply. */
export interface AmbientContext {
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly actor?: string | undefined;
  readonly source?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** What may be given when an event is made; everything else comes from the {@link EventAmbience}. */
export interface EventContextInit extends AmbientContext {
  readonly id?: string | undefined;
  readonly occurredAt?: string | undefined;
  readonly stream?: string | undefined;
}

/** Where an event's constructor finds the time, new ids and the surrounding context. */
export interface EventAmbience {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  nextId(): string;
  context(): AmbientContext | undefined;
}

/** W3C Trace Context, level 1, section 3.2: version-traceid-parentid-flags. */
export const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The longest kind that the name of a stream can begin with. */
export const MAX_STREAM_KIND_LENGTH = 64;

// `<kind>/`: what the identifier after it is of. Bounded, so that a stream as a whole is.
const STREAM_KIND = new RegExp(`^[a-z][a-z0-9_]{0,${MAX_STREAM_KIND_LENGTH - 1}}/`);

let ambience: EventAmbience | undefined;

/**
 * Connects event construction to the process's clock, id generator and asynchronous context. The composition root calls
 * it once when the package is loaded; the domain itself knows no clock.
 */
export function installEventAmbience(installed: EventAmbience): void {
  ambience = installed;
}

/**
 * Checks the parts of a context that come from outside.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ID` or `WAYMARK_INVALID_ARGUMENT`
 */
export function assertAmbientContext(context: AmbientContext): void {
  if (context.correlationId !== undefined) assertIdentifier(context.correlationId, 'correlation id');
  if (context.causationId !== undefined) assertIdentifier(context.causationId, 'causation id');
  if (context.actor !== undefined) assertIdentifier(context.actor, 'actor');
  if (context.source !== undefined) assertIdentifier(context.source, 'source');
  if (context.traceparent !== undefined && !TRACEPARENT.test(context.traceparent)) {
    throw new InvalidArgumentError('The traceparent is not a W3C Trace Context header (00-<32 hex>-<16 hex>-<2 hex>).');
  }
}

/** Fills a context from what was given and from the ambience. Given values win. */
export function makeEventContext(stream: string, schemaVersion: number, init?: EventContextInit): EventContext {
  const installed = ambience;
  if (installed === undefined) {
    throw new InvalidArgumentError('No clock and id generator are installed for events.', {
      code: 'WAYMARK_NO_AMBIENCE',
      hint: "Import event classes from 'waymark', which installs the defaults.",
    });
  }
  if (init !== undefined) assertInit(init);
  assertStream(init?.stream ?? stream);
  const ambient = installed.context();
  const context: { -readonly [Key in keyof EventContext]: EventContext[Key] } = {
    id: init?.id ?? installed.nextId(),
    occurredAt: init?.occurredAt ?? toInstant(installed.now()),
    stream: init?.stream ?? stream,
    schemaVersion,
  };
  const correlationId = init?.correlationId ?? ambient?.correlationId;
  const causationId = init?.causationId ?? ambient?.causationId;
  const actor = init?.actor ?? ambient?.actor;
  const source = init?.source ?? ambient?.source;
  const traceparent = init?.traceparent ?? ambient?.traceparent;
  if (correlationId !== undefined) context.correlationId = correlationId;
  if (causationId !== undefined) context.causationId = causationId;
  if (actor !== undefined) context.actor = actor;
  if (source !== undefined) context.source = source;
  if (traceparent !== undefined) context.traceparent = traceparent;
  return Object.freeze(context);
}

/** The time and the stream that were found good last: what happens in one step is on one, and happened at once. */
let lastAsserted: string | undefined;
let lastStream: string | undefined;

let lastMs = Number.NaN;
let lastInstant = '';

/** A time as ISO 8601. Events come in bursts: many of them share a millisecond. */
function toInstant(ms: number): string {
  if (ms !== lastMs) {
    lastInstant = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastInstant;
}

function assertInit(init: EventContextInit): void {
  assertAmbientContext(init);
  if (init.id !== undefined) assertIdentifier(init.id, 'event id');
  if (init.occurredAt !== undefined) assertInstant(init.occurredAt);
}

/**
 * Checks the name of a stream: an identifier, or a kind in lower case, `/` and one (`execution/e-1`, `work_item/w-7`).
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ID`
 */
export function assertStream(stream: unknown): void {
  if (stream === lastStream) return;
  assertIdentifier(typeof stream === 'string' ? stream.replace(STREAM_KIND, '') : stream, 'stream');
  lastStream = stream as string;
}

/**
 * Checks a time.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` when it is not ISO 8601 in UTC with milliseconds
 */
export function assertInstant(value: unknown): asserts value is string {
  if (value === lastAsserted) return;
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(time) && new Date(time).toISOString() === value) {
    lastAsserted = value;
    return;
  }
  throw new InvalidArgumentError(`The time ${JSON.stringify(value)} is not ISO 8601 in UTC with milliseconds.`, {
    hint: 'Use new Date().toISOString().',
  });
}
