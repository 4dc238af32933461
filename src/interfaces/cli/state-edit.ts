import { mergePatch } from '../../domain/checkpoint/merge-patch.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  setOwn,
  toJson,
  toJsonObject,
} from '../../domain/shared/json.js';
import type { CliIo } from './cli-io.js';
import { readJsonArgument } from './json-argument.js';

/** `--patch` and `--set` as they were given. */
export interface StateEditOptions {
  readonly patch?: string;
  readonly set?: readonly string[];
}

/** One `--set`. */
interface Assignment {
  readonly text: string;
  readonly path: readonly string[];
  readonly value: JsonValue;
}

/** An edit of a state, read and checked. */
export interface StateEdit {
  /**
   * The merge patch that makes the edit, or `undefined` for none. `load` gives the state, and is called where it
   * matters.
   */
  patchFor(load: () => Promise<JsonObject>): Promise<JsonObject | undefined>;
}

/**
 * Reads the edit that a command line asks for.
 *
 * @throws WaymarkError `WAYMARK_INVALID_JSON`, `WAYMARK_NOT_JSON`, `WAYMARK_INVALID_SET`
 */
export async function readStateEdit(options: StateEditOptions, io: CliIo): Promise<StateEdit> {
  const patch =
    options.patch === undefined
      ? undefined
      : toJsonObject(await readJsonArgument(options.patch, '--patch', io), 'patch');
  const assignments = (options.set ?? []).map(parseAssignment);
  return {
    async patchFor(load) {
      if (assignments.length === 0) return patch;
      let state = mergePatch(await load(), patch ?? {});
      let combined = patch ?? {};
      for (const assignment of assignments) {
        const step = patchOf(state, assignment);
        state = mergePatch(state, step);
        combined = combine(combined, step);
      }
      return combined;
    },
  };
}

function parseAssignment(text: string): Assignment {
  const equals = text.indexOf('=');
  if (equals < 1) throw invalidSet(text, 'it has no PATH=VALUE');
  const name = text.slice(0, equals);
  const path = name.startsWith('/')
    ? name
        .slice(1)
        .split('/')
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    : name.split('.');
  if (path.includes('')) throw invalidSet(text, 'a part of its path is empty');
  return { text, path, value: parseValue(text.slice(equals + 1)) };
}

/** JSON where it is JSON; otherwise the text itself, so that a word needs no second pair of quotes. */
function parseValue(text: string): JsonValue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  return toJson(value, 'value of --set');
}

/** An assignment as a patch of a state. A merge patch can't reach into a list: the list is replaced as a whole. */
function patchOf(state: JsonObject, { text, path, value }: Assignment): JsonObject {
  const replaced = within(state, path, value, text, '');
  return toJsonObject(replaced, 'patch');
}

function within(
  at: JsonValue | undefined,
  path: readonly string[],
  value: JsonValue,
  text: string,
  walked: string,
): JsonValue {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(at)) return withinList(at as readonly JsonValue[], key, rest, value, text, walked);
  const below = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  const patch: Record<string, JsonValue> = {};
  setOwn(patch, key, within(below, rest, value, text, `${walked}/${key}`));
  return patch;
}

function withinList(
  list: readonly JsonValue[],
  key: string,
  rest: readonly string[],
  value: JsonValue,
  text: string,
  walked: string,
): JsonValue {
  const index = key === '-' ? list.length : Number(key);
  if (!(key === '-' || /^\d+$/.test(key)) || index > list.length) {
    throw invalidSet(text, `${walked} is a list of ${list.length}: give an index from 0, or - for a new last one`);
  }
  const old = list[index];
  const change = within(old, rest, value, text, `${walked}/${key}`);
  const item = rest.length > 0 && isJsonObject(change) ? mergePatch(isJsonObject(old) ? old : {}, change) : change;
  return [...list.slice(0, index), item, ...list.slice(index + 1)];
}

/** One patch that does what two do, one after the other. Unlike `mergePatch` it keeps `null`, which removes a key. */
function combine(first: JsonObject, second: JsonObject): JsonObject {
  const result: Record<string, JsonValue> = {};
  for (const [key, value] of [...Object.entries(first), ...Object.entries(second)]) {
    const before = Object.hasOwn(result, key) ? result[key] : undefined;
    setOwn(result, key, isJsonObject(before) && isJsonObject(value) ? combine(before, value) : value);
  }
  return result;
}

function invalidSet(text: string, why: string): WaymarkError {
  return new WaymarkError('WAYMARK_INVALID_SET', `--set ${JSON.stringify(text)} can't be used: ${why}.`, {
    hint: 'Write PATH=VALUE: --set limit=0.3, --set limits.max=5, --set /rows/0/name=Ada.',
    details: { set: text },
  });
}
