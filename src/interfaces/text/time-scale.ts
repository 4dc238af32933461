import { isComposite } from '../../application/insight/node-span.js';
import type { Waterfall, WaterfallRow } from '../../application/insight/waterfall.js';

/** A time in which nothing works is drawn as one column when it is longer than this share of the whole. */
const LONG_IDLE = 0.4;

/** From a time in milliseconds to a column. */
export interface TimeScale {
  readonly columns: number;
  columnOf(ms: number): number;
  /** The columns that stand for a longer time in which nothing worked. */
  readonly cuts: ReadonlySet<number>;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Lays the time of a waterfall out over columns. Where nothing works for long (an approval over night), that is cut to one
 * column, so that what works can be seen.
 */
export function timeScale(waterfall: Waterfall, columns: number): TimeScale {
  const { totalMs } = waterfall;
  const idle = idleStretches(waterfall).filter(({ from, to }) => to - from > totalMs * LONG_IDLE);
  // What does not fit is not cut.
  const cut = idle.length < columns / 2 ? idle : [];
  const scaledMs = totalMs - cut.reduce((sum, { from, to }) => sum + to - from, 0);
  const scaledColumns = columns - cut.length;
  const columnOf = (ms: number): number => {
    let shown = Math.min(Math.max(ms, 0), totalMs);
    let cuts = 0;
    let hidden = 0;
    for (const { from, to } of cut) {
      if (ms >= to) {
        hidden += to - from;
        cuts += 1;
      } else if (ms > from) {
        hidden += ms - from;
      }
    }
    shown -= hidden;
    const column = scaledMs <= 0 ? 0 : Math.floor((shown / scaledMs) * scaledColumns);
    return Math.min(Math.max(0, column) + cuts, columns - 1);
  };
  return { columns, columnOf, cuts: new Set(cut.map(({ from }) => columnOf(from))) };
}

/** The times in which no node works, in their order. */
function idleStretches({ rows, totalMs }: Waterfall): readonly Stretch[] {
  const busy = rows.flatMap(workStretches).toSorted((one, other) => one.from - other.from);
  const idle: Stretch[] = [];
  let until = 0;
  for (const { from, to } of busy) {
    if (from > until) idle.push({ from: until, to: from });
    until = Math.max(until, to);
  }
  if (until < totalMs) idle.push({ from: until, to: totalMs });
  return idle;
}

/** When a span worked, in milliseconds since the start of the waterfall: waits left out. */
export function workStretches(row: WaterfallRow): readonly Stretch[] {
  if (isComposite(row)) return [];
  const end = row.offsetMs + row.lengthMs;
  const work: Stretch[] = [];
  let from = row.offsetMs;
  for (const wait of waitStretches(row)) {
    if (wait.from > from) work.push({ from, to: wait.from });
    from = Math.max(from, wait.to);
  }
  if (from < end) work.push({ from, to: end });
  return work;
}

/** When a span waited, within its length. */
export function waitStretches({ startedAt, offsetMs, lengthMs, waits }: WaterfallRow): readonly Stretch[] {
  const zero = Date.parse(startedAt) - offsetMs;
  const end = offsetMs + lengthMs;
  return waits
    .map((wait) => ({
      from: Math.max(offsetMs, Date.parse(wait.from) - zero),
      to: Math.min(end, wait.until === null ? end : Date.parse(wait.until) - zero),
    }))
    .filter(({ from, to }) => to > from)
    .toSorted((one, other) => one.from - other.from);
}
