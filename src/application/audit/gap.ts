import { AuditGapRecorded } from '../../domain/events/families/audit.events.js';
import type { EventFactory } from '../context/event-factory.js';

/** Events that are lost, in the place that they would have in the log. It grows for as long as it is open. */
export interface Gap {
  /** Of the event that tells of it, so that it is recorded once. */
  readonly id: string;
  /** 0 where the events are recorded, and something of them is lost. */
  lost: number;
  readonly reason: string;
  /** When the first and the last of them happened, ISO 8601. */
  since: string;
  until: string;
  isOpen: boolean;
}

const LINE_START = '{"gap":';

/** A gap of now. */
export function openGap(factory: EventFactory, lost: number, reason: string): Gap {
  const now = factory.now();
  return { id: factory.ids.next(), lost, reason, since: now, until: now, isOpen: true };
}

/** One more event is lost in a gap. */
export function extendGap(gap: Gap, occurredAt: string): void {
  gap.lost += 1;
  gap.since = earlier(gap.since, occurredAt);
  gap.until = later(gap.until, occurredAt);
}

/**
 * What is told of events that were spilled, and are recorded, without their personal values.
 *
 * @param times when they happened
 */
export function personalGap(factory: EventFactory, times: readonly string[]): Gap {
  const reason =
    `the personal values of ${times.length} event(s) were left out of a spill file: the store could not be written to, ` +
    'no key of the people they are about was in memory, and there was no master key';
  return {
    ...openGap(factory, 0, reason),
    since: times.reduce(earlier),
    until: times.reduce(later),
    isOpen: false,
  };
}

/** The event that tells of a gap. */
export function gapRecorded({ id, lost, reason, since, until }: Gap, factory: EventFactory): AuditGapRecorded {
  return new AuditGapRecorded({ lost, reason, since, until }, { id, occurredAt: factory.now() });
}

/** A gap as a line of a spill file. */
export function gapLine({ id, lost, reason, since, until }: Gap): string {
  return `${LINE_START}${JSON.stringify({ id, lost, reason, since, until })}}`;
}

/** The gap of a line, or `undefined` where the line is no gap's. */
export function gapOfLine(line: string): Gap | undefined {
  if (!line.startsWith(LINE_START)) return undefined;
  const { gap } = JSON.parse(line) as { readonly gap: Omit<Gap, 'isOpen'> };
  return { ...gap, isOpen: false };
}

const earlier = (a: string, b: string): string => (a < b ? a : b);
const later = (a: string, b: string): string => (a > b ? a : b);
