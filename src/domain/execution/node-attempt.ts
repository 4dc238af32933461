/** An occurrence of a node: the n-th time it is reached in one execution. */
export interface NodeOccurrence {
  readonly nodeId: string;
  readonly occurrence: number;
  /**
   * Its address, where that is not the node's id: see `Progress`. What is completed has it where the node has a
   * compensation.
   */
  readonly at?: string;
}

/** One try of one occurrence of a node. */
export interface NodeAttempt extends NodeOccurrence {
  readonly attempt: number;
}
