/** Prints a question, a table, and how to read it. */
export function report(
  question: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  reading: readonly string[],
): void {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join(' | ')} |`;
  console.log(`## ${question}\n`);
  console.log(line(columns));
  console.log(
    `|${widths.map((width, index) => (index === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`,
  );
  for (const row of rows) console.log(line(row));
  console.log('');
  for (const sentence of reading) console.log(sentence);
}

/** A ratio for people: 1.94×. */
export function ratio(value: number): string {
  return `${value.toFixed(2)}×`;
}

/** Says whether a bar was met. */
export function verdict(label: string, met: boolean): string {
  return `${met ? 'met' : 'MISSED'}: ${label}`;
}
