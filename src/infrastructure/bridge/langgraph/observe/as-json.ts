import type { JsonValue } from '../../../../domain/shared/json.js';
import { isRecord } from './graph.js';

/** How much of a value is kept, in bytes of its JSON: an event must not be too large to record. */
const MAX_BYTES = 262_144;

/**
 * Anything that goes through a graph as JSON for an event. Messages become `{ type, data }`; what JSON has no form for
 * becomes a text. A value that is too large, or that can't be looked at, is replaced by a word on why. Never throws.
 */
export function asJson(value: unknown): JsonValue {
  try {
    const text = JSON.stringify(value, readable) as string | undefined;
    if (text === undefined) return value === undefined ? null : { omitted: `not JSON: a ${typeof value}` };
    const bytes = Buffer.byteLength(text);
    return bytes > MAX_BYTES ? { omitted: 'too large', bytes } : (JSON.parse(text) as JsonValue);
  } catch (error) {
    return { omitted: `not JSON: ${error instanceof Error ? error.message : 'it can not be read'}` };
  }
}

/** `this` is what holds the value: a value with a `toJSON` has been through it already. */
function readable(this: unknown, key: string, value: unknown): unknown {
  const raw = isRecord(this) ? this[key] : value;
  if (isRecord(raw) && typeof raw['toDict'] === 'function') return (raw as { toDict(): unknown }).toDict();
  if (raw instanceof Map) return Object.fromEntries(raw as Map<string, unknown>);
  if (raw instanceof Set) return [...(raw as Set<unknown>)];
  return typeof value === 'bigint' ? String(value) : value;
}
