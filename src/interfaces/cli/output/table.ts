import { fit, pad, widthOf, wrap } from '../../text/columns.js';
import { printable } from '../../text/printable.js';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** How to colour a cell, once it has its width. */
  readonly color?: (row: Row) => (text: string) => string;
  /** Whether it may be cut to make the table fit. Ids never may. */
  readonly flexible?: boolean;
  /** The width of a flexible one for which optional columns make room. */
  readonly prefers?: number;
  /** Whether a flexible one goes on in the next line, rather than being cut. */
  readonly wraps?: boolean;
  /** Whether it is left out where the table would not fit otherwise. */
  readonly optional?: boolean;
}

const MIN_FLEXIBLE = 6;

/** How to draw a table. */
export interface TableOptions {
  readonly width?: number | undefined;
  readonly title: (text: string) => string;
  readonly indent?: string;
}

/** A table's lines: its titles, and those of each row. */
interface TableLines {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Rows under their titles. To fit a width, optional columns are left out and flexible ones cut; where that does not do,
 * the first column has a line of its own above the others. Without a width nothing is.
 */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): string {
  const { titles, rows: body } = tableLines(columns, rows, options);
  return [...titles, ...body.flat()].join('\n');
}

function tableLines<Row>(all: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): TableLines {
  const columns = fitColumns(all, rows, options);
  const [first, ...others] = all;
  if (columns === undefined && first !== undefined) {
    const above = tableLines([first], rows, { ...options, width: undefined });
    const below = tableLines(others, rows, { ...options, indent: `${options.indent ?? ''}  ` });
    return {
      titles: [...above.titles, ...below.titles],
      rows: rows.map((_, at) => [...(above.rows[at] ?? []), ...(below.rows[at] ?? [])]),
    };
  }
  return lay(columns ?? all, rows, options);
}

/** Columns beside each other. */
function lay<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): TableLines {
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))));
  const natural = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[index] ?? ''))),
  );
  const indent = options.indent ?? '';
  const width = options.width === undefined ? undefined : options.width - indent.length;
  const least = columns.map((column, index) =>
    leastWidth(column, [column.title, ...cells.map((row) => row[index] ?? '')]),
  );
  const widths = fitWidths(columns, natural, least, width);
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
    linesOf(columns, cells[at] ?? [], widths).map(
      (texts) => indent + line(texts, (index) => columns[index]?.color?.(row) ?? ((text) => text)),
    ),
  );
  return { titles: [indent + titles], rows: body };
}

/** The lines of a row: one, or more where a cell wraps. */
function linesOf<Row>(
  columns: readonly Column<Row>[],
  cells: readonly string[],
  widths: readonly number[],
): readonly (readonly string[])[] {
  const wrapped = cells.map((cell, index) => (columns[index]?.wraps === true ? wrap(cell, widths[index]) : [cell]));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) => wrapped.map((lines) => lines[at] ?? ''));
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

/** The width that a column needs at least. What wraps keeps its words whole. */
function leastWidth<Row>({ flexible, wraps }: Column<Row>, texts: readonly string[]): number {
  if (flexible === true && wraps !== true) return MIN_FLEXIBLE;
  const parts = wraps === true ? texts.flatMap((text) => text.split(' ')) : texts;
  return Math.max(...parts.map(widthOf));
}

/**
 * Leaves optional columns out, the last one first, until the others have the room they need at least. `undefined` when
 * they do not even then, and the first one could stand above the others.
 */
function fitColumns<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  { width = Infinity, indent = '' }: TableOptions,
): readonly Column<Row>[] | undefined {
  const least = (column: Column<Row>): number =>
    leastWidth(column, [column.title, ...rows.map((row) => printable(column.value(row)))]);
  const total = (columns: readonly Column<Row>[], widthIn: (column: Column<Row>) => number): number =>
    columns.reduce((sum, column) => sum + widthIn(column) + 2, indent.length - 2);
  let kept = all;
  while (total(kept, (column) => Math.max(column.prefers ?? 0, least(column))) > width) {
    const dropped = kept.findLast((column) => column.optional === true);
    if (dropped === undefined) return kept.length > 2 && total(kept, least) > width ? undefined : kept;
    kept = kept.filter((column) => column !== dropped);
  }
  return kept;
}

/** Takes what is too much from the flexible columns, the widest first. */
function fitWidths<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  least: readonly number[],
  width: number | undefined,
): number[] {
  const widths = [...natural];
  if (width === undefined) return widths;
  const gaps = 2 * (columns.length - 1);
  const canShrink = (index: number): boolean =>
    columns[index]?.flexible === true && (widths[index] ?? 0) > (least[index] ?? 0);
  for (let over = widths.reduce((sum, each) => sum + each, gaps) - width; over > 0; over -= 1) {
    const flexible = widths.filter((_, index) => canShrink(index));
    if (flexible.length === 0) break;
    const widest = widths.findIndex((each, index) => canShrink(index) && each === Math.max(...flexible));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
