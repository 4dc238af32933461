import type { QueryRunner } from 'typeorm';
import type { SubjectKeyRecord } from '../../../../domain/audit/personal/subject-key.js';
import { WaymarkError } from '../../../../domain/shared/errors.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { placeholders } from './audit-conditions.sql.js';

const COLUMNS = ['id', 'subject_id', 'generation', 'material', 'created_at', 'destroyed_at'];
const SELECT = `SELECT ${COLUMNS.join(', ')} FROM subject_keys`;

/** One size, so that there is one statement to prepare. */
const IDS_PER_STATEMENT = 64;

interface SubjectKeyRow {
  readonly id: string;
  readonly subject_id: string;
  readonly generation: number;
  readonly material: string | null;
  readonly created_at: string;
  readonly destroyed_at: string | null;
}

/** What is the same for all keys of a store. */
export interface SubjectSettings {
  readonly salt: string;
  readonly revision: number;
}

/** @throws WaymarkError `WAYMARK_STORE_CORRUPT` when the row is missing */
export async function selectSettings(queries: QueryRunner): Promise<SubjectSettings> {
  const sql = 'SELECT salt, revision FROM subject_settings WHERE id = 1';
  const [row] = (await dialectOf(queries).runPrepared(queries, sql)) as SubjectSettings[];
  if (row !== undefined) return row;
  throw new WaymarkError('WAYMARK_STORE_CORRUPT', 'The settings of personal keys are missing from the store.', {
    hint: 'Copy the store away, and compare it with a backup.',
  });
}

/** The keys whose column has one of those values, the oldest first. */
export async function selectKeys(
  queries: QueryRunner,
  column: 'id' | 'subject_id',
  values: readonly string[],
): Promise<readonly SubjectKeyRecord[]> {
  const sql = `${SELECT} WHERE ${column} IN (${placeholders(IDS_PER_STATEMENT)}) ORDER BY subject_id, generation`;
  const found: SubjectKeyRecord[] = [];
  for (let from = 0; from < values.length; from += IDS_PER_STATEMENT) {
    const chunk = values.slice(from, from + IDS_PER_STATEMENT);
    // Filled up with its first value.
    const filled = [...chunk, ...Array<string>(IDS_PER_STATEMENT - chunk.length).fill(chunk[0] as string)];
    const rows = (await dialectOf(queries).runPrepared(queries, sql, filled)) as readonly SubjectKeyRow[];
    found.push(...Array.from(rows, toRecord));
  }
  return found;
}

/** Adds a key. */
export async function insertKey(queries: QueryRunner, key: SubjectKeyRecord): Promise<void> {
  const dialect = dialectOf(queries);
  const sql = `INSERT INTO subject_keys (${COLUMNS.join(', ')}) VALUES (${placeholders(COLUMNS.length)})`;
  const { id, subjectId, generation, material, createdAt, destroyedAt } = key;
  const values = [id, subjectId, generation, material, createdAt, destroyedAt];
  await dialect.wiping(queries, () => dialect.runPrepared(queries, sql, values));
}

/** Takes the bytes of a person's keys away, and counts it. */
export async function wipeKeys(queries: QueryRunner, subjectId: string, destroyedAt: string): Promise<void> {
  const dialect = dialectOf(queries);
  const sql = 'UPDATE subject_keys SET material = NULL, destroyed_at = ? WHERE subject_id = ? AND material IS NOT NULL';
  await dialect.wiping(queries, () => dialect.runPrepared(queries, sql, [destroyedAt, subjectId]));
  await dialect.runPrepared(queries, 'UPDATE subject_settings SET revision = revision + 1 WHERE id = 1');
}

function toRecord(row: SubjectKeyRow): SubjectKeyRecord {
  return {
    id: row.id,
    subjectId: row.subject_id,
    generation: row.generation,
    material: row.material,
    createdAt: row.created_at,
    destroyedAt: row.destroyed_at,
  };
}
