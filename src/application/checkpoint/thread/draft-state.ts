import type { StateManifest } from '../../../domain/checkpoint/checkpoint.js';
import type { ContentRef, EncodedValue } from '../../../domain/checkpoint/content/encoded.js';
import type { StateEncoder } from '../../../domain/checkpoint/content/state-encoder.js';
import { setOwn } from '../../../domain/shared/json.js';
import type { KnownCheckpoint } from './known-checkpoints.js';
import { movedPath } from './moved-path.js';
import type { ThreadRecord } from './thread-record.js';
import { placeRecord } from './thread-record.js';
import type { ThreadPut } from './thread-snapshot.js';

/** A checkpoint's state and record, ready to be stored. */
export interface StateDraft {
  readonly manifest: StateManifest;
  readonly channels: ThreadRecord['c'];
  readonly recordRef: ContentRef;
  /** What must be stored for it, where it is not yet. */
  readonly values: readonly EncodedValue[];
  readonly recordValues: readonly EncodedValue[];
  readonly stateBytes: number;
  /** What is taken over from checkpoints that are stored. */
  readonly carried: readonly Carried[];
}

/** A value that is taken over, and the checkpoint that has it. */
export interface Carried {
  readonly ref: ContentRef;
  readonly from: KnownCheckpoint;
}

/** What the values of channels that did not change are taken from. */
export interface DraftBase {
  /** Those that may hold them, the nearest first. */
  readonly before: readonly KnownCheckpoint[];
  /**
   * Whether a value that none of these holds is stored as it was given: a copy of another checkpoint says that nothing
   * changed, and does not follow the one that it is a copy of. Not where nothing came before that could have held it.
   */
  holds(channel: string): Promise<boolean>;
}

/**
 * Makes what is stored of a checkpoint: values of those channels alone that changed.
 *
 * @throws InvalidArgumentError `WAYMARK_NOT_STORABLE`, with the path of what can't be stored, that begins with the channel
 */
export async function draftState(
  put: ThreadPut,
  encoded: NewValues,
  base: DraftBase,
  encoder: StateEncoder,
): Promise<StateDraft> {
  const entries: [string, ContentRef][] = [];
  const values: EncodedValue[] = [];
  const sizes = new Map<string, number>();
  const taken: Carried[] = [];
  for (const [channel, value] of Object.entries(put.values)) {
    const made = encoded.get(channel);
    const isChanged = changed(put, channel);
    const carried = isChanged ? undefined : carriedFrom(base.before, channel, put);
    if (carried !== undefined) {
      entries.push([channel, carried.ref]);
      taken.push(carried);
      sizes.set(channel, carried.bytes);
    } else if (isChanged || (await base.holds(channel))) {
      const stored = await (made ?? encodeChannel(encoder, put, channel, value));
      entries.push([channel, stored.ref]);
      values.push(stored);
      sizes.set(channel, stored.bytes);
    }
  }
  const channels: Record<string, [ThreadPut['versions'][string], number]> = {};
  for (const [channel, version] of Object.entries(put.versions)) {
    setOwn(channels, channel, [version, sizes.get(channel) ?? 0]);
  }
  const record = placeRecord(encodeRecord(encoder, put, channels, await put.details));
  const stateBytes = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    manifest: entries,
    channels,
    recordRef: record.ref,
    values,
    recordValues: record.values,
    stateBytes,
    carried: taken,
  };
}

/** The values of channels as they were given, by channel: of those that changed, and those that may have to be stored. */
export type NewValues = ReadonlyMap<string, EncodedValue | Promise<EncodedValue>>;

/**
 * Encodes what changed, at once: the graph that gave it may go on, and change it, while the checkpoint is being stored.
 *
 * @param isHeld whether a channel that did not change is known to be taken over
 * @throws as {@link draftState}
 */
export function encodeNew(
  put: ThreadPut,
  encoder: StateEncoder,
  isHeld: (channel: string) => boolean = () => false,
): NewValues {
  const encoded = new Map<string, EncodedValue | Promise<EncodedValue>>();
  for (const [channel, value] of Object.entries(put.values)) {
    const isChanged = changed(put, channel);
    if (!isChanged && isHeld(channel)) continue;
    const made = isChanged
      ? encodeChannel(encoder, put, channel, value)
      : whenWanted(() => encodeChannel(encoder, put, channel, value));
    // Whoever waits for it is told.
    if (made instanceof Promise) made.catch(() => undefined);
    encoded.set(channel, made);
  }
  return encoded;
}

/** A failure is that of whoever wants the value: most often it is not even looked at. */
function whenWanted(encode: () => EncodedValue | Promise<EncodedValue>): EncodedValue | Promise<EncodedValue> {
  try {
    return encode();
  } catch (error) {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- it is the error that was thrown
    return Promise.reject(error);
  }
}

function changed({ versions, newVersions }: ThreadPut, channel: string): boolean {
  return !Object.hasOwn(versions, channel) || Object.hasOwn(newVersions, channel);
}

/** @throws InvalidArgumentError `WAYMARK_NOT_STORABLE`, with the path within what the caller gave */
function encodeRecord(
  encoder: StateEncoder,
  { needsParent, checkpointId }: ThreadPut,
  channels: ThreadRecord['c'],
  details: unknown,
): EncodedValue {
  const record: ThreadRecord = { c: channels, d: details, ...(needsParent === true ? { p: true } : {}) };
  try {
    return encoder.encodeValue(record, `metadata of checkpoint ${checkpointId}`);
  } catch (error) {
    throw movedPath(error, (path) => path.replace(/^\/d(?=\/|$)/, ''));
  }
}

/** A slot for each channel: what did not change in it since the last step need not be looked at. */
function encodeChannel(
  encoder: StateEncoder,
  put: ThreadPut,
  channel: string,
  value: unknown,
): EncodedValue | Promise<EncodedValue> {
  const encode = (given: unknown): EncodedValue => {
    const state: Record<string, unknown> = {};
    setOwn(state, channel, given);
    const slot = JSON.stringify([put.threadId, put.namespace, channel]);
    return encoder.encode(slot, state).values[0] as EncodedValue;
  };
  return put.prepare === undefined ? encode(value) : put.prepare(value).then(encode);
}

function carriedFrom(
  before: readonly KnownCheckpoint[],
  channel: string,
  { versions }: ThreadPut,
): (Carried & { readonly bytes: number }) | undefined {
  for (const from of before) {
    const { manifest, channels } = from;
    const ref = manifest.get(channel);
    const [version, bytes] = (Object.hasOwn(channels, channel) ? channels[channel] : undefined) ?? [];
    if (ref !== undefined && bytes !== undefined && version === versions[channel]) return { ref, bytes, from };
  }
  return undefined;
}
