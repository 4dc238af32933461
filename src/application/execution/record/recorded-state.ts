import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../../../domain/shared/json.js';

/** The key of the state under which a recording keeps what it needs to skip what is done. */
export const RECORDED_KEY = '$recorded';

/** A node that is done on the present way, and what it returned. */
export interface RecordedResult {
  readonly occurrence: number;
  /** Left out where it returned nothing. */
  readonly output?: JsonValue;
}

/** Which node: its path without its own index, and the number of the call (from 1) or the key that tells it apart. */
export interface Slot {
  readonly path: string;
  readonly mark: number | string;
}

/**
 * What a recording keeps in its state, so that it goes back, forks and is edited with it: results by path, as a list in
 * the order of the calls and as an object by key, and the checkpoints that the host asked for, by label.
 */
interface Records {
  readonly calls: Readonly<Record<string, readonly (RecordedResult | null)[]>>;
  readonly keyed: Readonly<Record<string, Readonly<Record<string, RecordedResult>>>>;
  readonly checkpoints: Readonly<Record<string, readonly string[]>>;
}

/** The state as the host knows it. */
export function hostState(state: JsonObject): JsonObject {
  if (!Object.hasOwn(state, RECORDED_KEY)) return state;
  return without(state, [RECORDED_KEY]);
}

/** The state with that of the host replaced. @throws InvalidArgumentError where it has the key that is kept free */
export function withHostState(state: JsonObject, next: JsonObject): JsonObject {
  assertFree(Object.keys(next));
  return Object.hasOwn(state, RECORDED_KEY) ? withKey(next, RECORDED_KEY, state[RECORDED_KEY] ?? null) : next;
}

/** The state with keys of the host's set. @throws InvalidArgumentError where one of them is the one that is kept free */
export function withHostKeys(state: JsonObject, keys: JsonObject): JsonObject {
  assertFree(Object.keys(keys));
  const next: Record<string, JsonValue> = {};
  for (const [key, value] of [...Object.entries(state), ...Object.entries(keys)]) setOwn(next, key, value);
  return Object.freeze(next);
}

/** The result of a node, or `undefined` where it is not done on the present way. */
export function resultOf(state: JsonObject, { path, mark }: Slot): RecordedResult | undefined {
  const { calls, keyed } = recordsOf(state);
  if (typeof mark === 'number') return own(calls, path)?.[mark - 1] ?? undefined;
  return own(own(keyed, path) ?? {}, mark);
}

/** The state with the result of a node. What was kept of nodes within it is dropped: it is not asked for again. */
export function withResult(
  state: JsonObject,
  { path, mark }: Slot,
  address: string,
  result: RecordedResult,
): JsonObject {
  const records = recordsOf(state);
  const inner = (kept: string): boolean => kept.startsWith(`${address}/`);
  const calls = without(records.calls, Object.keys(records.calls).filter(inner));
  const keyed = without(records.keyed, Object.keys(records.keyed).filter(inner));
  if (typeof mark === 'string') {
    const results = withKey(own(keyed, path) ?? {}, mark, result);
    return withRecords(state, { ...records, calls, keyed: withKey(keyed, path, results) });
  }
  const results: (RecordedResult | null)[] = [...(own(calls, path) ?? [])];
  while (results.length < mark - 1) results.push(null);
  results[mark - 1] = Object.freeze(result);
  return withRecords(state, { ...records, keyed, calls: withKey(calls, path, Object.freeze(results)) });
}

/** Every result that is kept, by the node's path and what tells it apart. */
export function* resultsIn(state: JsonObject): Generator<Slot & RecordedResult> {
  const { calls, keyed } = recordsOf(state);
  for (const [path, results] of Object.entries(calls)) {
    for (const [index, result] of results.entries()) if (result !== null) yield { path, mark: index + 1, ...result };
  }
  for (const [path, results] of Object.entries(keyed)) {
    for (const [mark, result] of Object.entries(results)) yield { path, mark, ...result };
  }
}

/** The n-th checkpoint that the host asked for under a label, from 1, or without one. */
export function askedCheckpoint(state: JsonObject, label: string, call: number): string | undefined {
  return own(recordsOf(state).checkpoints, label)?.[call - 1];
}

/** The state with a checkpoint that the host asked for. */
export function withAskedCheckpoint(state: JsonObject, label: string, checkpointId: string): JsonObject {
  const records = recordsOf(state);
  const ids = Object.freeze([...(own(records.checkpoints, label) ?? []), checkpointId]);
  return withRecords(state, { ...records, checkpoints: withKey(records.checkpoints, label, ids) });
}

/** A state can be edited by hand: what is not as it was written counts as not there. */
function recordsOf(state: JsonObject): Records {
  const kept = Object.hasOwn(state, RECORDED_KEY) ? state[RECORDED_KEY] : undefined;
  const part = (name: keyof Records): object => {
    const value = isJsonObject(kept) && Object.hasOwn(kept, name) ? kept[name] : undefined;
    return isJsonObject(value) ? value : {};
  };
  return { calls: part('calls'), keyed: part('keyed'), checkpoints: part('checkpoints') } as Records;
}

function withRecords(state: JsonObject, records: Records): JsonObject {
  const filled = Object.entries(records).filter(([, part]) => Object.keys(part as object).length > 0);
  return withKey(state, RECORDED_KEY, Object.freeze(Object.fromEntries(filled)) as JsonObject);
}

function assertFree(keys: readonly string[]): void {
  if (!keys.includes(RECORDED_KEY)) return;
  throw new InvalidArgumentError(`The key ${RECORDED_KEY} of the state is kept for what is recorded.`, {
    hint: 'Give it another name.',
  });
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function withKey<Value>(record: Readonly<Record<string, Value>>, key: string, value: Value): Record<string, Value> {
  const next: Record<string, Value> = {};
  for (const [name, kept] of Object.entries(record)) setOwn(next, name, kept);
  setOwn(next, key, value);
  return Object.freeze(next);
}

function without<Value>(record: Readonly<Record<string, Value>>, keys: readonly string[]): Record<string, Value> {
  if (keys.length === 0) return record;
  const next: Record<string, Value> = {};
  for (const [name, kept] of Object.entries(record)) if (!keys.includes(name)) setOwn(next, name, kept);
  return Object.freeze(next);
}
