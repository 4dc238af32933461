import { BUS_EVENTS } from './bus.events.js';
import { CHECKPOINT_EVENTS } from './checkpoint.events.js';
import { EXECUTION_EVENTS } from './execution.events.js';
import { NODE_EVENTS } from './node.events.js';

export * from './bus.events.js';
export * from './checkpoint.events.js';
export type { ErrorRecord } from './fields.js';
export * from './execution.events.js';
export * from './node.events.js';

/** Every event type that Waymark itself declares. */
export const WAYMARK_EVENTS = [...EXECUTION_EVENTS, ...NODE_EVENTS, ...CHECKPOINT_EVENTS, ...BUS_EVENTS] as const;

/** Any event that Waymark declares: narrows on `type`. */
export type WaymarkEvent = InstanceType<(typeof WAYMARK_EVENTS)[number]>;
