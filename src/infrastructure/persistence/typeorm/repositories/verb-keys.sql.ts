import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import type { VerbKey } from '../../../../domain/execution/verb-key.repository.port.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { parsedJson } from './keyed-rows.js';
import { checkRow, storedJson, storedTime } from './stored-row.js';

const VERB_KEYS = {
  table: 'verb_keys',
  columns: {
    verb_key: 'text',
    verb: 'text',
    execution_id: 'text',
    digest: 'text',
    result: 'text',
    used_at: 'text',
  },
} as const;

const SELECT = `SELECT ${Object.keys(VERB_KEYS.columns).join(', ')} FROM ${VERB_KEYS.table} WHERE verb_key = ?`;

/** What a row must be to be a {@link VerbKey}. */
const VERB_KEY: z.ZodType = z.object({
  key: z.string(),
  verb: z.string(),
  executionId: z.string(),
  digest: z.string(),
  result: storedJson,
  usedAt: storedTime,
});

/** Adds a key that is not there. */
export async function insertVerbKey(queries: QueryRunner, entry: VerbKey): Promise<void> {
  const { key, verb, executionId, digest, result, usedAt } = entry;
  const row = [key, verb, executionId, digest, JSON.stringify(result), usedAt];
  await dialectOf(queries).insertMissing(queries, VERB_KEYS, [row]);
}

/** The entry of a key. @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export async function selectVerbKey(queries: QueryRunner, wanted: string): Promise<VerbKey | undefined> {
  const [values] = await dialectOf(queries).selectArrays(queries, SELECT, [wanted]);
  if (values === undefined) return undefined;
  const [key, verb, executionId, digest, result, usedAt] = values;
  const row = { key, verb, executionId, digest, result: parsedJson(result), usedAt };
  return Object.freeze(checkRow(VERB_KEY, row, `Verb key ${wanted}`)) as VerbKey;
}

/** Removes the keys of an execution. */
export async function deleteVerbKeys(queries: QueryRunner, executionId: string): Promise<void> {
  await dialectOf(queries).runPrepared(queries, 'DELETE FROM verb_keys WHERE execution_id = ?', [executionId]);
}
