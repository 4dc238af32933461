import { WaymarkError } from '../../shared/errors.js';

/** An export, or its manifest, is not what was written. */
export class ExportDamagedError extends WaymarkError {
  /** What is wrong with it. */
  readonly problem: string;
  /** The line of the exported text where that shows, from 1, where it can be told. */
  readonly line: number | undefined;

  /** @param lastLine where it can only be told between which lines it is */
  constructor(problem: string, line?: number, { lastLine, cause }: { lastLine?: number; cause?: unknown } = {}) {
    super('WAYMARK_EXPORT_DAMAGED', `The export is damaged${placeOf(line, lastLine)}: ${problem}.`, {
      cause,
      hint: 'Get the file and its manifest again from where they were exported, or export anew.',
      details: { problem, ...(line === undefined ? {} : { line }), ...(lastLine === undefined ? {} : { lastLine }) },
    });
    this.problem = problem;
    this.line = line;
  }
}

function placeOf(line: number | undefined, lastLine: number | undefined): string {
  if (line === undefined) return '';
  return lastLine === undefined || lastLine === line ? ` in line ${line}` : ` between lines ${line} and ${lastLine}`;
}

/** The log is not one that an export can be imported into. Nothing more was imported. */
export function importMismatch(message: string, details: Readonly<Record<string, unknown>>): WaymarkError {
  return new WaymarkError('WAYMARK_IMPORT_MISMATCH', message, {
    hint: 'Import into an empty log, or into one that ends where the export begins; nobody else may append meanwhile.',
    details,
  });
}

/** The export does not hold what a log can be made of. */
export function notImportable(why: string): WaymarkError {
  return new WaymarkError('WAYMARK_NOT_IMPORTABLE', `The export can not be imported: ${why}.`, {
    hint: 'Export the log without a filter, as jsonl or csv, or as cloudevents with withEntry.',
  });
}
