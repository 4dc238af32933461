import assert from 'node:assert/strict';
import type { VerbKey, VerbKeyRepository } from '../domain/execution/verb-key.repository.port.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWithSame, same, Thrown } from './expectations.js';
import { type StoreFactory, type StoreUnderTest, storeTests, type TestHarness } from './harness.js';

/** Keys of verbs, and the transactions in which they are kept. */
export interface VerbKeyStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly verbKeys: VerbKeyRepository;
}

function makeKey(key: string, part: Partial<VerbKey> = {}): VerbKey {
  const usedAt = '2026-01-01T00:00:00.000Z';
  return { key, verb: 'cancel', executionId: 'run-1', digest: 'ab'.repeat(32), result: null, usedAt, ...part };
}

/**
 * The contract of `VerbKeyRepository`, as tests.
 *
 * @example
 * verbKeyRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   verbKeys: new InMemoryVerbKeyRepository(),
 *   close: async () => {},
 * }));
 */
export function verbKeyRepositoryContract(harness: TestHarness, makeStore: StoreFactory<VerbKeyStore>): void {
  const test = storeTests(harness, makeStore);
  const add = ({ unitOfWork, verbKeys }: VerbKeyStore, entry: VerbKey): Promise<boolean> =>
    unitOfWork.run((scope) => verbKeys.add(entry, scope));

  harness.describe('VerbKeyRepository', () => {
    test('gives what was kept under a key exactly as it was kept', async (store) => {
      const result = {
        status: 'cancelled',
        reason: 'a "quoted" – reason',
        list: [1, null, { deep: true }],
        __proto__: 1,
      };
      const entry = makeKey('key/1 ü', { result });
      assert.equal(await add(store, entry), true);
      same(await store.verbKeys.find('key/1 ü'), entry);
      assert.equal(await store.verbKeys.find('KEY/1 ü'), undefined);
    });

    test('keeps a key once: the first one stays', async (store) => {
      await add(store, makeKey('one', { result: 1 }));
      assert.equal(await add(store, makeKey('one', { result: 2, verb: 'pause' })), false);
      same(await store.verbKeys.find('one'), makeKey('one', { result: 1 }));
    });

    test('keeps one of two that come at the same time', async (store) => {
      const kept = await Promise.all([1, 2, 3].map((result) => add(store, makeKey('one', { result }))));
      assert.equal(kept.filter(Boolean).length, 1);
      same(await store.verbKeys.find('one'), makeKey('one', { result: kept.indexOf(true) + 1 }));
    });

    test('shows a transaction what it has written, and keeps nothing of one that failed', async (store) => {
      const thrown = new Thrown('the transaction fails');
      const work = store.unitOfWork.run(async (scope) => {
        await store.verbKeys.add(makeKey('one'), scope);
        same(await store.verbKeys.find('one', scope), makeKey('one'));
        assert.equal(await store.verbKeys.add(makeKey('one'), scope), false);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      assert.equal(await store.verbKeys.find('one'), undefined);
      assert.equal(await add(store, makeKey('one')), true);
    });

    test('takes back a part of a transaction alone', async (store) => {
      await store.unitOfWork.run(async (scope) => {
        await store.verbKeys.add(makeKey('kept'), scope);
        const thrown = new Thrown('the part fails');
        const part = scope.nested(async () => {
          await store.verbKeys.add(makeKey('lost'), scope);
          throw thrown;
        });
        await rejectsWithSame(thrown, part);
      });
      same(await store.verbKeys.find('kept'), makeKey('kept'));
      assert.equal(await store.verbKeys.find('lost'), undefined);
    });

    test('removes the keys of an execution, and no other', async (store) => {
      for (const key of ['a', 'b']) await add(store, makeKey(key));
      await add(store, makeKey('c', { executionId: 'run-2' }));
      const thrown = new Thrown('the transaction fails');
      const failing = store.unitOfWork.run(async (scope) => {
        await store.verbKeys.removeExecution('run-1', scope);
        throw thrown;
      });
      await rejectsWithSame(thrown, failing);
      same(await store.verbKeys.find('a'), makeKey('a'));
      await store.unitOfWork.run((scope) => store.verbKeys.removeExecution('run-1', scope));
      assert.equal(await store.verbKeys.find('a'), undefined);
      assert.equal(await store.verbKeys.find('b'), undefined);
      same(await store.verbKeys.find('c'), makeKey('c', { executionId: 'run-2' }));
      assert.equal(await add(store, makeKey('a')), true);
    });
  });
}
