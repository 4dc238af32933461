import assert from 'node:assert/strict';
import { EMPTY_ROOT } from '../domain/audit/integrity/merkle-tree.js';
import { SigningKey } from '../domain/audit/integrity/signing-key.js';
import { makeStoredSeal } from '../domain/audit/integrity/stored-seal.js';
import type { SealRepository, StoredSeal } from '../domain/audit/seal.repository.port.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWithSame, same, Thrown } from './expectations.js';
import { type StoreFactory, type StoreUnderTest, storeTests, type TestHarness } from './harness.js';

/** Seals, and the transactions in which they are kept. */
export interface SealStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly seals: SealRepository;
}

const KEY = SigningKey.fromSeed('example.com/log', Buffer.alloc(32, 1));

/** A seal of so many entries. What it says of them does not matter here. */
function sealOf(size: number, second = 0): StoredSeal {
  const rootHash = EMPTY_ROOT.toString('hex');
  const head = { size, rootHash: size === 0 ? rootHash : rootHash.replaceAll('e', 'f') };
  return makeStoredSeal(head, KEY, { sealedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString() });
}

/**
 * The contract of `SealRepository`, as tests.
 *
 * @example
 * sealRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   seals: new InMemorySealRepository(),
 *   close: async () => {},
 * }));
 */
export function sealRepositoryContract(harness: TestHarness, makeStore: StoreFactory<SealStore>): void {
  const test = storeTests(harness, makeStore);
  const save = (store: SealStore, ...seals: readonly StoredSeal[]): Promise<void> =>
    store.unitOfWork.run(async (scope) => {
      for (const seal of seals) await store.seals.save(seal, scope);
    });

  harness.describe('SealRepository', () => {
    test('begins without seals', async ({ seals }) => {
      assert.equal(await seals.latest(), undefined);
      assert.equal(await seals.find('none'), undefined);
      assert.equal(await seals.findBySize(0), undefined);
      same(await seals.list({ limit: 10 }), []);
    });

    test('gives a seal exactly as it was kept: by its id, by its size, and as the latest', async (store) => {
      const [first, second] = [sealOf(5), sealOf(12)];
      await save(store, first, second);
      same(await store.seals.find(first.id), first);
      same(await store.seals.findBySize(5), first);
      same(await store.seals.latest(), second);
      assert.equal(await store.seals.findBySize(6), undefined);
    });

    test('has the one as latest that covers the most, in whatever order they came', async (store) => {
      const [large, small] = [sealOf(3_000_000_000), sealOf(7)];
      await save(store, large);
      await save(store, small);
      same(await store.seals.latest(), large);
    });

    test('lists them in the order of their sizes, page by page', async (store) => {
      const all = [sealOf(0), sealOf(9), sealOf(10), sealOf(100), sealOf(100, 1), sealOf(101)];
      await save(store, ...all.toReversed());
      const [twins, others] = [all.slice(3, 5).toSorted((a, b) => (a.id < b.id ? -1 : 1)), all.toSpliced(3, 2)];
      const expected = [...others.slice(0, 3), ...twins, ...others.slice(3)];
      same(await store.seals.list({ limit: 100 }), expected);
      const pages: StoredSeal[] = [];
      for (let after: StoredSeal | undefined; pages.length < expected.length;) {
        const page = await store.seals.list({ limit: 2, ...(after === undefined ? {} : { after }) });
        assert.equal(page.length, 2);
        pages.push(...page);
        after = page.at(-1);
      }
      same(pages, expected);
      same(await store.seals.list({ limit: 2, after: expected.at(-1) as StoredSeal }), []);
    });

    test('keeps a seal once', async (store) => {
      const seal = sealOf(4);
      await save(store, seal);
      await save(store, seal);
      same(await store.seals.list({ limit: 10 }), [seal]);
    });

    test('keeps nothing of a transaction that failed', async (store) => {
      const thrown = new Thrown('the transaction fails');
      const work = store.unitOfWork.run(async (scope) => {
        await store.seals.save(sealOf(4), scope);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      assert.equal(await store.seals.latest(), undefined);
    });
  });
}
