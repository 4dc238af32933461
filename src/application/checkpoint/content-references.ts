import { checkpointsCorrupt } from '../../domain/checkpoint/checkpoint.errors.js';
import type { ContentSummary } from '../../domain/checkpoint/content-collection.port.js';
import type { ContentRef } from '../../domain/checkpoint/content/encoded.js';
import { referencesIn } from '../../domain/checkpoint/content/references.js';
import { ReferenceGraph } from '../../domain/checkpoint/reference-graph.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { Hash } from '../../domain/shared/hash.js';
import { nextTurn } from '../shared/next-turn.js';
import type { UpkeepServices } from './upkeep-services.js';

/** Tells how many contents were looked at so far. */
export type OnLooked = (looked: number) => void;

/**
 * The contents of the store and what refers to what. It takes about 300 bytes of memory a content.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT`, `WAYMARK_CHECKPOINT_FORMAT` when it can't be told what a content refers
 *   to: then nothing may be removed
 */
export async function readReferenceGraph(
  { contents }: Pick<UpkeepServices, 'contents'>,
  signal?: AbortSignal,
  onLooked: OnLooked = () => undefined,
): Promise<ReferenceGraph> {
  const graph = new ReferenceGraph();
  for await (const page of contents.summaries()) {
    signal?.throwIfAborted();
    for (const { hash, bytes, body } of page) graph.add(hash, bytes, referencesOf({ hash, body }));
    onLooked(graph.size);
    // A driver that works synchronously gives the event loop no turn of its own.
    await nextTurn();
  }
  return graph;
}

/**
 * Where all values are kept that something in the store holds on to.
 *
 * @param without the ids of checkpoints: as if these were removed
 */
export async function readHeldReferences(
  { holders }: Pick<UpkeepServices, 'holders'>,
  signal?: AbortSignal,
  without?: ReadonlySet<string>,
): Promise<ReadonlySet<ContentRef>> {
  const held = new Set<ContentRef>();
  for (const holder of holders) {
    for await (const page of holder.references(without)) {
      signal?.throwIfAborted();
      for (const ref of page) if (!ref.startsWith('=')) held.add(ref);
      await nextTurn();
    }
  }
  return held;
}

/** What a content refers to. */
export function referencesOf({ hash, body }: Pick<ContentSummary, 'hash' | 'body'>): readonly Hash[] {
  if (body === undefined) return [];
  try {
    return referencesIn(body);
  } catch (error) {
    if (!WaymarkError.is(error, 'WAYMARK_STORE_CORRUPT')) throw error;
    throw checkpointsCorrupt('the store', `content ${hash} can't be read, and so not what it refers to`);
  }
}
