import type { SealPage, SealRepository, StoredSeal } from '../../../domain/audit/seal.repository.port.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** Seals in memory. */
export class InMemorySealRepository implements SealRepository {
  /** In the order in which they are listed. */
  #seals: readonly StoredSeal[] = [];

  save(seal: StoredSeal, scope: TransactionScope): Promise<void> {
    const before = this.#seals;
    if (before.some(({ id }) => id === seal.id)) return Promise.resolve();
    this.#seals = [...before, seal].toSorted(inOrder);
    scope.onRollback(() => {
      this.#seals = before;
    });
    return Promise.resolve();
  }

  latest(): Promise<StoredSeal | undefined> {
    return Promise.resolve(this.#seals.at(-1));
  }

  find(id: string): Promise<StoredSeal | undefined> {
    return Promise.resolve(this.#seals.find((seal) => seal.id === id));
  }

  findBySize(size: number): Promise<StoredSeal | undefined> {
    return Promise.resolve(this.#seals.findLast((seal) => seal.size === size));
  }

  list({ after, limit }: SealPage): Promise<readonly StoredSeal[]> {
    const rest = after === undefined ? this.#seals : this.#seals.filter((seal) => inOrder(seal, after) > 0);
    return Promise.resolve(rest.slice(0, limit));
  }
}

type Place = Pick<StoredSeal, 'size' | 'id'>;

function inOrder(one: Place, other: Place): number {
  if (one.size !== other.size) return one.size - other.size;
  if (one.id === other.id) return 0;
  return one.id < other.id ? -1 : 1;
}
