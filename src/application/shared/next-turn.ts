/** Resolves in the next turn of the event loop, when timers and I/O have had theirs. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** For how long work may go on without giving the event loop its turn, in milliseconds. */
const LONGEST_TURN_MS = 1;

/**
 * Gives the event loop its turn when it has waited for long. A turn costs about as much as a small transaction computes:
 * one after each would be a good part of what it costs to commit.
 *
 * It goes by the machine's time, whatever the time is that the program is told.
 */
export class TurnKeeper {
  #lastTurn = 0;

  /**
   * Resolves in the next turn of the event loop when the last that was given is too long ago, and otherwise when all that
   * waits for promises that are settled has gone on.
   */
  async give(): Promise<void> {
    if (performance.now() - this.#lastTurn < LONGEST_TURN_MS) return settled();
    await nextTurn();
    this.#lastTurn = performance.now();
  }
}

/** The queue of `nextTick` has its turn when there is nothing left to do in that of promises. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}
