import assert from 'node:assert/strict';
import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import { rejectsWith, same } from '../expectations.js';
import { makeBranch, makeCheckpoint, makeContent } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { add, type CheckpointStore, failAfter, follow, idsOf, makeLine, saveBranch } from './checkpoint-store.js';

export function removeTests(harness: TestHarness, test: StoreTest<CheckpointStore>): void {
  harness.describe('remove', () => {
    test('hangs those that stay on the nearest one before them that stays', async (store) => {
      const line = await addLine(store, 6);
      assert.equal(await remove(store, ['checkpoint-1', 'checkpoint-3', 'checkpoint-4']), 3);
      same(await store.checkpoints.list('run-1'), [
        line[0],
        { ...line[2], parentId: 'checkpoint-0' },
        { ...line[5], parentId: 'checkpoint-2' },
      ]);
      same(await store.checkpoints.find('checkpoint-5'), { ...line[5], parentId: 'checkpoint-2' });
      assert.equal(await store.checkpoints.find('checkpoint-4'), undefined);
    });

    test('leaves several first ones where nothing is left before them', async (store) => {
      const line = await addLine(store, 2);
      const fork = follow(line[0] as Checkpoint, { id: 'fork', sequence: 2, branchId: 'b' }, ['other']);
      await add(store, fork);
      await remove(store, ['checkpoint-0']);
      same(await store.checkpoints.list('run-1'), [
        { ...line[1], parentId: null },
        { ...fork, parentId: null },
      ]);
    });

    for (const every of [2, 3, 5, 16, 17]) {
      test(`keeps the lists of those that stay, when each but every ${every}th goes, and is gone on from`, async (store) => {
        const line = await addLine(store, 300);
        const kept = line.filter(({ sequence }) => sequence % every === 0);
        await remove(
          store,
          line.filter((checkpoint) => !kept.includes(checkpoint)).map(({ id }) => id),
        );
        const hung = kept.map((checkpoint, index) => ({ ...checkpoint, parentId: kept[index - 1]?.id ?? null }));
        same(await store.checkpoints.list('run-1'), hung);
        for (const checkpoint of hung) same(await store.checkpoints.find(checkpoint.id), checkpoint);
        const next = follow(hung.at(-1) as Checkpoint, { id: 'next', sequence: 300 }, ['next']);
        await add(store, next);
        same(await store.checkpoints.find('next'), next);
        same(await store.checkpoints.list('run-1'), [...hung, next]);
      });
    }

    test('passes over what is not there, and what is another execution’s', async (store) => {
      await addLine(store, 2);
      await add(store, makeCheckpoint({ id: 'other', executionId: 'run-2' }));
      assert.equal(await remove(store, ['nowhere', 'other', '__proto__']), 0);
      assert.equal(await remove(store, []), 0);
      same(idsOf(await store.checkpoints.list('run-1')), ['checkpoint-0', 'checkpoint-1']);
      same(idsOf(await store.checkpoints.list('run-2')), ['other']);
    });

    test('lets nothing follow what is gone, and lets its id be used again', async (store) => {
      const line = await addLine(store, 3);
      await remove(store, ['checkpoint-2']);
      const child = makeCheckpoint({ id: 'child', sequence: 3, parentId: 'checkpoint-2' });
      await rejectsWith('WAYMARK_PARENT_NOT_FOUND', add(store, child));
      await add(store, line[2] as Checkpoint);
      same(await store.checkpoints.list('run-1'), line);
    });

    test('leaves branches and contents alone', async (store) => {
      const content = makeContent('kept');
      await add(store, makeCheckpoint(), [content]);
      await saveBranch(store, makeBranch());
      await remove(store, ['checkpoint-0']);
      same(await store.checkpoints.branches('run-1'), [makeBranch()]);
      assert.equal((await store.checkpoints.contents([content.hash])).size, 1);
    });

    test('is taken back with its transaction', async (store) => {
      const line = await addLine(store, 40);
      await failAfter(store, async (scope) => {
        await store.checkpoints.remove('run-1', idsOf(line.slice(3, 20)), scope);
        await store.checkpoints.removeExecution('run-1', scope);
      });
      same(await store.checkpoints.list('run-1'), line);
      const next = follow(line.at(-1) as Checkpoint, { id: 'next', sequence: 40 }, ['next']);
      await add(store, next);
      same(await store.checkpoints.find('next'), next);
    });

    test('is seen by those who read in its transaction', async (store) => {
      await addLine(store, 3);
      await saveBranch(store, makeBranch());
      await store.unitOfWork.run(async (scope) => {
        await store.checkpoints.remove('run-1', ['checkpoint-1'], scope);
        same(idsOf(await store.checkpoints.list('run-1', scope)), ['checkpoint-0', 'checkpoint-2']);
        assert.equal(await store.checkpoints.find('checkpoint-1', scope), undefined);
        await store.checkpoints.removeExecution('run-1', scope);
        same(await store.checkpoints.branches('run-1', scope), []);
      });
    });
  });

  harness.describe('removeExecution', () => {
    test('removes the tree and the branches of one execution', async (store) => {
      await addLine(store, 3);
      await saveBranch(store, makeBranch());
      await add(store, makeCheckpoint({ id: 'other', executionId: 'run-2' }));
      await saveBranch(store, makeBranch({ executionId: 'run-2', headCheckpointId: 'other' }));
      assert.equal(await removeExecution(store, 'run-1'), 3);
      assert.equal(await removeExecution(store, 'run-1'), 0);
      same(await store.checkpoints.list('run-1'), []);
      same(await store.checkpoints.branches('run-1'), []);
      same(idsOf(await store.checkpoints.list('run-2')), ['other']);
      same(await store.checkpoints.executionIds(10), ['run-2']);
    });
  });

  harness.describe('executionIds', () => {
    test('gives those that have checkpoints, in the order of code points, some at a time', async (store) => {
      const ids = ['b', 'a', 'B', 'é', 'Z', '\u{1F600}', '\uFF5E'];
      for (const id of ids) await add(store, makeCheckpoint({ id: `checkpoint of ${id}`, executionId: id }));
      await add(store, makeCheckpoint({ id: 'second', executionId: 'a', sequence: 1 }));
      const sorted = ['B', 'Z', 'a', 'b', 'é', '\uFF5E', '\u{1F600}'];
      same(await store.checkpoints.executionIds(10), sorted);
      same(await store.checkpoints.executionIds(2), ['B', 'Z']);
      same(await store.checkpoints.executionIds(3, 'Z'), ['a', 'b', 'é']);
      same(await store.checkpoints.executionIds(3, '\u{1F600}'), []);
    });
  });
}

async function addLine(store: CheckpointStore, count: number): Promise<readonly Checkpoint[]> {
  const line = makeLine(count);
  await store.unitOfWork.run(async (scope) => {
    for (const checkpoint of line) await store.checkpoints.add(checkpoint, [], scope);
  });
  return line;
}

function remove(store: CheckpointStore, ids: readonly string[]): Promise<number> {
  return store.unitOfWork.run((scope) => store.checkpoints.remove('run-1', ids, scope));
}

function removeExecution(store: CheckpointStore, executionId: string): Promise<number> {
  return store.unitOfWork.run((scope) => store.checkpoints.removeExecution(executionId, scope));
}
