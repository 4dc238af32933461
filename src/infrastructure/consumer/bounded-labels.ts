const OTHER = 'other';

/**
 * The values of a label. Each is a time series of its own for as long as the process lives, so there is an end to them:
 * what comes after the first `limit` is `other`.
 */
export class BoundedLabels {
  readonly #limit: number;
  readonly #seen = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value itself, or `other`. */
  of(value: string): string {
    if (this.#seen.has(value)) return value;
    if (this.#seen.size >= this.#limit) return OTHER;
    this.#seen.add(value);
    return value;
  }
}
