/** The executions whose graphs are being run and observed in this process. */
export class RunningThreads {
  readonly #runs = new Map<string, number>();

  /** A run has begun. Returns what is to be called at its end: once or more often. */
  begin(executionId: string): () => void {
    this.#runs.set(executionId, (this.#runs.get(executionId) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (this.#runs.get(executionId) ?? 1) - 1;
      if (left === 0) this.#runs.delete(executionId);
      else this.#runs.set(executionId, left);
    };
  }

  /** Whether nothing is being run. */
  get isIdle(): boolean {
    return this.#runs.size === 0;
  }

  /** Whether any of its runs has not ended. */
  has(executionId: string): boolean {
    return this.#runs.has(executionId);
  }
}
