import { WAYMARK_EVENTS } from '../../src/index.js';
import { AWAITING } from './awaiting.js';

/** Every type that is to be emitted by code of Waymark's own, by whether it is. */
export interface Wiring {
  /** Emitted by real code in the scenario, and not said to wait. */
  readonly emitted: readonly string[];
  /** Said to wait for a capability, and not emitted. */
  readonly awaiting: readonly string[];
  /** Neither emitted nor said to wait. */
  readonly missing: readonly string[];
  /** Emitted, and still said to wait. */
  readonly both: readonly string[];
  /** Said to wait, and not one of them. */
  readonly foreign: readonly string[];
}

/** The types that Waymark's engine, managers, log and bus are to emit. */
export const ENGINE_TYPES: readonly string[] = WAYMARK_EVENTS.filter(
  ({ definition }) => definition.emitter === 'engine',
).map(({ type }) => type);

/** Types that hosts record, and that Waymark emits where its adapters or its own approvals are used. */
export const ADAPTER_TYPES: readonly string[] = WAYMARK_EVENTS.filter(
  ({ type, definition }) =>
    definition.emitter === 'host' &&
    /^(?:(?:llm|retriever|graph)\.|tool\.(?:started|completed|failed)$|action\.(?:created|approved|rejected)$)/.test(
      type,
    ),
).map(({ type }) => type);

/** All that is to be emitted by code of Waymark's own. */
export const WIRED_TYPES: readonly string[] = [...ENGINE_TYPES, ...ADAPTER_TYPES];

/** How these types stand, given what a scenario emitted. */
export function wiringOf(emitted: Iterable<string>): Wiring {
  const seen = new Set(emitted);
  const waits = (type: string): boolean => Object.hasOwn(AWAITING, type);
  return {
    emitted: WIRED_TYPES.filter((type) => seen.has(type) && !waits(type)),
    awaiting: WIRED_TYPES.filter((type) => !seen.has(type) && waits(type)),
    missing: WIRED_TYPES.filter((type) => !seen.has(type) && !waits(type)),
    both: WIRED_TYPES.filter((type) => seen.has(type) && waits(type)),
    foreign: Object.keys(AWAITING).filter((type) => !WIRED_TYPES.includes(type)),
  };
}
