import type { StateChange } from '../../../domain/checkpoint/state-diff.js';
import { pad, widthOf } from '../../text/columns.js';
import type { Palette } from '../../text/palette.js';
import { printable } from '../../text/printable.js';
import { plural } from '../../text/quantities.js';
import { showBoth, showValue } from '../../text/show-value.js';

const MAX_VALUE_WIDTH = 60;
const MIN_VALUE_WIDTH = 12;
const MAX_PATH_PADDING = 40;
const ARROW = ' → ';
const KINDS = ['added', 'removed', 'changed', 'moved'] as const;

/** How wide the columns of a diff are. */
interface Widths {
  readonly path: number;
  /** What is left of the terminal behind the path; `undefined` without one. */
  readonly rest: number | undefined;
}

/**
 * Changes as lines, with a count below them.
 *
 * @param width the columns of the terminal: values are cut to fit where there is room for something of them at all
 */
export function renderChanges(changes: readonly StateChange[], palette: Palette, width?: number): string {
  if (changes.length === 0) return 'The states are equal.';
  const longest = changes.reduce((most, { path }) => Math.max(most, widthOf(printable(path))), 0);
  const path = Math.min(MAX_PATH_PADDING, longest);
  const widths = { path, rest: width === undefined ? undefined : width - path - 4 };
  const lines = changes.map((change) => renderChange(change, widths, palette));
  return [...lines, palette.dim(`${plural(changes.length, 'change')}: ${counts(changes)}`)].join('\n');
}

/** How many changes there are of each kind that there is any of. */
function counts(changes: readonly StateChange[]): string {
  return KINDS.map((kind) => [changes.filter((change) => change.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`)
    .join(', ');
}

function renderChange(change: StateChange, widths: Widths, palette: Palette): string {
  const path = pad(printable(change.path) || '(all)', widths.path);
  switch (change.kind) {
    case 'added':
      return palette.green(`+ ${path}  ${showValue(change.after, room(widths))}`);
    case 'removed':
      return palette.red(`- ${path}  ${showValue(change.before, room(widths))}`);
    case 'changed': {
      const was = change.from === undefined ? '' : ` (was ${printable(change.from)})`;
      const [before, after] = showBoth(change.before, change.after, room(widths, widthOf(was) + ARROW.length, 2));
      return palette.yellow(`~ ${path}  ${before}${ARROW}${after}`) + palette.dim(was);
    }
    case 'moved': {
      const from = `from ${printable(change.from)}`;
      return `${palette.cyan(`> ${path}  ${from}`)}  ${showValue(change.value, room(widths, widthOf(from) + 2))}`;
    }
  }
}

/** The room for a value beside others, after what else is in the line. */
function room({ rest }: Widths, taken = 0, values = 1): number {
  if (rest === undefined) return MAX_VALUE_WIDTH;
  return Math.max(MIN_VALUE_WIDTH, Math.min(MAX_VALUE_WIDTH, Math.floor((rest - taken) / values)));
}
