/** One piece of work after another, in the order of the calls. */
export class SerialQueue {
  /** It never rejects. */
  #last: Promise<unknown> = Promise.resolve();
  #unfinished = 0;

  /** Whether nothing is being done, and nothing waits. */
  get isIdle(): boolean {
    return this.#unfinished === 0;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    this.#unfinished += 1;
    const result = this.#last.then(work);
    // The next one waits for this one, however it ends; its failure is its caller's.
    this.#last = result.then(this.#finish, this.#finish);
    return result;
  }

  readonly #finish = (): void => {
    this.#unfinished -= 1;
  };

  /** Resolves when everything that was handed over so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
