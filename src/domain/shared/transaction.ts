/**
 * One transaction that is open. Repositories take it, so that what several of them write is kept or lost together.
 *
 * A repository on a database recognises its own kind of scope and writes through its connection; one that keeps its
 * data elsewhere (in memory, in a host's own store) registers how to undo what it did.
 */
export interface TransactionScope {
  /**
   * Registers an action that takes back a write, run in reverse order if the transaction (or its nested part) fails.
   */
  onRollback(undo: () => void): void;
  /**
   * Runs part of the work so that its failure takes back that part alone (a savepoint), and rethrows what it threw.
   */
  nested<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * The port through which everything is written: all of `work`, or nothing of it.
 *
 * Transactions of one process run one after another. When the returned promise resolves, the work is durable.
 */
export interface UnitOfWork {
  /**
   * Runs `work` in a transaction.
   *
   * @throws whatever `work` throws, after everything was taken back; a `WaymarkError` with a `WAYMARK_STORE_…` code
   *   when the store itself fails; `WAYMARK_COMMIT_UNKNOWN` when nobody can tell whether the work was kept
   */
  run<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T>;

  /**
   * {@link run}, for work that goes on in the same way whether its writes succeed or not: a store that is reached by
   * messages can gather them then, and learn only at the end that one of them is refused. It takes everything back in
   * that case, and does the work again with a message for each, so that the write that is refused rejects. Others leave
   * it out.
   *
   * @param work may be called again, and must have no effect but through its scope
   * @throws what {@link run} throws
   */
  runGathering?<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T>;

  /**
   * Runs `work`, which must wait for nothing, in a transaction that is over when this returns: for a store whose driver
   * waits for the database itself, so that promises would only cost time. Others leave it out.
   *
   * @returns what the work returns, when it is durable; `undefined` when nothing was written, because the work returned
   *   that or threw, or the store can't do it now: then `run` is to be called, which waits or tells why
   * @throws a `WaymarkError` with a `WAYMARK_STORE_…` code when the store itself fails
   */
  runAtOnce?<T extends object>(work: (scope: TransactionScope) => T | undefined): T | undefined;
}
