let turn = 0;
let isWatched = false;

/**
 * The number of the event loop's present turn, for telling whether it has had one in between. It need not count turns in
 * which nobody asks.
 */
export function eventLoopTurn(): number {
  if (!isWatched) {
    isWatched = true;
    setImmediate(() => {
      turn += 1;
      isWatched = false;
    });
  }
  return turn;
}
