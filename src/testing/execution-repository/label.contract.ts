import assert from 'node:assert/strict';
import { rejectsWithSame, same, Thrown } from '../expectations.js';
import { makeSnapshot } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { type ExecutionStore, save } from './execution-store.js';

/** Labels: a part of the contract of `ExecutionRepository`. */
export function labelContract(harness: TestHarness, test: StoreTest<ExecutionStore>): void {
  const label = ({ unitOfWork, executions }: ExecutionStore, id: string, text: string | null): Promise<boolean> =>
    unitOfWork.run((scope) => executions.label(id, text, scope));

  harness.describe('label', () => {
    test('names an execution, and takes its name away', async (store) => {
      await save(store, makeSnapshot());
      await save(store, makeSnapshot({ id: 'run-2' }));
      assert.equal(await label(store, 'run-1', 'nightly "import" ü'), true);
      same(await store.executions.find('run-1'), { ...makeSnapshot(), version: 1, label: 'nightly "import" ü' });
      assert.equal(await label(store, 'run-1', null), true);
      same(await store.executions.find('run-1'), { ...makeSnapshot(), version: 1 });
      same((await store.executions.find('run-2'))?.label, null);
      assert.equal(await label(store, 'no-such-run', 'x'), false);
    });

    test('does not disturb whoever runs it, and stays through what that one saves', async (store) => {
      await save(store, makeSnapshot({ label: 'at first' }));
      await label(store, 'run-1', 'later');
      await save(store, makeSnapshot({ version: 1, label: 'at first', status: 'running' }));
      const found = await store.executions.find('run-1');
      same([found?.label, found?.status, found?.version], ['later', 'running', 2]);
    });

    test('is taken back with its transaction', async (store) => {
      await save(store, makeSnapshot({ label: 'kept' }));
      const thrown = new Thrown('the transaction fails');
      const work = store.unitOfWork.run(async (scope) => {
        await store.executions.label('run-1', 'lost', scope);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      assert.equal((await store.executions.find('run-1'))?.label, 'kept');
    });
  });
}
