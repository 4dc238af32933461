import assert from 'node:assert/strict';
import { WaymarkError } from '../../domain/shared/errors.js';
import { rejectsWith, same } from '../expectations.js';
import { makeBranch } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { saveBranch, type CheckpointStore } from './checkpoint-store.js';

export function branchTests(harness: TestHarness, test: StoreTest<CheckpointStore>): void {
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

    test('move from where they were expected to stand', async (store) => {
      await saveBranch(store, makeBranch(), null);
      await saveBranch(store, makeBranch({ headCheckpointId: 'checkpoint-1' }), 'checkpoint-0');
      same(await store.checkpoints.branches('run-1'), [makeBranch({ headCheckpointId: 'checkpoint-1' })]);
    });

    test('are refused to one of two who found them in the same place, who is told where they stand', async (store) => {
      await saveBranch(store, makeBranch());
      const writers = ['ada', 'bob'].map((id) =>
        saveBranch(store, makeBranch({ headCheckpointId: id }), 'checkpoint-0'),
      );
      const [first, second] = await Promise.allSettled(writers);
      assert.equal(first?.status, 'fulfilled');
      assert.equal(second?.status, 'rejected');
      assert.ok(WaymarkError.is(second.reason, 'WAYMARK_BRANCH_CONFLICT'));
      same(second.reason.details, {
        executionId: 'run-1',
        branchId: 'main',
        expectedHeadCheckpointId: 'checkpoint-0',
        actualHeadCheckpointId: 'ada',
      });
      same(await store.checkpoints.branches('run-1'), [makeBranch({ headCheckpointId: 'ada' })]);
    });

    test('are refused to whoever makes one that is there, or moves one that is not', async (store) => {
      await rejectsWith('WAYMARK_BRANCH_CONFLICT', saveBranch(store, makeBranch(), 'checkpoint-0'));
      same(await store.checkpoints.branches('run-1'), []);
      await saveBranch(store, makeBranch());
      await rejectsWith('WAYMARK_BRANCH_CONFLICT', saveBranch(store, makeBranch(), null));
    });
  });
}
