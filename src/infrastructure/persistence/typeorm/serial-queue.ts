/** One piece of work after another, in the order of the calls. */
export class SerialQueue {
  /** It never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    // The next one waits for this one, however it ends; its failure is its caller's.
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything that was handed over so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
