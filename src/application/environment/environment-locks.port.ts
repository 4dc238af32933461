/** Who holds a lock that could not be taken. */
export interface HeldLock {
  /** As owners of executions are named; `undefined` when it was given back meanwhile. */
  readonly owner: string | undefined;
  /** The lock on disk, for somebody who knows that its owner is gone. */
  readonly path: string;
}

/** What came of trying to take a lock. */
export type LockAttempt =
  { readonly taken: true; readonly release: () => Promise<void> } | ({ readonly taken: false } & HeldLock);

/**
 * Locks of environments, one an environment, between all processes that share the folder. One whose owner is provably gone
 * is taken over.
 */
export interface EnvironmentLocks {
  /** Takes a lock when it is free. Never waits. */
  tryTake(id: string): Promise<LockAttempt>;
}
