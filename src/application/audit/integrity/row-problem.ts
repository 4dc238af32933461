import type { EntryBody, EntryColumns, StoredEntry } from '../../../domain/audit/audit-entry.js';
import { columnsOf, hasColumns, parseEntryBody } from '../../../domain/audit/entry-codec.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { Hash } from '../../../domain/shared/hash.js';

/**
 * What is wrong with a stored entry, taken by itself; `undefined` when nothing is.
 *
 * @param leaf the hash of its text
 */
export function rowProblem(row: StoredEntry, leaf: Hash): string | undefined {
  if (leaf !== row.leafHash) return 'its text does not hash to its leaf';
  let body: EntryBody;
  try {
    body = parseEntryBody(row.body, row.position);
  } catch (error) {
    if (WaymarkError.is(error, 'WAYMARK_LOG_CORRUPT')) return 'its text is not an entry';
    throw error;
  }
  if (body.position !== row.position) return `its text says position ${body.position}`;
  if (hasColumns(body, row.columns)) return undefined;
  const stated = columnsOf(body);
  const { columns } = row;
  for (const key of COLUMNS) {
    if (stated[key] !== columns[key]) return `its column ${key} does not say what its text says`;
  }
  return undefined;
}

const COLUMNS: readonly (keyof EntryColumns)[] = [
  'eventId',
  'type',
  'stream',
  'executionId',
  'correlationId',
  'actor',
  'severity',
  'outcome',
  'category',
  'occurredAt',
  'recordedAt',
];
