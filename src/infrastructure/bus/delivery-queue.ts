/** A queue in front of a handler. */
export interface DeliveryQueue<Run> {
  /** Events that wait. */
  readonly depth: number;
  readonly running: number;
  push(run: Run): void;
  /** Takes out the one that has waited longest; `undefined` when none waits. */
  dropOldest(): Run | undefined;
  /** Takes out everything that waits. */
  clear(): readonly Run[];
  /** How many of those that wait can't begin before one of these, which are going on, has ended. */
  blockedBy(runs: ReadonlySet<Run>): number;
  /** Begins at once with what waits for others to come. */
  flush(): void;
}
