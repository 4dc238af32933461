import type { AuditEntry } from '../../../domain/audit/audit-entry.js';

/** An entry of the log as one flat object: its position first, the event's payload last. */
export function entryJson(entry: AuditEntry): Readonly<Record<string, unknown>> {
  const { payload, ...event } = entry.event.toJSON();
  const { position, severity, outcome, category, message, recordedAt, leafHash, erased, unreadable } = entry;
  return {
    position,
    ...event,
    recordedAt,
    severity,
    outcome,
    category,
    message,
    leafHash,
    payload,
    ...(erased === undefined ? {} : { erased }),
    ...(unreadable === undefined ? {} : { unreadable: unreadable.map(({ path }) => path) }),
  };
}
