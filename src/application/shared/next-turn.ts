/** Resolves in the next turn of the event loop, when timers and I/O have had theirs. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
