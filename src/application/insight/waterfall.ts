import { endOf, type ExecutionPause, type NodeSpan } from './node-span.js';

/** A row of a waterfall: a span, where it lies in time, and beside what. */
export interface WaterfallRow extends NodeSpan {
  /** When it began, in milliseconds since the execution did. */
  readonly offsetMs: number;
  /** How long it took until its end, or until now. */
  readonly lengthMs: number;
  /** How long of that it waited for something outside. */
  readonly waitedMs: number;
  /** Spans of one lane never overlap: what runs at once is in several. From 0. */
  readonly lane: number;
}

/** What ran when. */
export interface Waterfall {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** From its start to its end, or until now, in milliseconds. */
  readonly totalMs: number;
  /** In how many lanes its spans lie: how many ran at once at most. */
  readonly lanes: number;
  readonly rows: readonly WaterfallRow[];
  readonly pauses: readonly ExecutionPause[];
}

/** Lays spans out in time. */
export function layWaterfall(
  spans: readonly NodeSpan[],
  pauses: readonly ExecutionPause[],
  execution: { readonly startedAt: string; readonly endedAt: string | null },
  now: number,
): Waterfall {
  // A fork's or a thread's first node may have begun before it; the clocks of two machines need not agree.
  const begun = spans.reduce(
    (first, span) => Math.min(first, Date.parse(span.startedAt)),
    Date.parse(execution.startedAt),
  );
  const until = spans.reduce((last, span) => Math.max(last, endOf(span, now)), endOf(execution, now));
  const laneEnds: number[] = [];
  const rows = spans.map((span): WaterfallRow => {
    const from = Date.parse(span.startedAt);
    const to = Math.max(from, endOf(span, now));
    const free = laneEnds.findIndex((end) => end <= from);
    const lane = free < 0 ? laneEnds.length : free;
    laneEnds[lane] = to;
    return { ...span, offsetMs: from - begun, lengthMs: to - from, waitedMs: waitedWithin(span, from, to), lane };
  });
  return {
    startedAt: new Date(begun).toISOString(),
    endedAt: execution.endedAt,
    totalMs: Math.max(0, until - begun),
    lanes: laneEnds.length,
    rows,
    pauses,
  };
}

/** How long a span waited, in milliseconds: what comes after its end is no part of it. */
function waitedWithin({ waits }: NodeSpan, from: number, to: number): number {
  return waits.reduce((sum, wait) => {
    const begun = Math.max(from, Date.parse(wait.from));
    const ended = Math.min(to, wait.until === null ? to : Date.parse(wait.until));
    return sum + Math.max(0, ended - begun);
  }, 0);
}
