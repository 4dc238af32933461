import assert from 'node:assert/strict';
import type { Store } from '../application/store/store.port.js';
import { same } from './expectations.js';
import { makeDraft } from './fixtures.js';
import type { TestHarness } from './harness.js';

/** A store that was not opened yet, and what is to be removed after the test. */
export interface UnopenedStore {
  readonly store: Store;
  /** Called when the store is closed. */
  remove?(): Promise<void> | void;
}

/**
 * The contract of {@link Store}, as tests: its life. What its repositories promise has suites of its own.
 *
 * @example
 * storeContract({ describe, it }, async () => ({ store: new InMemoryStore() }));
 */
export function storeContract(harness: TestHarness, makeStore: () => Promise<UnopenedStore>): void {
  const test = (name: string, body: (store: Store) => Promise<void>): void => {
    harness.it(name, async () => {
      const made = await makeStore();
      const { store } = made;
      try {
        await body(store);
      } finally {
        await store.close();
        await made.remove?.();
      }
    });
  };

  harness.describe('Store', () => {
    test('opens once, however often and however fast it is asked to', async (store) => {
      await Promise.all([store.open(), store.open()]);
      await store.open();
      await store.unitOfWork.run((scope) => store.auditLog.append([makeDraft({ id: 'one' })], scope));
      await store.open();
      assert.equal((await store.auditLog.head()).size, 1);
    });

    test('closes once, however often it is asked to, and though it was never opened', async (store) => {
      await store.close();
      await Promise.all([store.close(), store.close()]);
    });

    test('waits, when it is closed, for a transaction that was begun', async (store) => {
      await store.open();
      const steps: string[] = [];
      const work = store.unitOfWork.run(async (scope) => {
        await store.auditLog.append([makeDraft()], scope);
        steps.push('written');
      });
      await Promise.all([work, store.close().then(() => steps.push('closed'))]);
      assert.ok(steps.includes('written'));
    });

    test('describes itself in facts, each with a name, a value and a level', async (store) => {
      await store.open();
      const facts = await store.describe();
      assert.ok(facts.length > 0);
      for (const { name, value, level } of facts) {
        assert.ok(name !== '' && value !== '');
        assert.ok(['ok', 'note', 'problem'].includes(level));
      }
      same(
        facts.filter(({ level }) => level === 'problem'),
        [],
      );
    });
  });
}
