import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { ENVIRONMENT_MODES } from '../../../../domain/environment/environment-mode.js';
import { RUNTIMES } from '../../../../domain/environment/environment-spec.js';
import type { CheckpointFiles } from '../../../../domain/file/checkpoint-files.js';
import { sha256Hex } from '../../../../domain/shared/hash.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { jsonOrNull, parsedJson, upsertOf } from './keyed-rows.js';
import { checkRow } from './stored-row.js';

const TABLE = 'checkpoint_files';

const UPSERT = upsertOf(TABLE, ['checkpoint_id', 'execution_id', 'workspace_id', 'commit_id', 'environment_hash']);

const SELECT = `SELECT checkpoint_id, execution_id, workspace_id, commit_id, environment_hash, record
  FROM ${TABLE} LEFT JOIN environment_records ON hash = environment_hash`;

const RECORDS = { table: 'environment_records', columns: { hash: 'text', record: 'text' } } as const;

const text = z.string();
const texts = z.record(text, text);

/** What a row must be to be {@link CheckpointFiles}. */
const CHECKPOINT_FILES: z.ZodType = z.object({
  checkpointId: text,
  executionId: text,
  workspaceId: text.nullable(),
  commitId: text.nullable(),
  environment: z
    .object({
      environmentId: text,
      specHash: text,
      spec: z.object({
        runtime: z.enum(RUNTIMES),
        version: text.optional(),
        packages: texts.optional(),
        lock: text.optional(),
        variables: texts.optional(),
      }),
      installed: z.array(text),
      mode: z.enum(ENVIRONMENT_MODES).optional(),
    })
    .nullable(),
} satisfies Record<keyof CheckpointFiles, z.ZodType>);

/** Adds a link, or changes that of its checkpoint. */
export async function upsertCheckpointFiles(queries: QueryRunner, link: CheckpointFiles): Promise<void> {
  const { checkpointId, executionId, workspaceId, commitId, environment } = link;
  const dialect = dialectOf(queries);
  const record = jsonOrNull(environment);
  const hash = record === null ? null : sha256Hex(record);
  if (record !== null) await dialect.insertMissing(queries, RECORDS, [[hash, record]]);
  await dialect.runPrepared(queries, UPSERT, [checkpointId, executionId, workspaceId, commitId, hash]);
}

/** @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export async function selectCheckpointFiles(
  queries: QueryRunner,
  checkpointId: string,
): Promise<CheckpointFiles | undefined> {
  const [values] = await dialectOf(queries).selectArrays(queries, `${SELECT} WHERE checkpoint_id = ?`, [checkpointId]);
  return values && toCheckpointFiles(values);
}

/** In the order of the checkpoints' ids. @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export async function selectFilesOfExecution(
  queries: QueryRunner,
  executionId: string,
): Promise<readonly CheckpointFiles[]> {
  const sql = `${SELECT} WHERE execution_id = ? ORDER BY checkpoint_id`;
  return Array.from(await dialectOf(queries).selectArrays(queries, sql, [executionId]), toCheckpointFiles);
}

/** The commits that a checkpoint is linked to, each once. */
export async function selectLinkedCommits(queries: QueryRunner): Promise<readonly string[]> {
  const sql = `SELECT DISTINCT commit_id FROM ${TABLE} WHERE commit_id IS NOT NULL ORDER BY commit_id`;
  return Array.from(await dialectOf(queries).selectArrays(queries, sql, []), ([id]) => String(id));
}

/** Removes the links of checkpoints. */
export async function deleteCheckpointFiles(queries: QueryRunner, checkpointIds: readonly string[]): Promise<void> {
  if (checkpointIds.length === 0) return;
  const dialect = dialectOf(queries);
  const sql = dialect.statement(`DELETE FROM ${TABLE} WHERE ${dialect.isOneOf('checkpoint_id')}`);
  await dialect.runPrepared(queries, sql, [dialect.listOf(checkpointIds)]);
}

/** Removes the links of an execution. */
export async function deleteFilesOfExecution(queries: QueryRunner, executionId: string): Promise<void> {
  await dialectOf(queries).runPrepared(queries, `DELETE FROM ${TABLE} WHERE execution_id = ?`, [executionId]);
}

function toCheckpointFiles(values: readonly unknown[]): CheckpointFiles {
  const [checkpointId, executionId, workspaceId, commitId, environmentHash, record] = values;
  // A hash without its record is read as what nothing is that was stored.
  const environment = environmentHash !== null && record === null ? undefined : parsedJson(record);
  const row = { checkpointId, executionId, workspaceId, commitId, environment };
  return Object.freeze(
    checkRow(CHECKPOINT_FILES, row, `Files of checkpoint ${String(checkpointId)}`),
  ) as CheckpointFiles;
}
