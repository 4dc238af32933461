import type { TopicMatcher } from './topic.js';

/** Something that listens to a topic. */
export interface Listener {
  readonly matches: TopicMatcher;
}

/**
 * Who listens to which type. Patterns are resolved once for each type; a change touches only the types it concerns.
 *
 * The lists are never changed but replaced, so that one can be walked while handlers come and go.
 */
export class TopicIndex<Item extends Listener> {
  #listeners: readonly Item[] = [];
  readonly #byType = new Map<string, readonly Item[]>();

  get size(): number {
    return this.#listeners.length;
  }

  /** The listeners of a type, in the order in which they came. */
  of(type: string): readonly Item[] {
    return this.#byType.get(type) ?? this.#resolve(type);
  }

  add(listener: Item): void {
    this.#listeners = [...this.#listeners, listener];
    for (const [type, known] of this.#byType) {
      if (listener.matches(type)) this.#byType.set(type, [...known, listener]);
    }
  }

  remove(listener: Item): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
    for (const [type, known] of this.#byType) {
      if (known.includes(listener)) {
        this.#byType.set(
          type,
          known.filter((other) => other !== listener),
        );
      }
    }
  }

  clear(): readonly Item[] {
    const all = this.#listeners;
    this.#listeners = [];
    this.#byType.clear();
    return all;
  }

  #resolve(type: string): readonly Item[] {
    const found = this.#listeners.filter((listener) => listener.matches(type));
    this.#byType.set(type, found);
    return found;
  }
}
