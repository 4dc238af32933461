import type { StateManifest } from '../../../domain/checkpoint/checkpoint.js';
import type { ContentRef, EncodedValue } from '../../../domain/checkpoint/content/encoded.js';
import { loadValues } from '../../../domain/checkpoint/content/load-state.js';
import { refHash } from '../../../domain/checkpoint/content/references.js';
import type { Hash } from '../../../domain/shared/hash.js';
import { type JsonObject, setOwn } from '../../../domain/shared/json.js';
import { placeRecord, type ThreadRecord } from '../../checkpoint/thread/thread-record.js';
import type { ThreadTarget } from './thread-target.js';
import type { ThreadVerbServices } from './thread-verb-services.js';

/** What is stored of a checkpoint that is made from another one. */
export interface ThreadDraft {
  readonly manifest: StateManifest;
  readonly record: ContentRef;
  /** What may be new to the store. */
  readonly values: readonly EncodedValue[];
  readonly recordValues: readonly EncodedValue[];
  readonly stateBytes: number;
}

/**
 * A copy of a checkpoint, with its channels edited where a patch is given. What is not edited is shared with it.
 *
 * @throws InvalidArgumentError, WaymarkError as `ThreadEngine.edited`; InvalidArgumentError `WAYMARK_NOT_STORABLE`
 */
export async function draftThreadCheckpoint(
  services: ThreadVerbServices,
  { checkpoint, record }: ThreadTarget,
  patch: JsonObject | undefined,
): Promise<ThreadDraft> {
  const { engine, encoder, factory } = services;
  const { manifest, stateBytes } = checkpoint;
  if (patch === undefined) {
    return { manifest, ...place(services, engine.copied(record, factory.now())), values: [], stateBytes };
  }
  const before = await valuesOf(services, manifest, Object.keys(patch));
  const edited = engine.edited(record, patch, before, factory.now());
  const encoded = new Map(
    Array.from(edited.values, ([channel, value]) => [
      channel,
      encoder.encodeValue(value, `channel ${JSON.stringify(channel)}`),
    ]),
  );
  const kept = manifest.filter(([channel]) => !Object.hasOwn(patch, channel) || encoded.has(channel));
  const known = new Set(kept.map(([channel]) => channel));
  const entries: StateManifest = [
    ...kept.map(([channel, ref]) => [channel, encoded.get(channel)?.ref ?? ref] as const),
    ...Array.from(encoded, ([channel, { ref }]) => [channel, ref] as const).filter(([channel]) => !known.has(channel)),
  ];
  let bytes = stateBytes;
  const channels: Record<string, ThreadRecord['c'][string]> = {};
  for (const [channel, [version, size]] of Object.entries(edited.record.c)) {
    const isEdited = Object.hasOwn(patch, channel);
    setOwn(channels, channel, [version, isEdited ? (encoded.get(channel)?.bytes ?? 0) : size]);
    if (isEdited) bytes -= size;
  }
  for (const value of encoded.values()) bytes += value.bytes;
  return {
    manifest: entries,
    ...place(services, { ...edited.record, c: channels }),
    values: [...encoded.values()],
    stateBytes: Math.max(0, bytes),
  };
}

/** All that a manifest and a record refer to directly: who shares it says so, to a collection that goes on. */
export function hashesOf(manifest: StateManifest, ...refs: readonly ContentRef[]): readonly Hash[] {
  return [...new Set([...manifest.map(([, ref]) => ref), ...refs].flatMap((ref) => refHash(ref) ?? []))];
}

function place({ encoder }: ThreadVerbServices, record: ThreadRecord): Pick<ThreadDraft, 'record' | 'recordValues'> {
  const { ref, values } = placeRecord(encoder.encodeValue(record, 'record of a checkpoint'));
  return { record: ref, recordValues: values };
}

async function valuesOf(
  { checkpoints, engine }: ThreadVerbServices,
  manifest: StateManifest,
  channels: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const wanted = manifest.filter(([channel]) => channels.includes(channel));
  const values = await loadValues(
    wanted.map(([, ref]) => ref),
    (hashes) => checkpoints.contents(hashes),
    { foreign: engine.values },
  );
  return new Map(wanted.map(([channel], at) => [channel, values[at]]));
}
