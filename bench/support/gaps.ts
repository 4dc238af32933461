/** How long each turn of the event loop took while something was going on, in milliseconds. */
export async function gapsDuring(work: () => Promise<void>): Promise<readonly number[]> {
  const gaps: number[] = [];
  let isRunning = true;
  let last = performance.now();
  const turn = (): void => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (isRunning) setImmediate(turn);
  };
  // Begin with a fresh turn: making the events is not part of the question.
  await new Promise((resolve) => setImmediate(resolve));
  last = performance.now();
  setImmediate(turn);
  await work();
  isRunning = false;
  return gaps;
}
