/** The values that were used last, up to a number: the one that was not used for longest makes room. */
export class Recent<Value> {
  readonly #values = new Map<string, Value>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.#move(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#move(key, value);
    if (this.#values.size <= this.#most) return;
    // A map is in the order of insertion.
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      return;
    }
  }

  #move(key: string, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
  }
}
