import type { ErrorRecord } from '../../domain/events/families/fields.js';

/** How far a chain of causes is followed. */
const MAX_CAUSES = 5;

/** Anything that was thrown, as data for an event. */
export function errorRecord(thrown: unknown, depth = 0): ErrorRecord {
  if (!(thrown instanceof Error)) return { name: 'NonError', message: describe(thrown) };
  const record: { -readonly [Key in keyof ErrorRecord]: ErrorRecord[Key] } = {
    name: thrown.name,
    message: thrown.message,
  };
  const code: unknown = (thrown as { code?: unknown }).code;
  if (typeof code === 'string') record.code = code;
  if (typeof thrown.stack === 'string') record.stack = thrown.stack;
  if (thrown.cause !== undefined && depth < MAX_CAUSES) record.cause = errorRecord(thrown.cause, depth + 1);
  return record;
}

function describe(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    // A value that can't even be shown (a cycle, a throwing toJSON) is told by its type.
    return `a ${typeof thrown}`;
  }
}
