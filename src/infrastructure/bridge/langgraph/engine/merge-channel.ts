import type { JsonObject, JsonValue } from '../../../../domain/shared/json.js';
import { isJsonObject, setOwn } from '../../../../domain/shared/json.js';
import { KeptObject } from './kept-object.js';

/** The name under which objects of LangChain's classes are stored. */
const LANGCHAIN = 'langchain';

/**
 * A JSON Merge Patch on a channel's value. Objects of LangGraph's stay what they are: a patch merges into what they
 * consist of, and what it says of a message in the form that Waymark shows (`{ id, kwargs }`), or in LangChain's own
 * JSON, becomes a message.
 */
export function mergeChannel(value: unknown, patch: JsonValue): unknown {
  if (!isJsonObject(patch)) return fromJson(patch);
  const made = messageIn(patch);
  if (made !== undefined) return made;
  if (value instanceof KeptObject) return new KeptObject(value.name, mergeChannel(value.data, patch));
  const target = isPlain(value) ? value : {};
  const result: Record<string, unknown> = {};
  for (const [key, before] of Object.entries(target)) {
    const change = Object.hasOwn(patch, key) ? patch[key] : undefined;
    if (change === undefined) setOwn(result, key, before);
    else if (change !== null) setOwn(result, key, mergeChannel(before, change));
  }
  for (const [key, change] of Object.entries(patch)) {
    if (!Object.hasOwn(target, key) && change !== null) setOwn(result, key, mergeChannel(undefined, change));
  }
  return result;
}

/** A part of a patch that replaces what was there. */
function fromJson(json: JsonValue): unknown {
  if (Array.isArray(json)) return (json as readonly JsonValue[]).map(fromJson);
  if (!isJsonObject(json)) return json;
  return messageIn(json) ?? mapped(json);
}

function mapped(json: JsonObject): object {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) setOwn(result, key, fromJson(value));
  return result;
}

function messageIn(json: JsonObject): KeptObject | undefined {
  const { id, kwargs, ...rest } = json;
  const isWhole = Object.keys(rest).length === 0 || (rest['lc'] === 1 && rest['type'] === 'constructor');
  if (!isWhole || !Array.isArray(id) || !isJsonObject(kwargs)) return undefined;
  const path = id as readonly JsonValue[];
  if (!path.every((part) => typeof part === 'string') || !String(path[0]).startsWith('langchain')) return undefined;
  return new KeptObject(LANGCHAIN, { id: [...path], kwargs: mapped(kwargs) });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
