import type { EventDefinition } from '../events/define-event.js';
import type { DomainEvent } from '../events/domain-event.js';
import { executionIdOf } from '../events/execution-id.js';
import { WaymarkError } from '../shared/errors.js';
import type { EntryBody, EntryColumns, EntryDraft } from './audit-entry.js';
import { messageOf, severityOf } from './event-summary.js';
import { OUTCOMES, SEVERITIES } from './severity.js';

/**
 * An event as an entry that only lacks its position. All the serialising happens here, before any lock is held.
 *
 * @param definition what the catalog says of its type; without one (an unknown type) it counts as `info` of
 *   `operations`
 * @param recordedAt ISO 8601, UTC
 */
export function draftEntry(
  event: DomainEvent,
  definition: EventDefinition | undefined,
  recordedAt: string,
): EntryDraft {
  const { id, occurredAt, stream, correlationId, causationId, actor, source, traceparent, schemaVersion } =
    event.context;
  const severity = severityOf(event, definition);
  const outcome = definition?.outcome ?? 'none';
  const category = definition?.category ?? 'operations';
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
    message: messageOf(event, definition),
    payload: event.payload,
  });
  return {
    rest: json.slice(1),
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
  const entry = parsed as Record<string, unknown>;
  const isEntry =
    TEXTS.every((key) => typeof entry[key] === 'string') &&
    OPTIONAL_TEXTS.every((key) => entry[key] === undefined || typeof entry[key] === 'string') &&
    SEVERITIES.includes(entry['severity'] as never) &&
    OUTCOMES.includes(entry['outcome'] as never) &&
    Number.isSafeInteger(entry['schemaVersion']);
  if (!isEntry || typeof entry['payload'] !== 'object' || entry['payload'] === null) throw corrupt(position);
  return entry as unknown as EntryBody;
}

const TEXTS = ['type', 'id', 'stream', 'occurredAt', 'recordedAt', 'category', 'message'] as const;
const OPTIONAL_TEXTS = ['correlationId', 'causationId', 'actor', 'source', 'traceparent'] as const;

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
