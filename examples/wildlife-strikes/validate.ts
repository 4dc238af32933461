import { setImmediate } from 'node:timers/promises';
import type { TextTable } from './ingest.js';
import { inTenths, type Progress } from './progress.js';
import { isIdentified, type Strikes, strikeSchema, StrikesWriter } from './strike.js';
import { textAt } from './text-column.js';

/** What looking at every row found. */
export interface Validation {
  readonly rows: number;
  readonly valid: number;
  readonly invalid: number;
  /** The first few invalid rows, and why they are. */
  readonly invalidSamples: readonly { readonly row: number; readonly issues: readonly string[] }[];
  /** Valid rows that say the same as an earlier one. They are kept: two birds on one day look like that too. */
  readonly repeated: number;
  /** Valid rows that do not name what was struck. */
  readonly unidentified: number;
  /** Valid rows whose damage is none of the known levels, by what they have instead. */
  readonly unknownDamage: Readonly<Record<string, number>>;
}

/** No row of the file can be used. */
export class NoValidRowsError extends Error {
  override readonly name = 'NoValidRowsError';
  readonly code = 'NO_VALID_ROWS';

  constructor({ rows, invalidSamples }: Validation) {
    const [first] = invalidSamples;
    super(
      `None of the ${rows} rows is valid${first === undefined ? '' : `; row ${first.row}: ${first.issues.join('; ')}`}.`,
    );
  }
}

const CHUNK = 500;
const SAMPLES = 5;
const DAMAGE_LEVELS = new Set(['None', 'Minor', 'Medium', 'Substantial', 'Destroyed']);

/**
 * Checks every row. Invalid ones are left out, counted and sampled. The work is done in chunks, so that the process can
 * do other things in between.
 *
 * @throws NoValidRowsError
 */
export async function validateRows(
  table: TextTable,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ readonly strikes: Strikes; readonly validation: Validation }> {
  const tell = inTenths(progress);
  const columns = Object.entries(table);
  const rows = columns[0]?.[1].rows.length ?? 0;
  const writer = new StrikesWriter();
  const seen = new Set<string>();
  const invalidSamples: { row: number; issues: string[] }[] = [];
  const unknownDamage: Record<string, number> = {};
  let repeated = 0;
  let unidentified = 0;

  for (let row = 0; row < rows; row += 1) {
    if (row % CHUNK === 0) {
      tell(row / rows, `${row.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows checked`);
      await setImmediate(undefined, { signal });
    }
    const fields = columns.map(([column, values]) => [column, textAt(values, row)] as const);
    const parsed = strikeSchema.safeParse(Object.fromEntries(fields));
    if (!parsed.success) {
      if (invalidSamples.length < SAMPLES) {
        // Row 1 of the file is its header.
        const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
        invalidSamples.push({ row: row + 2, issues });
      }
      continue;
    }
    writer.add(parsed.data);
    const whole = JSON.stringify(fields);
    if (seen.has(whole)) repeated += 1;
    seen.add(whole);
    const { damage, species } = parsed.data;
    if (!isIdentified(species)) unidentified += 1;
    if (!DAMAGE_LEVELS.has(damage)) unknownDamage[damage] = (unknownDamage[damage] ?? 0) + 1;
  }

  const validation: Validation = {
    rows,
    valid: writer.count,
    invalid: rows - writer.count,
    invalidSamples,
    repeated,
    unidentified,
    unknownDamage,
  };
  if (writer.count === 0) throw new NoValidRowsError(validation);
  tell(1, `${rows.toLocaleString('en-US')} rows checked, ${validation.invalid.toLocaleString('en-US')} invalid`);
  return { strikes: writer.strikes(), validation };
}
