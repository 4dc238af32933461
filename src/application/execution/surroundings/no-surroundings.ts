import type { Surroundings } from './surroundings.port.js';

/** For executions that have nothing around them. */
export const noSurroundings: Surroundings = {
  arrange: () => undefined,
  of: () => ({}),
  enter: () => Promise.resolve(),
  leave: () => Promise.resolve(),
  wayBack: () => Promise.resolve(undefined),
};
