/** How many ids a side remembers at least; at most it is twice as many. */
export const REMEMBERED_IDS = 10_000;

/**
 * What a side of bridges, a bus or anything else, has in common for all bridges that end there: which events have been
 * there, and which messages are being sent into it at this moment.
 */
export class Side {
  /** The messages whose `send` has not returned, and where they come from, the innermost last. */
  readonly #sending: { readonly message: unknown; readonly from: Side }[] = [];
  // Two generations: the older one is dropped as a whole, so that forgetting costs nothing for each id.
  #recent = new Set<string>();
  #older = new Set<string>();

  /** Whether an event with one of these ids has been here. */
  knows(ids: readonly string[]): boolean {
    return ids.some((id) => this.#recent.has(id) || this.#older.has(id));
  }

  remember(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#recent.size >= REMEMBERED_IDS && !this.#recent.has(id)) {
        this.#older = this.#recent;
        this.#recent = new Set();
      }
      this.#recent.add(id);
    }
  }

  /** Sends a message into this side. */
  send(message: unknown, from: Side, deliver: () => void): void {
    this.#sending.push({ message, from });
    try {
      deliver();
    } finally {
      this.#sending.pop();
    }
  }

  /** Whether a message is being sent into this side at this moment, from another one, by whatever bridge. */
  isSending(isMessage: (sent: unknown) => boolean, origin: Side): boolean {
    return this.#sending.some(({ message, from }) => from === origin && isMessage(message));
  }

  /** Takes ids back that did not arrive. */
  forget(ids: readonly string[]): void {
    for (const id of ids) {
      this.#recent.delete(id);
      this.#older.delete(id);
    }
  }
}

const sides = new WeakMap<object, Side>();

/** The side that a bus, or whatever else a bridge leads to, is to all bridges. It lives as long as that does. */
export function sideOf(target: object): Side {
  let side = sides.get(target);
  if (side === undefined) sides.set(target, (side = new Side()));
  return side;
}

/**
 * Lets an event from one side to another, unless it has been there.
 *
 * @param ids all under which it may be met again
 * @returns whether it went over
 * @throws what `deliver` throws: the event may be let over again then, as a dead letter for instance
 */
export function letOver(ids: readonly string[], from: Side, to: Side, deliver: () => void): boolean {
  if (to.knows(ids)) return false;
  from.remember(ids);
  // Before it is there: it may come back while it is being delivered.
  to.remember(ids);
  try {
    deliver();
  } catch (error) {
    to.forget(ids);
    throw error;
  }
  return true;
}
