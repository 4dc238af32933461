import assert from 'node:assert/strict';
import { rejectsWith, same } from '../expectations.js';
import { HOSTILE_STRINGS, makeCheckpoint, makeContent } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { FULL, add, idsOf, makeLine, type CheckpointStore } from './checkpoint-store.js';

export function addTests(harness: TestHarness, test: StoreTest<CheckpointStore>): void {
  harness.describe('add, find and list', () => {
    test('gives undefined for a checkpoint that is not there, and empty lists for its execution', async ({
      checkpoints,
    }) => {
      for (const id of ['no-such-checkpoint', '__proto__', "' OR '1'='1"]) {
        assert.equal(await checkpoints.find(id), undefined);
        assert.equal(await checkpoints.stateHashOf(id), undefined);
        same(await checkpoints.list(id), []);
        same(await checkpoints.branches(id), []);
      }
    });

    test('gives back every field as it was', async (store) => {
      await add(store, makeCheckpoint());
      await add(store, FULL);
      same(await store.checkpoints.find('checkpoint-0'), makeCheckpoint());
      same(await store.checkpoints.find(FULL.id), FULL);
      assert.equal(await store.checkpoints.stateHashOf(FULL.id), FULL.stateHash);
      const inTransaction = makeCheckpoint({ id: 'new', executionId: 'run-3', stateHash: 'c'.repeat(64) });
      await store.unitOfWork.run(async (scope) => {
        await store.checkpoints.add(inTransaction, [], scope);
        assert.equal(await store.checkpoints.stateHashOf('new', scope), inTransaction.stateHash);
      });
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

    test('finds several in the order of their ids, however far apart, without those that are not there', async (store) => {
      const line = makeLine(80);
      for (const checkpoint of line) await add(store, checkpoint);
      await add(store, makeCheckpoint({ id: 'other', executionId: 'run-2' }));
      const wanted = ['checkpoint-70', 'no-such', 'checkpoint-3', 'other', 'checkpoint-0', 'checkpoint-71'];
      const found = await store.checkpoints.findAll(wanted);
      same(idsOf(found), ['checkpoint-70', 'checkpoint-3', 'other', 'checkpoint-0', 'checkpoint-71']);
      same(found[0], line[70]);
      same(found[4], line[71]);
      same(await store.checkpoints.findAll([]), []);
      const all = await store.checkpoints.findAll(line.map(({ id }) => id));
      same(all, line);
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
}
