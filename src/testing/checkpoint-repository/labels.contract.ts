import assert from 'node:assert/strict';
import { rejectsWith, same } from '../expectations.js';
import { HOSTILE_STRINGS, makeCheckpoint } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { add, type CheckpointStore, failAfter, makeLine } from './checkpoint-store.js';

export function labelTests(harness: TestHarness, test: StoreTest<CheckpointStore>): void {
  harness.describe('labels', () => {
    test('are given, changed and taken away, and nothing else changes', async (store) => {
      const line = makeLine(3);
      for (const checkpoint of line) await add(store, checkpoint);
      const [, second] = line;
      for (const label of ['first try', 'second try', null]) {
        await setLabel(store, 'checkpoint-1', label);
        same(await store.checkpoints.find('checkpoint-1'), { ...second, label });
        same(await store.checkpoints.list('run-1'), [line[0], { ...second, label }, line[2]]);
      }
    });

    test('find their checkpoint, in their own execution', async (store) => {
      await add(store, makeCheckpoint({ label: 'best' }));
      await add(store, makeCheckpoint({ id: 'other', executionId: 'run-2', label: 'best' }));
      assert.equal((await store.checkpoints.findLabelled('run-1', 'best'))?.id, 'checkpoint-0');
      assert.equal((await store.checkpoints.findLabelled('run-2', 'best'))?.id, 'other');
      assert.equal(await store.checkpoints.findLabelled('run-1', 'Best'), undefined);
      assert.equal(await store.checkpoints.findLabelled('run-3', 'best'), undefined);
    });

    test('are refused where another checkpoint of the execution has them', async (store) => {
      await add(store, makeCheckpoint({ label: 'best' }));
      await add(store, makeCheckpoint({ id: 'second', sequence: 1, parentId: 'checkpoint-0' }));
      await rejectsWith('WAYMARK_LABEL_TAKEN', setLabel(store, 'second', 'best'));
      const third = makeCheckpoint({ id: 'third', sequence: 2, parentId: 'second', label: 'best' });
      await rejectsWith('WAYMARK_LABEL_TAKEN', add(store, third));
      await setLabel(store, 'checkpoint-0', 'best');
      await setLabel(store, 'checkpoint-0', null);
      await setLabel(store, 'second', 'best');
      assert.equal((await store.checkpoints.findLabelled('run-1', 'best'))?.id, 'second');
    });

    test('are refused for a checkpoint that is not there', async (store) => {
      await rejectsWith('WAYMARK_CHECKPOINT_NOT_FOUND', setLabel(store, 'nowhere', 'best'));
    });

    test('may be any text', async (store) => {
      for (const [sequence, label] of HOSTILE_STRINGS.entries()) {
        await add(store, makeCheckpoint({ id: `checkpoint-${sequence}`, sequence, label }));
      }
      for (const [sequence, label] of HOSTILE_STRINGS.entries()) {
        assert.equal((await store.checkpoints.findLabelled('run-1', label))?.id, `checkpoint-${sequence}`);
      }
    });

    test('are taken back with their transaction', async (store) => {
      await add(store, makeCheckpoint({ label: 'before' }));
      await failAfter(store, (scope) => store.checkpoints.label('checkpoint-0', 'after', scope));
      same(await store.checkpoints.find('checkpoint-0'), makeCheckpoint({ label: 'before' }));
    });
  });
}

function setLabel(store: CheckpointStore, checkpointId: string, label: string | null): Promise<void> {
  return store.unitOfWork.run((scope) => store.checkpoints.label(checkpointId, label, scope));
}
