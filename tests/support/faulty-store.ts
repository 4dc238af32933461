import {
  InMemoryStore,
  InMemoryUnitOfWork,
  type Store,
  type TransactionScope,
  type UnitOfWork,
  WaymarkError,
} from '../../src/index.js';

/**
 * A store in memory whose transactions fail when the test says so: at the very end, when everything has been written.
 */
export class FaultyStore implements Store {
  readonly unitOfWork = new FaultyUnitOfWork();
  readonly #inner = new InMemoryStore();
  readonly auditLog = this.#inner.auditLog;
  readonly executions = this.#inner.executions;
  readonly checkpoints = this.#inner.checkpoints;
  readonly deadLetters = this.#inner.deadLetters;

  open(): Promise<void> {
    return this.#inner.open();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  describe(): ReturnType<Store['describe']> {
    return this.#inner.describe();
  }
}

/** Counts transactions, and takes back those that are to fail. */
export class FaultyUnitOfWork implements UnitOfWork {
  readonly #inner = new InMemoryUnitOfWork();
  /** How many transactions were begun. */
  begun = 0;
  /** Whether the n-th transaction, from 1, fails. */
  fails: (transaction: number) => boolean = () => false;
  /** What a transaction that fails throws. */
  error: () => WaymarkError = storeDown;
  /** Waited for before the n-th transaction is committed. */
  hold: (transaction: number) => Promise<void> | undefined = () => undefined;

  run<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    this.begun += 1;
    const transaction = this.begun;
    return this.#inner.run(async (scope) => {
      const result = await work(scope);
      await this.hold(transaction);
      if (this.fails(transaction)) throw this.error();
      return result;
    });
  }
}

/** What a store throws that is not there. */
export function storeDown(): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_UNAVAILABLE', 'The disk is gone.');
}
