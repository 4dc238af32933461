import type { CriticalPath } from '../../application/insight/critical-path.js';
import { isComposite, type SpanStatus } from '../../application/insight/node-span.js';
import type { Waterfall, WaterfallRow } from '../../application/insight/waterfall.js';
import { fit, pad, widthOf } from './columns.js';
import { makePalette, type Palette } from './palette.js';
import { printable } from './printable.js';
import { formatDuration } from './quantities.js';
import { type TimeScale, timeScale, waitStretches } from './time-scale.js';

/** How to draw a waterfall. */
export interface WaterfallOptions {
  /** The way that decided how long it took: its nodes are marked. */
  readonly criticalPath?: CriticalPath;
  /** Whether to colour it; no when left out. */
  readonly color?: boolean;
  /** The columns there are; 100 when left out. */
  readonly width?: number;
}

/** What a node's name may take of the width, and the least that the bars have. */
const NAME_SHARE = 0.35;
const MIN_BARS = 10;
const DEFAULT_WIDTH = 100;
const CUT = '┊';
const WAITS = '░';

/** The sign of a status. */
export const STATUS_MARKS: Readonly<Record<SpanStatus, string>> = {
  running: '●',
  suspended: '◔',
  completed: '✓',
  failed: '✗',
  cancelled: '■',
  interrupted: '↯',
  skipped: '–',
};

/**
 * What ran when, as bars below each other: a row a try of a node, those within a node indented.
 *
 * @example
 * console.log(renderWaterfall(await waymark.insight.waterfall(run.id), { width: 100 }));
 */
export function renderWaterfall(waterfall: Waterfall, options: WaterfallOptions = {}): string {
  const palette = makePalette(options.color ?? false);
  const { rows, totalMs } = waterfall;
  if (rows.length === 0) return palette.dim('no node has begun');
  const width = options.width ?? DEFAULT_WIDTH;
  const critical = new Set(options.criticalPath?.steps.map(({ startedEventId }) => startedEventId));
  const took = rows.map(tookOf);
  const tookWidth = Math.max(...took.map(widthOf));
  const names = rows.map((row) => nameOf(row, critical.has(row.startedEventId)));
  const nameWidth = Math.min(widest(names), Math.max(8, Math.floor(width * NAME_SHARE)));
  const bars = width - nameWidth - tookWidth - 4;
  const scale = timeScale(waterfall, Math.max(MIN_BARS, bars));
  const axis = axisOf(totalMs, scale.columns);
  const lines = rows.map((row, index) => {
    const name = pad(fit(names[index] ?? '', nameWidth), nameWidth);
    const color = colorOf(palette, row);
    const bar = barOf(row, scale);
    return `${color(name)}  ${row.rolledBack ? palette.dim(bar) : color(bar)}  ${palette.dim(took[index] ?? '')}`.trimEnd();
  });
  return [
    palette.dim(`${' '.repeat(nameWidth)}  ${axis}`),
    ...lines,
    palette.dim(legendOf(waterfall, scale, critical.size > 0)),
  ].join('\n');
}

/** The colour of what has a status. */
export function colorOf(
  palette: Palette,
  { status, rolledBack }: Pick<WaterfallRow, 'status' | 'rolledBack'>,
): (text: string) => string {
  if (rolledBack) return palette.dim;
  switch (status) {
    case 'completed':
      return palette.green;
    case 'failed':
    case 'interrupted':
      return palette.red;
    case 'suspended':
    case 'cancelled':
      return palette.yellow;
    case 'running':
      return palette.cyan;
    case 'skipped':
      return palette.dim;
  }
}

function nameOf(row: WaterfallRow, isCritical: boolean): string {
  const depth = row.nodeId.split('/').length - 1;
  const local = row.name === row.nodeId ? row.nodeId.slice(row.nodeId.lastIndexOf('/') + 1) : row.name;
  const which = [
    row.occurrence > 1 ? ` (${row.occurrence})` : '',
    row.attempt > 1 ? ` try ${row.attempt}` : '',
    isCritical ? ' *' : '',
  ].join('');
  return `${'  '.repeat(depth)}${STATUS_MARKS[row.status]} ${printable(local)}${which}`;
}

function tookOf(row: WaterfallRow): string {
  if (row.status === 'skipped') return 'skipped';
  const waited = row.waitedMs > 0 ? `, waited ${formatDuration(row.waitedMs)}` : '';
  const undone = row.rolledBack ? ', rolled back' : '';
  const length = row.endedAt === null || row.waitedMs > 0 || row.durationMs === null ? row.lengthMs : row.durationMs;
  return `${formatDuration(length)}${waited}${undone}`;
}

/** What only holds others is thin, what waits is light, and what takes less than a column has one all the same. */
function barOf(row: WaterfallRow, scale: TimeScale): string {
  const cells: string[] = Array.from({ length: scale.columns }, (_, column) => (scale.cuts.has(column) ? CUT : ' '));
  const fill = (from: number, to: number, sign: string): void => {
    for (let column = scale.columnOf(from); column <= lastColumn(scale, from, to); column += 1) {
      // What waits is why nothing works.
      if (cells[column] !== CUT || sign === WAITS) cells[column] = sign;
    }
  };
  fill(row.offsetMs, row.offsetMs + row.lengthMs, signOf(row));
  for (const { from, to } of waitStretches(row)) fill(from, to, WAITS);
  return cells.join('');
}

function signOf(row: WaterfallRow): string {
  if (row.status === 'skipped') return '·';
  return isComposite(row) ? '─' : '█';
}

/** The end of a stretch is not part of it, so that what follows begins in a column of its own. */
function lastColumn(scale: TimeScale, from: number, to: number): number {
  const first = scale.columnOf(from);
  const end = scale.columnOf(to);
  return end > first ? end - (end === scale.columns - 1 ? 0 : 1) : first;
}

function axisOf(totalMs: number, columns: number): string {
  const end = formatDuration(totalMs);
  return `0${' '.repeat(Math.max(1, columns - 1 - widthOf(end)))}${end}`;
}

function legendOf({ rows }: Waterfall, { cuts }: TimeScale, hasCritical: boolean): string {
  const signs = [
    '█ works',
    ...(rows.some(({ waitedMs }) => waitedMs > 0) ? [`${WAITS} waits`] : []),
    ...(rows.some(isComposite) ? ['─ holds others'] : []),
    ...(cuts.size > 0 ? [`${CUT} nothing works, not to scale`] : []),
    ...(hasCritical ? ['* decided how long it took'] : []),
  ];
  return signs.join('   ');
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
}
