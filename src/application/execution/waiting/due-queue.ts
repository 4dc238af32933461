/** Ids with the moments that they are due at, the earliest first. It holds nothing else: there may be many. */
export class DueQueue {
  readonly #moments = new Map<string, number>();
  /** A binary heap. What is no longer in the map at that moment is passed over. */
  readonly #heap: { readonly id: string; readonly at: number }[] = [];

  get size(): number {
    return this.#moments.size;
  }

  has(id: string): boolean {
    return this.#moments.has(id);
  }

  /** @param at milliseconds since the epoch; instead of the one that it had */
  set(id: string, at: number): void {
    if (this.#moments.get(id) === at) return;
    this.#moments.set(id, at);
    this.#push({ id, at });
    // What was set anew again and again must not add up.
    if (this.#heap.length > 2 * this.#moments.size + 16) this.#rebuild();
  }

  delete(id: string): void {
    this.#moments.delete(id);
    if (this.#moments.size === 0) this.#heap.length = 0;
  }

  /** The earliest moment; `undefined` when it is empty. */
  earliest(): number | undefined {
    this.#dropStale();
    return this.#heap[0]?.at;
  }

  /** Takes out what is due, at most so many. */
  takeDue(now: number, limit: number): readonly string[] {
    const due: string[] = [];
    for (let at = this.earliest(); at !== undefined && at <= now && due.length < limit; at = this.earliest()) {
      const first = this.#pop();
      if (first === undefined) break;
      this.delete(first.id);
      due.push(first.id);
    }
    return due;
  }

  #dropStale(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#moments.get(first.id) === first.at) return;
      this.#pop();
    }
  }

  #push(item: { readonly id: string; readonly at: number }): void {
    const heap = this.#heap;
    let index = heap.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#at(parent) <= item.at) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #pop(): { readonly id: string; readonly at: number } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const least = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(least) >= last.at) return first;
      this.#swap(index, least);
      index = least;
    }
  }

  #rebuild(): void {
    this.#heap.length = 0;
    for (const [id, at] of this.#moments) this.#push({ id, at });
  }

  #at(index: number): number {
    return this.#heap[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
