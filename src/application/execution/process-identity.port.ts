/** Who this process is, as the owner of executions, and whether another owner is still there. */
export interface ProcessIdentity {
  /** The name under which this instance owns executions. */
  readonly self: string;
  /** Whether an owner is provably gone. When in doubt: no. */
  isGone(owner: string): boolean;
  /** This instance runs nothing any more: from now on it counts as gone. Idempotent. */
  close(): void;
}
