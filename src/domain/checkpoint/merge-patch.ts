import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../shared/json.js';

/**
 * Applies a JSON Merge Patch (RFC 7396) to a state: keys of the patch replace those of the state, `null` removes a key,
 * objects merge. What the patch does not touch keeps its identity.
 *
 * @example
 * mergePatch({ limit: 0.2, rows: [1] }, { limit: 0.3 }); // { limit: 0.3, rows: [1] }
 */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(target)) {
    if (!Object.hasOwn(patch, key)) setOwn(result, key, value);
    else if (patch[key] !== null) setOwn(result, key, merged(value, patch[key] as JsonValue));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!Object.hasOwn(target, key) && value !== null) setOwn(result, key, merged({}, value));
  }
  return Object.freeze(result);
}

function merged(value: JsonValue, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  return mergePatch(isJsonObject(value) ? value : {}, patch);
}
