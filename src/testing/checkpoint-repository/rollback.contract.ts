import assert from 'node:assert/strict';
import { rejectsWithSame, Thrown, same } from '../expectations.js';
import { makeBranch, makeCheckpoint, makeContent } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { add, saveBranch, idsOf, type CheckpointStore } from './checkpoint-store.js';

export function rollbackTests(harness: TestHarness, test: StoreTest<CheckpointStore>): void {
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
}
