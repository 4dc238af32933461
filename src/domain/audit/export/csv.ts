import { executionIdOf } from '../../events/execution-id.js';
import { parseEntryBody } from '../entry-codec.js';
import { type ExportCodec, type ExportedEntry, type RecordReader, wellFormed } from './export-format.js';

/** The columns, in their order. */
export const CSV_COLUMNS = [
  'position',
  'type',
  'schemaVersion',
  'id',
  'occurredAt',
  'recordedAt',
  'stream',
  'executionId',
  'correlationId',
  'causationId',
  'actor',
  'source',
  'traceparent',
  'severity',
  'outcome',
  'category',
  'message',
  'body',
] as const;

const HEADER = CSV_COLUMNS.join(',');
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * RFC 4180: commas, CRLF, and quotes around what needs them. What a value begins with is left as it is, `=` and `@`
 * included: the bytes are what is proved.
 */
export const CSV: ExportCodec = {
  head: `${HEADER}\r\n`,
  tail: '',
  holdsBodies: true,
  record: (entry) => valuesOf(entry).map(quoted).join(','),
  place: (record) => `${record}\r\n`,
  reader: () => new CsvReader(),
  bodyOf: (record) => {
    const start = bodyStart(record);
    const last = record.slice(start);
    return last.startsWith('"') ? last.slice(1, -1).replaceAll('""', '"') : last;
  },
};

function valuesOf({ position, body }: ExportedEntry): readonly string[] {
  const entry = parseEntryBody(body, position);
  const values: Readonly<Record<(typeof CSV_COLUMNS)[number], string | number | undefined>> = {
    position,
    type: entry.type,
    schemaVersion: entry.schemaVersion,
    id: entry.id,
    occurredAt: entry.occurredAt,
    recordedAt: entry.recordedAt,
    stream: entry.stream,
    executionId: executionIdOf(entry.payload),
    correlationId: entry.correlationId,
    causationId: entry.causationId,
    actor: entry.actor,
    source: entry.source,
    traceparent: entry.traceparent,
    severity: entry.severity,
    outcome: entry.outcome,
    category: entry.category,
    message: entry.message,
    body,
  };
  return CSV_COLUMNS.map((column) => String(values[column] ?? ''));
}

function quoted(given: string): string {
  const value = wellFormed(given);
  return NEEDS_QUOTES.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Where the last value begins: after the last comma that is not within quotes. */
function bodyStart(record: string): number {
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < record.length; index += 1) {
    const character = record[index];
    if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) start = index + 1;
  }
  return start;
}

/** Joins the lines of a record: it is whole where its quotes are even, because each within a value is doubled. */
class CsvReader implements RecordReader {
  #isBegun = false;
  #lines: string[] = [];
  #isQuoted = false;

  get isWithin(): boolean {
    return this.#isQuoted;
  }

  next(line: string): string | undefined | { readonly problem: string } {
    if (!this.#isBegun) {
      this.#isBegun = true;
      return line === `${HEADER}\r` ? undefined : { problem: 'its first line does not name the columns' };
    }
    this.#lines.push(line);
    for (const character of line) if (character === '"') this.#isQuoted = !this.#isQuoted;
    if (this.#isQuoted) return undefined;
    const record = this.#lines.join('\n');
    this.#lines = [];
    return record.endsWith('\r') ? record.slice(0, -1) : { problem: 'its line does not end with CRLF' };
  }

  end(): string | undefined {
    if (!this.#isBegun) return 'it does not name its columns';
    return this.#isQuoted ? 'its last record is cut off' : undefined;
  }
}
