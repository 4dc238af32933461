import type { DomainEvent } from '../../../domain/events/domain-event.js';

/** The key of the process that spilled something, as the line has it: wrapped with the master key. */
export interface WrappedSpillKey {
  readonly id: string;
  readonly material: string;
}

/** What is known of an event that was read from a spill file and holds something about people. */
export interface SpilledPersonal {
  /** Left out where nothing was encrypted with it. */
  readonly key?: WrappedSpillKey;
}

/** Beside the events: they are of their own classes, which nobody may add anything to. */
const SPILLED = new WeakMap<DomainEvent, SpilledPersonal>();

/** Remembers that the personal values of an event are encrypted already. */
export function rememberSpilled(event: DomainEvent, spilled: SpilledPersonal): void {
  SPILLED.set(event, spilled);
}

/** What {@link rememberSpilled} was told of an event. */
export function spilledPersonalOf(event: DomainEvent): SpilledPersonal | undefined {
  return SPILLED.get(event);
}
