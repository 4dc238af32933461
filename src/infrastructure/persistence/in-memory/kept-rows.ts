import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** Rows in memory by their key, frozen, whose changes are taken back with their transaction. */
export class KeptRows<Row extends object> {
  readonly #rows = new Map<string, Row>();

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** In ascending order of their keys. */
  all(): readonly Row[] {
    return [...this.#rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }

  put(key: string, row: Row, scope: TransactionScope): void {
    const before = this.#rows.get(key);
    this.#rows.set(key, Object.freeze(structuredClone(row)));
    scope.onRollback(() => this.#putBack(key, before));
  }

  delete(key: string, scope: TransactionScope): boolean {
    const before = this.#rows.get(key);
    if (before === undefined) return false;
    this.#rows.delete(key);
    scope.onRollback(() => this.#putBack(key, before));
    return true;
  }

  #putBack(key: string, before: Row | undefined): void {
    if (before === undefined) this.#rows.delete(key);
    else this.#rows.set(key, before);
  }
}
