import type { IdGenerator } from '../../src/index.js';

/** Ids that tell in which order they were given: `id-0001`, `id-0002` … */
export class SequenceIds implements IdGenerator {
  readonly #prefix: string;
  #last = 0;

  constructor(prefix = 'id') {
    this.#prefix = prefix;
  }

  next(): string {
    this.#last += 1;
    return `${this.#prefix}-${String(this.#last).padStart(4, '0')}`;
  }
}
