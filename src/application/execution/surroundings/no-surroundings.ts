import type { Surroundings } from './surroundings.port.js';

/** For executions that have nothing around them. */
export const noSurroundings: Surroundings = {
  arrange: () => undefined,
  of: () => ({}),
  enter: () => Promise.resolve(),
  works: () => undefined,
  leave: () => undefined,
  close: () => undefined,
  wayBack: () => Promise.resolve(undefined),
};
