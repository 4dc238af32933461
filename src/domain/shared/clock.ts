/**
 * Where time comes from. Injected everywhere, so that a test can replay a run.
 *
 * @example
 * const frozen: Clock = { now: () => Date.UTC(2026, 0, 1), monotonic: () => 0 };
 */
export interface Clock {
  /** Wall-clock time: milliseconds since the Unix epoch, UTC. May step backwards. */
  now(): number;
  /** Milliseconds from an arbitrary start that never go backwards. For durations only. */
  monotonic(): number;
}

/** Waiting, injected for the same reason as the clock. */
export interface Scheduler {
  /**
   * Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as `signal` aborts.
   *
   * @param options `idle`: the wait alone is no reason for the process to stay alive
   */
  delay(ms: number, signal?: AbortSignal, options?: { readonly idle?: boolean }): Promise<void>;
}
