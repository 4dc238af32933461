import type { JsonValue } from '../shared/json.js';
import type { TransactionScope } from '../shared/transaction.js';

/** A verb that was done under a key of the caller's. */
export interface VerbKey {
  /** The caller's key: one namespace in a store. */
  readonly key: string;
  /** Which verb it was. */
  readonly verb: string;
  /** The execution that it was done to, or that it made. */
  readonly executionId: string;
  /** SHA-256 of the verb's arguments, in hexadecimal: the same key with others is a mistake. */
  readonly digest: string;
  /** What the verb gave. */
  readonly result: JsonValue;
  /** When it was done, as ISO 8601 in UTC. */
  readonly usedAt: string;
}

/**
 * Where keys of verbs are kept: each in the transaction of what was done under it. An implementation is held to its
 * contract by `verbKeyRepositoryContract` of `waymark/testing`.
 */
export interface VerbKeyRepository {
  /**
   * Keeps a key.
   *
   * @returns `false`, and nothing was kept, when it is taken
   */
  add(entry: VerbKey, scope: TransactionScope): Promise<boolean>;

  /**
   * What was done under a key, or `undefined`.
   *
   * @param scope a transaction, to see what it has written
   */
  find(key: string, scope?: TransactionScope): Promise<VerbKey | undefined>;

  /** Removes the keys of an execution: they can be used again. */
  removeExecution(executionId: string, scope: TransactionScope): Promise<void>;
}
