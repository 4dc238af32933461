import type { Branch, Checkpoint, Content } from '../../domain/checkpoint/checkpoint.js';
import type { CheckpointRepository } from '../../domain/checkpoint/checkpoint.repository.port.js';
import type { ContentCollectionRepository } from '../../domain/checkpoint/content-collection.port.js';
import { sha256Hex } from '../../domain/shared/hash.js';
import type { TransactionScope, UnitOfWork } from '../../domain/shared/transaction.js';
import { rejectsWithSame, Thrown } from '../expectations.js';
import { makeCheckpoint } from '../fixtures.js';
import type { StoreUnderTest } from '../harness.js';

/** Checkpoints, and the transactions in which they are stored. */
export interface CheckpointStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly checkpoints: CheckpointRepository;
  readonly contents: ContentCollectionRepository;
}

/** A checkpoint in which every field has a value. */
export const FULL = makeCheckpoint({
  id: 'checkpoint-full',
  parentId: 'checkpoint-0',
  branchId: 'branch-2',
  sequence: 7,
  kind: 'approval',
  label: 'before the review',
  nodeId: 'review',
  occurrence: 3,
  position: {
    completed: [{ nodeId: 'fetch', occurrence: 2 }],
    nextNodeIds: ['publish', 'each[3]/notify'],
    progress: {
      skipped: ['by-hand'],
      choices: { route: ['fast'], 'each[3]/route': [] },
      open: [
        {
          at: 'each',
          nodeId: 'each',
          occurrence: 1,
          attempt: 2,
          total: 9,
          next: 4,
          bodies: [{ index: 3, done: ['fetch'], failed: ['send'] }],
        },
        { at: 'each[3]/refine', nodeId: 'each/refine', occurrence: 2, attempt: 1, bodies: [] },
      ],
    },
  },
  manifest: [
    ['rows', sha256Hex('rows')],
    ['__proto__', sha256Hex('data like any other')],
    ['', sha256Hex('an empty key')],
  ],
  stateHash: sha256Hex('state'),
  stateBytes: 123_456_789,
  storedBytes: 12,
  createdAt: '2026-01-31T13:00:00.000Z',
});

export function add(store: CheckpointStore, checkpoint: Checkpoint, contents: readonly Content[] = []): Promise<void> {
  return store.unitOfWork.run((scope) => store.checkpoints.add(checkpoint, contents, scope));
}

/**
 * A checkpoint after another: nodes more are done, each of which has set a key of its own and one that all of them set.
 */
export function follow(before: Checkpoint, fields: Partial<Checkpoint>, nodeIds: readonly string[]): Checkpoint {
  const manifest = new Map(before.manifest);
  for (const nodeId of nodeIds) manifest.set('last', sha256Hex(nodeId)).set(nodeId, sha256Hex(`result of ${nodeId}`));
  return makeCheckpoint({
    parentId: before.id,
    position: {
      completed: Object.freeze([...before.position.completed, ...nodeIds.map((nodeId) => ({ nodeId, occurrence: 1 }))]),
      nextNodeIds: nodeIds.map((nodeId) => `after-${nodeId}`),
      outputKeys: [...(before.position.outputKeys ?? []), ...nodeIds],
    },
    manifest: [...manifest],
    ...fields,
  });
}

/** A line of checkpoints, one node each. */
export function makeLine(count: number): readonly Checkpoint[] {
  const line = [makeCheckpoint({ position: { completed: Object.freeze([]), nextNodeIds: ['node-1'] } })];
  for (let sequence = 1; sequence < count; sequence += 1) {
    const before = line[sequence - 1] as Checkpoint;
    line.push(follow(before, { id: `checkpoint-${sequence}`, sequence }, [`node-${sequence}`]));
  }
  return line;
}

export function saveBranch(store: CheckpointStore, branch: Branch, expected?: string | null): Promise<void> {
  return store.unitOfWork.run((scope) => store.checkpoints.saveBranch(branch, scope, expected));
}

export function missing(store: CheckpointStore, contents: readonly Content[]): Promise<ReadonlySet<string>> {
  return store.unitOfWork.run((scope) =>
    store.checkpoints.missing(
      contents.map((content) => content.hash),
      scope,
    ),
  );
}

export function idsOf(checkpoints: readonly Checkpoint[]): string[] {
  return checkpoints.map((checkpoint) => checkpoint.id);
}

/** Sorted for a comparison of what has no order. */
export function sorted<T>(items: Iterable<T>, key: (item: T) => string = String): readonly T[] {
  return [...items].toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Does work in a transaction that then fails. */
export async function failAfter(
  store: CheckpointStore,
  work: (scope: TransactionScope) => Promise<unknown>,
): Promise<void> {
  const thrown = new Thrown('the transaction fails');
  const failing = store.unitOfWork.run(async (scope) => {
    await work(scope);
    throw thrown;
  });
  await rejectsWithSame(thrown, failing);
}
