/** A thread of a source, and how many checkpoints it has there in all namespaces. */
export interface SourceThread {
  readonly threadId: string;
  readonly checkpoints: number;
}

/** How a source calls a checkpoint within its thread. */
export interface SourceKey {
  readonly namespace: string;
  readonly checkpointId: string;
}

/** What a source has, without what is in it: no saver tells that, and reading everything to learn it takes memory. */
export interface SourceCatalog {
  /** The oldest first. Those that are named, where they are, and all otherwise. */
  threads(named: readonly string[] | undefined): Promise<readonly SourceThread[]>;
  /** The checkpoints of a thread, by id: LangGraph's count up, so that each comes after the one that it follows. */
  keys(threadId: string): Promise<readonly SourceKey[]>;
}
