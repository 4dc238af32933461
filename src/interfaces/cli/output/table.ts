import { fit, pad, widthOf } from '../../text/columns.js';
import { printable } from '../../text/printable.js';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** How to colour a cell, once it has its width. */
  readonly color?: (row: Row) => (text: string) => string;
  /** Whether it may be cut to make the table fit. Ids never may. */
  readonly flexible?: boolean;
  /** Whether it is left out where the table would not fit otherwise. */
  readonly optional?: boolean;
}

const MIN_FLEXIBLE = 6;

/** Rows under their titles. To fit a width, optional columns are left out and flexible ones cut; without a width nothing is. */
export function renderTable<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  options: { readonly width?: number | undefined; readonly title: (text: string) => string; readonly indent?: string },
): string {
  const columns = fitColumns(all, rows, options.width);
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))));
  const natural = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[index] ?? ''))),
  );
  const indent = options.indent ?? '';
  const width = options.width === undefined ? undefined : options.width - indent.length;
  const widths = fitWidths(columns, natural, width);
  const line = (texts: readonly string[], color: (index: number) => (text: string) => string): string =>
    texts
      .map((text, index) => {
        const cut = fit(text, widths[index]);
        return color(index)(index === texts.length - 1 ? cut : pad(cut, widths[index] ?? 0));
      })
      .join('  ')
      .trimEnd();
  const titles = line(
    columns.map((column) => column.title),
    () => options.title,
  );
  const body = rows.map((row, at) =>
    line(cells[at] ?? [], (index) => columns[index]?.color?.(row) ?? ((text) => text)),
  );
  return [titles, ...body].map((text) => indent + text).join('\n');
}

/** Names and values, the values below each other. */
export function renderFacts(
  facts: readonly (readonly [name: string, value: string])[],
  name: (text: string) => string,
  indent = '  ',
): string {
  const width = Math.max(0, ...facts.map(([fact]) => widthOf(fact)));
  return facts.map(([fact, value]) => `${indent}${name(pad(fact, width))}  ${value}`).join('\n');
}

/** Leaves optional columns out, the last one first, until the others have the room they need at least. */
function fitColumns<Row>(all: readonly Column<Row>[], rows: readonly Row[], width = Infinity): readonly Column<Row>[] {
  const least = ({ title, value, flexible }: Column<Row>): number =>
    flexible === true ? MIN_FLEXIBLE : Math.max(widthOf(title), ...rows.map((row) => widthOf(printable(value(row)))));
  let kept = all;
  while (kept.reduce((sum, column) => sum + least(column) + 2, -2) > width) {
    const dropped = kept.findLast((column) => column.optional === true);
    if (dropped === undefined) break;
    kept = kept.filter((column) => column !== dropped);
  }
  return kept;
}

/** Takes what is too much from the flexible columns, the widest first. */
function fitWidths<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  width: number | undefined,
): number[] {
  const widths = [...natural];
  if (width === undefined) return widths;
  const gaps = 2 * (columns.length - 1);
  for (let over = widths.reduce((sum, each) => sum + each, gaps) - width; over > 0; over -= 1) {
    const flexible = widths.filter((each, index) => columns[index]?.flexible === true && each > MIN_FLEXIBLE);
    if (flexible.length === 0) break;
    const widest = widths.findIndex(
      (each, index) => columns[index]?.flexible === true && each === Math.max(...flexible),
    );
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
