/**
 * Where published events wait on the local disk when the store can't be written to and memory must not grow further.
 *
 * What it holds are lines of text, oldest first. They outlive the process: another one takes them over.
 */
export interface SpillFile {
  /** How many lines wait in it. */
  readonly count: number;
  /** Why `append` may take less than it is given, for people. */
  readonly limit: string;
  /**
   * Takes over what processes left behind that are gone, as older than everything else. No two processes take over the
   * same.
   *
   * @returns how many lines that is
   */
  adopt(): Promise<number>;
  /**
   * Appends lines. What it took is on the disk when it returns, in one piece or not at all; it blocks meanwhile, so that
   * whoever publishes is held up and memory stays bounded.
   *
   * @param beyondLimit whether lines are taken that do not fit: the few that tell of what does not
   * @returns how many it took, from the first: the others do not fit
   * @throws whatever the file system throws; nothing was taken then
   */
  append(lines: readonly string[], beyondLimit?: boolean): number;
  /**
   * The oldest lines, which stay where they are until they are removed. One that was damaged, or that a process was
   * writing when it died, is `undefined`.
   */
  peek(max: number): Promise<readonly (string | undefined)[]>;
  /** Removes the oldest lines; as many as the last `peek` gave at most. */
  remove(count: number): void;
  /** Shows other processes that this one is still there. */
  touch(): void;
  /** Lets go of the files. What waits in them is left for whoever takes it over. Idempotent. */
  close(): void;
}

/** Spilling that is switched off. */
export const noSpill: SpillFile = {
  count: 0,
  limit: 'spilling to a file is off',
  adopt: () => Promise.resolve(0),
  append: () => 0,
  peek: () => Promise.resolve([]),
  remove: () => undefined,
  touch: () => undefined,
  close: () => undefined,
};
