import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { inTenths, type Progress } from './progress.js';
import { STRIKE_COLUMNS } from './strike.js';
import { type TextColumn, TextColumnWriter } from './text-column.js';

/** The file as it was read, so that anybody can tell later whether theirs is the same. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
}

/** The rows of the file as text, by column. */
export type TextTable = Readonly<Record<string, TextColumn>>;

/** The file is no wildlife strike CSV. */
export class MissingColumnsError extends Error {
  override readonly name = 'MissingColumnsError';
  readonly code = 'MISSING_COLUMNS';

  constructor(file: string, missing: readonly string[]) {
    super(
      `${file} is not a wildlife strike CSV: its first row lacks ${missing.map((name) => `"${name}"`).join(', ')}.`,
    );
  }
}

// A chunk is parsed in one go, in about 5 ms at this size: the process can do other things in between.
const CHUNK_BYTES = 32 * 1024;

/**
 * Reads the CSV as a stream, a chunk at a time, and takes its digest on the way.
 *
 * @throws MissingColumnsError; an error of csv-parse for a row with too few or too many fields
 */
export async function readCsv(
  path: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ readonly source: SourceFile; readonly table: TextTable }> {
  const name = basename(path);
  const { size } = await stat(path);
  const tell = inTenths(progress);
  const sha256 = createHash('sha256');
  const writers = new Map<string, TextColumnWriter>();
  let header: readonly string[] = [];
  let bytes = 0;
  let rows = 0;

  await pipeline(
    createReadStream(path, { highWaterMark: CHUNK_BYTES }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        sha256.update(chunk);
        bytes += chunk.length;
        yield chunk;
        tell(bytes / size, `${rows.toLocaleString('en-US')} rows read`);
      }
    },
    parse({ bom: true }),
    async (records: AsyncIterable<readonly string[]>) => {
      for await (const record of records) {
        if (header.length === 0) {
          header = record;
          assertColumns(name, header);
          for (const column of header) writers.set(column, new TextColumnWriter());
        } else {
          for (const [index, column] of header.entries()) writers.get(column)?.add(record[index] ?? '');
          rows += 1;
        }
      }
    },
    { signal },
  );
  if (header.length === 0) assertColumns(name, header);

  return {
    source: { name, bytes, sha256: sha256.digest('hex'), rows },
    table: Object.fromEntries([...writers].map(([column, writer]) => [column, writer.column()])),
  };
}

function assertColumns(file: string, header: readonly string[]): void {
  const missing = STRIKE_COLUMNS.filter((column) => !header.includes(column));
  if (missing.length > 0) throw new MissingColumnsError(file, missing);
}
