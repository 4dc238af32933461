/** Who wants something, and why: every verb takes it, and the log keeps it. */
export interface VerbOptions {
  /** Recorded as the actor of every event of the verb: `user:ada`. */
  readonly actor?: string;
  /** Recorded where the verb's events have a place for it. */
  readonly reason?: string;
}
