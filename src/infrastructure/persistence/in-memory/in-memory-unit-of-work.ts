import type { TransactionScope, UnitOfWork } from '../../../domain/shared/transaction.js';

/** Transactions over what is kept in memory: one after another, and taken back action by action when they fail. */
export class InMemoryUnitOfWork implements UnitOfWork {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => new UndoScope().nested((scope) => work(scope)));
    // The next transaction waits for this one, however it ends; its failure is its caller's.
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** Remembers how to take back what was done. */
class UndoScope implements TransactionScope {
  readonly #undo: (() => void)[] = [];

  onRollback(undo: () => void): void {
    this.#undo.push(undo);
  }

  async nested<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    const before = this.#undo.length;
    try {
      return await work(this);
    } catch (error) {
      for (const undo of this.#undo.splice(before).reverse()) undo();
      throw error;
    }
  }
}
