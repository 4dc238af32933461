import type { VerbKey, VerbKeyRepository } from '../../../domain/execution/verb-key.repository.port.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** Keys of verbs in memory. */
export class InMemoryVerbKeyRepository implements VerbKeyRepository {
  readonly #keys = new Map<string, VerbKey>();

  add(entry: VerbKey, scope: TransactionScope): Promise<boolean> {
    if (this.#keys.has(entry.key)) return Promise.resolve(false);
    this.#keys.set(entry.key, Object.freeze({ ...entry }));
    scope.onRollback(() => this.#keys.delete(entry.key));
    return Promise.resolve(true);
  }

  find(key: string): Promise<VerbKey | undefined> {
    return Promise.resolve(this.#keys.get(key));
  }

  removeExecution(executionId: string, scope: TransactionScope): Promise<void> {
    const removed = [...this.#keys.values()].filter((entry) => entry.executionId === executionId);
    for (const { key } of removed) this.#keys.delete(key);
    scope.onRollback(() => {
      for (const entry of removed) this.#keys.set(entry.key, entry);
    });
    return Promise.resolve();
  }
}
