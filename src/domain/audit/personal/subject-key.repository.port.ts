import type { TransactionScope } from '../../shared/transaction.js';
import type { SubjectKeyRecord } from './subject-key.js';

/**
 * Where the keys of people are kept. Only `destroy` takes anything away, and it leaves a tombstone: whose key was
 * destroyed stays known, so that none is made again by accident.
 *
 * An implementation is held to its contract by `subjectKeyRepositoryContract` of `waymark/testing`.
 */
export interface SubjectKeyRepository {
  /** A random text that is this store's alone and never changes. Pseudonyms are made with it. */
  salt(scope?: TransactionScope): Promise<string>;

  /**
   * How often keys were destroyed here, by any process. Who keeps keys in memory compares it, so that it never uses one
   * that is gone.
   */
  revision(scope?: TransactionScope): Promise<number>;

  /** The newest key of each of those people that has one, destroyed or not, by `subjectId`. */
  newest(subjectIds: readonly string[], scope?: TransactionScope): Promise<ReadonlyMap<string, SubjectKeyRecord>>;

  /** Keys by their ids. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKeyRecord>>;

  /** Every key of a person, the oldest first. */
  ofSubject(subjectId: string, scope?: TransactionScope): Promise<readonly SubjectKeyRecord[]>;

  /** Keeps a new key. */
  add(key: SubjectKeyRecord, scope: TransactionScope): Promise<void>;

  /**
   * Takes the bytes of a person's keys away, and counts it. What is destroyed already stays as it is.
   *
   * @returns the keys that were destroyed by this call
   */
  destroy(subjectId: string, destroyedAt: string, scope: TransactionScope): Promise<readonly SubjectKeyRecord[]>;

  /**
   * Takes the bytes of destroyed keys out of whatever the store keeps beside its tables. Called after the commit.
   *
   * @returns whether it is done; `false` while somebody still reads what was before
   */
  purge(): Promise<boolean>;
}
