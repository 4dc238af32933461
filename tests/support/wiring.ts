import { WAYMARK_EVENTS } from '../../src/index.js';
import { AWAITING } from './awaiting.js';

/** Every engine type, by whether real code emits it. */
export interface Wiring {
  /** Emitted by real code in the scenario, and not said to wait. */
  readonly emitted: readonly string[];
  /** Said to wait for a capability, and not emitted. */
  readonly awaiting: readonly string[];
  /** Neither emitted nor said to wait. */
  readonly missing: readonly string[];
  /** Emitted, and still said to wait. */
  readonly both: readonly string[];
  /** Said to wait, and no engine type. */
  readonly foreign: readonly string[];
}

/** The types that Waymark's own code is to emit. */
export const ENGINE_TYPES: readonly string[] = WAYMARK_EVENTS.filter(
  ({ definition }) => definition.emitter === 'engine',
).map(({ type }) => type);

/** How the engine types stand, given what a scenario emitted. */
export function wiringOf(emitted: Iterable<string>): Wiring {
  const seen = new Set(emitted);
  const waits = (type: string): boolean => Object.hasOwn(AWAITING, type);
  return {
    emitted: ENGINE_TYPES.filter((type) => seen.has(type) && !waits(type)),
    awaiting: ENGINE_TYPES.filter((type) => !seen.has(type) && waits(type)),
    missing: ENGINE_TYPES.filter((type) => !seen.has(type) && !waits(type)),
    both: ENGINE_TYPES.filter((type) => seen.has(type) && waits(type)),
    foreign: Object.keys(AWAITING).filter((type) => !ENGINE_TYPES.includes(type)),
  };
}
