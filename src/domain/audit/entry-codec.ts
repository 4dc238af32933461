import type { EventDefinition } from '../events/define-event.js';
import type { DomainEvent } from '../events/domain-event.js';
import { executionIdOf } from '../events/execution-id.js';
import type { ConcealedPayload } from './personal/conceal-personal.js';
import { WaymarkError } from '../shared/errors.js';
import type { EntryBody, EntryColumns, EntryDraft, EventDraft } from './audit-entry.js';
import { messageOf, severityOf } from './event-summary.js';
import { OUTCOMES, SEVERITIES } from './severity.js';

/**
 * An event as an entry that only lacks its position. All the serialising happens here, before any lock is held.
 *
 * @param definition what the catalog says of its type; without one (an unknown type) it counts as `info` of
 *   `operations`
 * @param recordedAt ISO 8601, UTC
 * @param concealed what may be stored of its payload, where that holds something about people
 */
export function draftEntry(
  event: DomainEvent,
  definition: EventDefinition | undefined,
  recordedAt: string,
  concealed?: ConcealedPayload,
): EventDraft {
  const { id, occurredAt, stream, correlationId, causationId, actor, source, traceparent, schemaVersion } =
    event.context;
  const severity = severityOf(event, definition);
  const outcome = definition?.outcome ?? 'none';
  const category = definition?.category ?? 'operations';
  const message = messageOf(event, definition, concealed?.shown ?? event.payload);
  // The order of the keys is part of the stored bytes. Keys without a value are left out.
  const json = JSON.stringify({
    type: event.type,
    schemaVersion,
    id,
    occurredAt,
    recordedAt,
    stream,
    correlationId,
    causationId,
    actor,
    source,
    traceparent,
    severity,
    outcome,
    category,
    message,
    payload: concealed?.stored ?? event.payload,
  });
  return {
    rest: json.slice(1),
    message,
    columns: {
      eventId: id,
      type: event.type,
      stream,
      executionId: executionIdOf(event.payload) ?? null,
      correlationId: correlationId ?? null,
      actor: actor ?? null,
      severity,
      outcome,
      category,
      occurredAt,
      recordedAt,
    },
  };
}

/** The stored text of a draft at a position. */
export function bodyAt(draft: EntryDraft, position: number): string {
  return `{"position":${position},${draft.rest}`;
}

/**
 * Reads an entry's text.
 *
 * @throws WaymarkError `WAYMARK_LOG_CORRUPT` when it is not an entry's JSON
 */
export function parseEntryBody(body: string, position: number): EntryBody {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    throw corrupt(position, error);
  }
  if (typeof parsed !== 'object' || parsed === null) throw corrupt(position);
  const entry = parsed as { readonly [Key in keyof EntryBody]?: unknown };
  const isEntry =
    areTexts(entry) &&
    SEVERITIES.includes(entry.severity as never) &&
    OUTCOMES.includes(entry.outcome as never) &&
    Number.isSafeInteger(entry.schemaVersion);
  if (!isEntry || typeof entry.payload !== 'object' || entry.payload === null) throw corrupt(position);
  return entry as unknown as EntryBody;
}

/** Each by its name, not in a loop: this is done with every entry that is verified, and takes a fifth of the time. */
function areTexts(entry: { readonly [Key in keyof EntryBody]?: unknown }): boolean {
  return (
    typeof entry.type === 'string' &&
    typeof entry.id === 'string' &&
    typeof entry.stream === 'string' &&
    typeof entry.occurredAt === 'string' &&
    typeof entry.recordedAt === 'string' &&
    typeof entry.category === 'string' &&
    typeof entry.message === 'string' &&
    isOptionalText(entry.correlationId) &&
    isOptionalText(entry.causationId) &&
    isOptionalText(entry.actor) &&
    isOptionalText(entry.source) &&
    isOptionalText(entry.traceparent)
  );
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** Whether columns are those of {@link columnsOf}, without making these: it is asked of every entry that is verified. */
export function hasColumns(body: EntryBody, columns: EntryColumns): boolean {
  return (
    body.id === columns.eventId &&
    body.type === columns.type &&
    body.stream === columns.stream &&
    (executionIdOf(body.payload) ?? null) === columns.executionId &&
    (body.correlationId ?? null) === columns.correlationId &&
    (body.actor ?? null) === columns.actor &&
    body.severity === columns.severity &&
    body.outcome === columns.outcome &&
    body.category === columns.category &&
    body.occurredAt === columns.occurredAt &&
    body.recordedAt === columns.recordedAt
  );
}

/** The columns that follow from an entry's text. */
export function columnsOf(body: EntryBody): EntryColumns {
  return {
    eventId: body.id,
    type: body.type,
    stream: body.stream,
    executionId: executionIdOf(body.payload) ?? null,
    correlationId: body.correlationId ?? null,
    actor: body.actor ?? null,
    severity: body.severity,
    outcome: body.outcome,
    category: body.category,
    occurredAt: body.occurredAt,
    recordedAt: body.recordedAt,
  };
}

function corrupt(position: number, cause?: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_LOG_CORRUPT',
    `The entry at position ${position} can't be read: its text is not an entry.`,
    {
      cause,
      hint: 'Run waymark verify to learn how far the log is intact.',
      details: { position },
    },
  );
}
