/**
 * What a contract suite needs of a test runner. Jest, Vitest, Mocha and node:test all have it.
 *
 * @example
 * import { describe, it } from 'node:test';
 * auditLogRepositoryContract({ describe, it }, makeStore);
 */
export interface TestHarness {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

/** A store that is made for one test and closed after it. */
export interface StoreUnderTest {
  /** Releases what the store holds, files included. */
  close(): Promise<void>;
}

/** Makes a new, empty store for each test. */
export type StoreFactory<Store extends StoreUnderTest> = () => Promise<Store>;

/** Declares a test that is given a store of its own. */
export type StoreTest<Store> = (name: string, body: (store: Store) => Promise<void>) => void;

/** A function that declares tests: each gets a new store, which is closed whatever happens. */
export function storeTests<Store extends StoreUnderTest>(
  harness: TestHarness,
  makeStore: StoreFactory<Store>,
): StoreTest<Store> {
  return (name, body) => {
    harness.it(name, async () => {
      const store = await makeStore();
      try {
        await body(store);
      } finally {
        await store.close();
      }
    });
  };
}
