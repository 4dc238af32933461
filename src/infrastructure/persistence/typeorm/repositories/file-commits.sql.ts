import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { FILE_COMMIT_STATUSES, type FileCommit } from '../../../../domain/file/file-commit.js';
import type { FileCommitQuery } from '../../../../domain/file/file-commit.repository.port.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { conditionsOf, deleteByKey, selectOf, upsertOf } from './keyed-rows.js';
import { checkRow, storedCount, storedTime } from './stored-row.js';

const TABLE = 'file_commits';

const COLUMNS = [
  'id',
  'status',
  'tree_hash',
  'file_count',
  'total_bytes',
  'message',
  'execution_id',
  'workspace_id',
  'parent_id',
  'owner',
  'created_at',
  'verified_at',
] as const;

const UPSERT = upsertOf(TABLE, COLUMNS);
const SELECT = selectOf(TABLE, COLUMNS);

const optionalText = z.string().nullable();

/** What a row must be to be a {@link FileCommit}. */
const FILE_COMMIT: z.ZodType = z.object({
  id: z.string(),
  status: z.enum(FILE_COMMIT_STATUSES),
  treeHash: optionalText,
  fileCount: storedCount,
  totalBytes: storedCount,
  message: optionalText,
  executionId: optionalText,
  workspaceId: optionalText,
  parentId: optionalText,
  owner: optionalText,
  createdAt: storedTime,
  verifiedAt: storedTime.nullable(),
} satisfies Record<keyof FileCommit, z.ZodType>);

/** Adds a commit, or changes the one of its id. */
export async function upsertFileCommit(queries: QueryRunner, commit: FileCommit): Promise<void> {
  const { id, status, treeHash, fileCount, totalBytes, message } = commit;
  const { executionId, workspaceId, parentId, owner, createdAt, verifiedAt } = commit;
  const row = [id, status, treeHash, fileCount, totalBytes, message];
  const rest = [executionId, workspaceId, parentId, owner, createdAt, verifiedAt];
  await dialectOf(queries).runPrepared(queries, UPSERT, [...row, ...rest]);
}

/** @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export async function selectFileCommit(queries: QueryRunner, id: string): Promise<FileCommit | undefined> {
  const [values] = await dialectOf(queries).selectArrays(queries, `${SELECT} WHERE id = ?`, [id]);
  return values && toFileCommit(values);
}

/** The newest first. @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export async function selectFileCommits(
  queries: QueryRunner,
  { executionId, workspaceId, status, before, limit }: FileCommitQuery,
): Promise<readonly FileCommit[]> {
  const { where, parameters } = conditionsOf([
    ['execution_id = ?', executionId],
    ['workspace_id = ?', workspaceId],
    ['status = ?', status],
    ['id < ?', before],
  ]);
  const sql = `${SELECT}${where} ORDER BY id DESC LIMIT ?`;
  const rows = await dialectOf(queries).selectArrays(queries, sql, [...parameters, limit]);
  return Array.from(rows, toFileCommit);
}

/** Every tree that a commit has, each once. */
export async function selectTreeHashes(queries: QueryRunner): Promise<readonly string[]> {
  const sql = `SELECT DISTINCT tree_hash FROM ${TABLE} WHERE tree_hash IS NOT NULL ORDER BY tree_hash`;
  return Array.from(await dialectOf(queries).selectArrays(queries, sql, []), ([hash]) => String(hash));
}

/** Returns whether it was there. */
export function deleteFileCommit(queries: QueryRunner, id: string): Promise<boolean> {
  return deleteByKey(queries, TABLE, id);
}

function toFileCommit(values: readonly unknown[]): FileCommit {
  const [id, status, treeHash, fileCount, totalBytes, message, ...rest] = values;
  const [executionId, workspaceId, parentId, owner, createdAt, verifiedAt] = rest;
  const row = {
    id,
    status,
    treeHash,
    fileCount: Number(fileCount),
    totalBytes: Number(totalBytes),
    message,
    executionId,
    workspaceId,
    parentId,
    owner,
    createdAt,
    verifiedAt,
  };
  return Object.freeze(checkRow(FILE_COMMIT, row, `File commit ${String(id)}`)) as FileCommit;
}
