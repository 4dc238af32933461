import type { ReferenceGraph } from '../../domain/checkpoint/reference-graph.js';
import type { Hash } from '../../domain/shared/hash.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { nextTurn } from '../shared/next-turn.js';
import { readHeldReferences, readReferenceGraph, referencesOf } from './content-references.js';
import type { UpkeepServices } from './upkeep-services.js';

/** How to collect what nothing refers to. */
export interface CollectOptions {
  /** Only tell what would be removed. */
  readonly dryRun?: boolean;
  /** Stops it between two transactions. What is removed by then stays so; what is left is found by the next one. */
  readonly signal?: AbortSignal;
  /** Told how many of the contents that go are gone. */
  readonly onProgress?: (removed: number, total: number) => void;
}

/** What was collected, or would be. */
export interface Collected {
  /** Contents that nothing refers to. */
  readonly contents: number;
  /** The length of their bodies, in bytes. The file of a database does not become smaller by it: see `compact`. */
  readonly bytes: number;
}

/** How many contents are removed in one transaction: others that write wait for it. */
const BATCH = 500;

/**
 * Removes the contents that nothing refers to, beside others that write, in this process and in others.
 *
 * From its beginning on the store takes note of what transactions rely on. What is found without a reference is removed
 * in small transactions, each of which first leaves out what was noted since. As a content goes before those that it
 * refers to, a crash in between leaves nothing behind that refers to what is gone.
 *
 * @throws WaymarkError `WAYMARK_COLLECTION_SUPERSEDED` when another one was begun meanwhile
 */
export async function collectGarbage(services: UpkeepServices, options: CollectOptions = {}): Promise<Collected> {
  const { signal, dryRun = false } = options;
  signal?.throwIfAborted();
  if (dryRun) {
    // In this order: what is stored and referred to between the two is not in the first.
    const graph = await readReferenceGraph(services, signal);
    return sumOf(graph, unreferenced(graph, await reachedFrom(services, graph, signal)));
  }
  const id = services.factory.ids.next();
  const { contents, unitOfWork } = services;
  await unitOfWork.run((scope) => contents.begin(id, scope));
  try {
    const graph = await readReferenceGraph(services, signal);
    const reached = await reachedFrom(services, graph, signal);
    return await sweep(services, id, { graph, reached }, options);
  } finally {
    await unitOfWork.run((scope) => contents.end(id, scope));
  }
}

/** What was found out, and what was noted since: that only grows. */
interface Marked {
  readonly graph: ReferenceGraph;
  readonly reached: Set<Hash>;
}

async function sweep(
  services: UpkeepServices,
  id: string,
  marked: Marked,
  { signal, onProgress }: CollectOptions,
): Promise<Collected> {
  const { graph, reached } = marked;
  const candidates = graph.parentsFirst(unreferenced(graph, reached));
  const removed: Hash[] = [];
  for (let from = 0; from < candidates.length; from += BATCH) {
    signal?.throwIfAborted();
    const batch = candidates.slice(from, from + BATCH);
    const gone = await services.unitOfWork.run(async (scope) => {
      await reachNoted(services, id, marked, scope);
      const garbage = batch.filter((hash) => !reached.has(hash));
      await services.contents.remove(id, garbage, scope);
      return garbage;
    });
    removed.push(...gone);
    await nextTurn();
    onProgress?.(Math.min(from + BATCH, candidates.length), candidates.length);
  }
  return sumOf(graph, removed);
}

/** What transactions rely on since the collection was begun, with all that it refers to. */
async function reachNoted(
  { checkpoints, contents }: UpkeepServices,
  id: string,
  { graph, reached }: Marked,
  scope: TransactionScope,
): Promise<void> {
  const noted = await contents.takeNoted(id, scope);
  if (noted.length === 0) return;
  const unknown = noted.filter((hash) => !graph.has(hash));
  const bodies = unknown.length === 0 ? new Map<Hash, string>() : await checkpoints.contents(unknown);
  // What was stored meanwhile may refer to what was there.
  for (const [hash, body] of bodies) graph.add(hash, Buffer.byteLength(body), referencesOf({ hash, body }));
  graph.reach(noted, reached);
}

async function reachedFrom(
  services: UpkeepServices,
  graph: ReferenceGraph,
  signal: AbortSignal | undefined,
): Promise<Set<Hash>> {
  const reached = new Set<Hash>();
  graph.reach(await readHeldReferences(services, signal), reached);
  return reached;
}

function unreferenced(graph: ReferenceGraph, reached: ReadonlySet<Hash>): ReadonlySet<Hash> {
  const found = new Set<Hash>();
  for (const hash of graph.hashes()) if (!reached.has(hash)) found.add(hash);
  return found;
}

function sumOf(graph: ReferenceGraph, hashes: Iterable<Hash>): Collected {
  let [contents, bytes] = [0, 0];
  for (const hash of hashes) {
    contents += 1;
    bytes += graph.bytesOf(hash);
  }
  return { contents, bytes };
}
