import assert from 'node:assert/strict';
import type { Branch, Checkpoint, Content } from '../domain/checkpoint/checkpoint.js';
import type { CheckpointRepository } from '../domain/checkpoint/checkpoint.repository.port.js';
import { sha256Hex } from '../domain/shared/hash.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWith, rejectsWithSame, Thrown, same } from './expectations.js';
import { HOSTILE_STRINGS, HOSTILE_TEXT, makeBranch, makeCheckpoint, makeContent } from './fixtures.js';
import { type StoreFactory, storeTests, type StoreUnderTest, type TestHarness } from './harness.js';

/** Checkpoints, and the transactions in which they are stored. */
export interface CheckpointStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly checkpoints: CheckpointRepository;
}

/**
 * The contract of {@link CheckpointRepository}, as tests.
 *
 * @example
 * checkpointRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   checkpoints: new InMemoryCheckpointRepository(),
 *   close: async () => {},
 * }));
 */
export function checkpointRepositoryContract(harness: TestHarness, makeStore: StoreFactory<CheckpointStore>): void {
  const test = storeTests(harness, makeStore);

  harness.describe('CheckpointRepository', () => {
    harness.describe('add, find and list', () => {
      test('gives undefined for a checkpoint that is not there, and empty lists for its execution', async ({
        checkpoints,
      }) => {
        for (const id of ['no-such-checkpoint', '__proto__', "' OR '1'='1"]) {
          assert.equal(await checkpoints.find(id), undefined);
          same(await checkpoints.list(id), []);
          same(await checkpoints.branches(id), []);
        }
      });

      test('gives back every field as it was', async (store) => {
        await add(store, makeCheckpoint());
        await add(store, FULL);
        same(await store.checkpoints.find('checkpoint-0'), makeCheckpoint());
        same(await store.checkpoints.find(FULL.id), FULL);
      });

      test('lists the checkpoints of one execution by sequence', async (store) => {
        await add(store, makeCheckpoint({ id: 'z', sequence: 0 }));
        await add(store, makeCheckpoint({ id: 'm', sequence: 2, parentId: 'z' }));
        await add(store, makeCheckpoint({ id: 'other', executionId: 'run-2' }));
        await add(store, makeCheckpoint({ id: 'a', sequence: 10, parentId: 'm' }));
        await add(store, makeCheckpoint({ id: 'b', sequence: 1, parentId: 'z' }));
        same(idsOf(await store.checkpoints.list('run-1')), ['z', 'b', 'm', 'a']);
        same(idsOf(await store.checkpoints.list('run-2')), ['other']);
      });

      test('lists the very checkpoints that were added', async (store) => {
        await add(store, makeCheckpoint());
        await add(store, FULL);
        same(await store.checkpoints.list('run-1'), [makeCheckpoint(), FULL]);
      });

      test('keeps hostile text in ids, nodes and the keys of a state', async (store) => {
        for (const [sequence, text] of HOSTILE_STRINGS.entries()) {
          const { hash } = makeContent(text);
          await add(
            store,
            makeCheckpoint({ id: text, executionId: text, sequence, nodeId: text, manifest: [[text, hash]] }),
          );
        }
        for (const [sequence, text] of HOSTILE_STRINGS.entries()) {
          const [found] = await store.checkpoints.list(text);
          same([found?.id, found?.sequence, found?.nodeId, found?.manifest[0]?.[0]], [text, sequence, text, text]);
          same(await store.checkpoints.find(text), found);
        }
      });
    });

    harness.describe('positions and manifests', () => {
      test('grow along a line of checkpoints, and each is given back as it was', async (store) => {
        const line = makeLine(40);
        for (const checkpoint of line) await add(store, checkpoint);
        same(await store.checkpoints.list('run-1'), line);
        for (const checkpoint of line) same(await store.checkpoints.find(checkpoint.id), checkpoint);
      });

      test('go on from the checkpoint they follow, however many do', async (store) => {
        const line = makeLine(10);
        for (const checkpoint of line) await add(store, checkpoint);
        const forks = [2, 9, 2, 5].map((from, index) =>
          follow(line[from] as Checkpoint, { id: `fork-${index}`, sequence: 10 + index, branchId: `b-${index}` }, [
            `other-${index}`,
          ]),
        );
        for (const fork of forks) await add(store, fork);
        for (const fork of forks) same(await store.checkpoints.find(fork.id), fork);
        same(await store.checkpoints.list('run-1'), [...line, ...forks]);
      });

      test('may shrink, change places, repeat themselves or have nothing in common with those before', async (store) => {
        const lists = [['a', 'b', 'c'], ['c', 'a', 'b'], ['b'], [], ['b', 'b'], ['x', 'b', 'y', 'b'], ['b', 'x']];
        const line: Checkpoint[] = [];
        for (const [sequence, ids] of lists.entries()) {
          line.push(
            makeCheckpoint({
              id: `checkpoint-${sequence}`,
              sequence,
              parentId: sequence === 0 ? null : `checkpoint-${sequence - 1}`,
              position: {
                completed: ids.map((nodeId) => ({ nodeId, occurrence: sequence })),
                nextNodeIds: ids,
                ...(sequence % 3 === 0 ? {} : { outputKeys: ids }),
              },
              manifest: ids.map((key) => [key, sha256Hex(`${key}${sequence % 2}`)] as const),
            }),
          );
        }
        for (const checkpoint of line) await add(store, checkpoint);
        same(await store.checkpoints.list('run-1'), line);
      });

      test('follow a checkpoint that was taken back and stored again with others', async (store) => {
        const [first, second, third] = makeLine(3) as [Checkpoint, Checkpoint, Checkpoint];
        await add(store, first);
        const thrown = new Thrown('the transaction fails');
        const work = store.unitOfWork.run(async (scope) => {
          await store.checkpoints.add(follow(first, { id: second.id, sequence: 1 }, ['lost']), [], scope);
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        await add(store, second);
        await add(store, third);
        same(await store.checkpoints.list('run-1'), [first, second, third]);
      });

      test('can not be changed by whoever was given them', async (store) => {
        for (const checkpoint of makeLine(3)) await add(store, checkpoint);
        for (const { position } of await store.checkpoints.list('run-1')) {
          assert.ok(Object.isFrozen(position.completed));
        }
      });
    });

    harness.describe('add refuses', () => {
      test('an id that is taken, in whatever execution', async (store) => {
        await add(store, makeCheckpoint());
        await rejectsWith('WAYMARK_CHECKPOINT_EXISTS', add(store, makeCheckpoint({ sequence: 1 })));
        await rejectsWith('WAYMARK_CHECKPOINT_EXISTS', add(store, makeCheckpoint({ executionId: 'run-2' })));
        same(await store.checkpoints.find('checkpoint-0'), makeCheckpoint());
      });

      test('a parent that is not there', async (store) => {
        await rejectsWith('WAYMARK_PARENT_NOT_FOUND', add(store, makeCheckpoint({ parentId: 'nowhere' })));
        assert.equal(await store.checkpoints.find('checkpoint-0'), undefined);
      });

      test('a parent of another execution', async (store) => {
        await add(store, makeCheckpoint());
        const stray = makeCheckpoint({ id: 'stray', executionId: 'run-2', parentId: 'checkpoint-0' });
        await rejectsWith('WAYMARK_PARENT_NOT_FOUND', add(store, stray));
        same(await store.checkpoints.list('run-2'), []);
      });

      test('itself as its parent', async (store) => {
        await rejectsWith('WAYMARK_PARENT_NOT_FOUND', add(store, makeCheckpoint({ parentId: 'checkpoint-0' })));
      });

      test('and stores no contents then', async (store) => {
        const content = makeContent({ rows: [1] });
        await rejectsWith('WAYMARK_PARENT_NOT_FOUND', add(store, makeCheckpoint({ parentId: 'nowhere' }), [content]));
        assert.equal((await store.checkpoints.contents([content.hash])).size, 0);
      });

      test('no parent that was added in the same transaction', async ({ unitOfWork, checkpoints }) => {
        await unitOfWork.run(async (scope) => {
          await checkpoints.add(makeCheckpoint(), [], scope);
          await checkpoints.add(makeCheckpoint({ id: 'child', parentId: 'checkpoint-0', sequence: 1 }), [], scope);
        });
        same(idsOf(await checkpoints.list('run-1')), ['checkpoint-0', 'child']);
      });
    });

    harness.describe('contents', () => {
      test('are missing until they are stored', async (store) => {
        const [a, b] = [makeContent({ rows: [1] }), makeContent('text')];
        same(sorted(await missing(store, [a, b])), sorted([a.hash, b.hash]));
        await add(store, makeCheckpoint(), [a]);
        same(sorted(await missing(store, [a, b])), [b.hash]);
        same(sorted(await missing(store, [a])), []);
        same(sorted(await missing(store, [])), []);
      });

      test('are not missing once they were added in the same transaction', async ({ unitOfWork, checkpoints }) => {
        const content = makeContent([1, 2, 3]);
        const found = await unitOfWork.run(async (scope) => {
          await checkpoints.add(makeCheckpoint(), [content], scope);
          return checkpoints.missing([content.hash], scope);
        });
        assert.equal(found.size, 0);
      });

      test('are given back by hash, without those that are not stored', async (store) => {
        const [a, b] = [makeContent({ rows: [1] }), makeContent(null)];
        await add(store, makeCheckpoint(), [a, b]);
        const found = await store.checkpoints.contents([b.hash, sha256Hex('not stored'), a.hash, a.hash]);
        same(
          sorted(found.entries(), ([hash]) => hash),
          sorted([[a.hash, a.body] as const, [b.hash, b.body] as const], ([hash]) => hash),
        );
        assert.equal((await store.checkpoints.contents([])).size, 0);
      });

      test('that are there already are left alone', async (store) => {
        const content = makeContent({ rows: [1] });
        await add(store, makeCheckpoint(), [content]);
        // A body that does not belong to the hash shows which of the two was kept.
        await add(store, makeCheckpoint({ id: 'second' }), [
          { hash: content.hash, body: '"other"' },
          makeContent('new'),
        ]);
        assert.equal((await store.checkpoints.contents([content.hash])).get(content.hash), content.body);
        assert.equal((await store.checkpoints.contents([makeContent('new').hash])).size, 1);
      });

      test('may come twice in one call', async (store) => {
        const content = makeContent('twice');
        await add(store, makeCheckpoint(), [content, content]);
        same([...(await store.checkpoints.contents([content.hash])).values()], [content.body]);
      });

      test('are kept exactly as they were written, hostile text included', async (store) => {
        const contents = [...HOSTILE_TEXT.map(makeContent), { hash: sha256Hex('odd'), body: ' {"b":1.0,\n"a":1e2} ' }];
        await add(store, makeCheckpoint(), contents);
        const found = await store.checkpoints.contents(contents.map((content) => content.hash));
        for (const content of contents) assert.equal(found.get(content.hash), content.body);
      });

      test('can be many, and large', async (store) => {
        const contents = Array.from({ length: 1_500 }, (_, index) => makeContent({ index }));
        const large = makeContent('x'.repeat(2_000_000));
        await add(store, makeCheckpoint(), [...contents, large]);
        const hashes = [...contents, large].map((content) => content.hash);
        same(sorted(await missing(store, [...contents, makeContent('not stored')])), [makeContent('not stored').hash]);
        const found = await store.checkpoints.contents(hashes);
        assert.equal(found.size, hashes.length);
        assert.equal(found.get(large.hash), large.body);
      });
    });

    harness.describe('branches', () => {
      test('are given in the order of their creation', async (store) => {
        for (const branchId of ['main', 'z', 'b', 'a', '10', '9']) await saveBranch(store, makeBranch({ branchId }));
        await saveBranch(store, makeBranch({ executionId: 'run-2', branchId: 'other' }));
        same(
          (await store.checkpoints.branches('run-1')).map((branch) => branch.branchId),
          ['main', 'z', 'b', 'a', '10', '9'],
        );
      });

      test('are given back as they were', async (store) => {
        const fork = makeBranch({
          branchId: 'fork',
          parentBranchId: 'main',
          startCheckpointId: 'checkpoint-3',
          abandoned: true,
        });
        await saveBranch(store, makeBranch());
        await saveBranch(store, fork);
        same(await store.checkpoints.branches('run-1'), [makeBranch(), fork]);
      });

      test('change their head and their mark, and keep their place', async (store) => {
        await saveBranch(store, makeBranch());
        await saveBranch(store, makeBranch({ branchId: 'second' }));
        const moved = makeBranch({ headCheckpointId: 'checkpoint-5', abandoned: true });
        await saveBranch(store, moved);
        same(await store.checkpoints.branches('run-1'), [moved, makeBranch({ branchId: 'second' })]);
        await saveBranch(store, makeBranch());
        same((await store.checkpoints.branches('run-1'))[0], makeBranch());
      });

      test('change nothing but their head and their mark', async (store) => {
        const fork = makeBranch({ branchId: 'fork', parentBranchId: 'main', startCheckpointId: 'checkpoint-3' });
        await saveBranch(store, fork);
        await saveBranch(store, makeBranch({ branchId: 'fork', headCheckpointId: 'checkpoint-5' }));
        same(await store.checkpoints.branches('run-1'), [{ ...fork, headCheckpointId: 'checkpoint-5' }]);
      });

      test('of the same name in two executions are two', async (store) => {
        await saveBranch(store, makeBranch());
        await saveBranch(store, makeBranch({ executionId: 'run-2', headCheckpointId: 'checkpoint-9' }));
        same(await store.checkpoints.branches('run-1'), [makeBranch()]);
      });
    });

    harness.describe('rollback', () => {
      test('takes back checkpoints, contents and branches', async (store) => {
        const [kept, lost] = [makeContent('kept'), makeContent('lost')];
        await add(store, makeCheckpoint(), [kept]);
        await saveBranch(store, makeBranch());
        const thrown = new Thrown('the transaction fails');
        const work = store.unitOfWork.run(async (scope) => {
          await store.checkpoints.add(
            makeCheckpoint({ id: 'lost', parentId: 'checkpoint-0', sequence: 1 }),
            [kept, lost],
            scope,
          );
          await store.checkpoints.saveBranch(makeBranch({ headCheckpointId: 'lost', abandoned: true }), scope);
          await store.checkpoints.saveBranch(makeBranch({ branchId: 'lost' }), scope);
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        same(await store.checkpoints.list('run-1'), [makeCheckpoint()]);
        assert.equal(await store.checkpoints.find('lost'), undefined);
        same([...(await store.checkpoints.contents([kept.hash, lost.hash])).keys()], [kept.hash]);
        same(await store.checkpoints.branches('run-1'), [makeBranch()]);
      });

      test('takes back a nested part alone', async ({ unitOfWork, checkpoints }) => {
        const thrown = new Thrown('the part fails');
        await unitOfWork.run(async (scope) => {
          await checkpoints.add(makeCheckpoint(), [], scope);
          const part = scope.nested(async () => {
            await checkpoints.add(makeCheckpoint({ id: 'lost' }), [makeContent('lost')], scope);
            throw thrown;
          });
          await rejectsWithSame(thrown, part);
          await checkpoints.saveBranch(makeBranch(), scope);
        });
        same(idsOf(await checkpoints.list('run-1')), ['checkpoint-0']);
        assert.equal((await checkpoints.contents([makeContent('lost').hash])).size, 0);
        assert.equal((await checkpoints.branches('run-1')).length, 1);
      });

      test('lets an id be used that was taken back', async (store) => {
        const thrown = new Thrown('the transaction fails');
        const work = store.unitOfWork.run(async (scope) => {
          await store.checkpoints.add(makeCheckpoint(), [], scope);
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        await add(store, makeCheckpoint());
        same(await store.checkpoints.list('run-1'), [makeCheckpoint()]);
      });
    });
  });
}

/** A checkpoint in which every field has a value. */
const FULL = makeCheckpoint({
  id: 'checkpoint-full',
  parentId: 'checkpoint-0',
  branchId: 'branch-2',
  sequence: 7,
  kind: 'approval',
  nodeId: 'review',
  occurrence: 3,
  position: { completed: [{ nodeId: 'fetch', occurrence: 2 }], nextNodeIds: ['publish', 'notify'] },
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

function add(store: CheckpointStore, checkpoint: Checkpoint, contents: readonly Content[] = []): Promise<void> {
  return store.unitOfWork.run((scope) => store.checkpoints.add(checkpoint, contents, scope));
}

/**
 * A checkpoint after another: nodes more are done, each of which has set a key of its own and one that all of them set.
 */
function follow(before: Checkpoint, fields: Partial<Checkpoint>, nodeIds: readonly string[]): Checkpoint {
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
function makeLine(count: number): readonly Checkpoint[] {
  const line = [makeCheckpoint({ position: { completed: Object.freeze([]), nextNodeIds: ['node-1'] } })];
  for (let sequence = 1; sequence < count; sequence += 1) {
    const before = line[sequence - 1] as Checkpoint;
    line.push(follow(before, { id: `checkpoint-${sequence}`, sequence }, [`node-${sequence}`]));
  }
  return line;
}

function saveBranch(store: CheckpointStore, branch: Branch): Promise<void> {
  return store.unitOfWork.run((scope) => store.checkpoints.saveBranch(branch, scope));
}

function missing(store: CheckpointStore, contents: readonly Content[]): Promise<ReadonlySet<string>> {
  return store.unitOfWork.run((scope) =>
    store.checkpoints.missing(
      contents.map((content) => content.hash),
      scope,
    ),
  );
}

function idsOf(checkpoints: readonly Checkpoint[]): string[] {
  return checkpoints.map((checkpoint) => checkpoint.id);
}

/** Sorted for a comparison of what has no order. */
function sorted<T>(items: Iterable<T>, key: (item: T) => string = String): readonly T[] {
  return [...items].toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
