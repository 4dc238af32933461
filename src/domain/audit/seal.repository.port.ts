import type { TransactionScope } from '../shared/transaction.js';
import type { Seal } from './integrity/seal.js';

/** A seal as a store keeps it. Its columns follow from its note, and its id too. */
export type StoredSeal = Seal & { readonly id: string };

/** Which seals to list: in the order of their sizes, and of their ids where two cover the same. */
export interface SealPage {
  /** Seals after this one. */
  readonly after?: Pick<StoredSeal, 'size' | 'id'>;
  /** How many at most. */
  readonly limit: number;
}

/**
 * Where the seals of a log are kept. There is no update and no delete.
 *
 * They are given as they are stored: `checkStoredSeal` finds out whether one is what was written.
 */
export interface SealRepository {
  /** Keeps a seal. One whose id is there already is not kept again. */
  save(seal: StoredSeal, scope: TransactionScope): Promise<void>;

  /** The seal that covers the most entries, or `undefined`. */
  latest(): Promise<StoredSeal | undefined>;

  /** The seal of an id, or `undefined`. */
  find(id: string): Promise<StoredSeal | undefined>;

  /** A seal that covers so many entries, or `undefined`. */
  findBySize(size: number): Promise<StoredSeal | undefined>;

  /** Seals, those that cover less first. */
  list(page: SealPage): Promise<readonly StoredSeal[]>;
}
