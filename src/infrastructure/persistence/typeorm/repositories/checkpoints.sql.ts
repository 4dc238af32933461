import type { QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';
import { checkpointEntity } from '../entities/checkpoint.entity.js';
import type { CheckpointRow } from './checkpoint-rows.js';

const COLUMNS =
  'id, execution_id, parent_id, branch_id, sequence, kind, label, node_id, occurrence, position, state_hash, manifest, state_bytes, stored_bytes, created_at, base_id, depth' as const;

/** How many ids are in one statement: what is long must not hold the event loop. */
const CHUNK = 1_000;

/** The execution of a checkpoint, `undefined` where it is not there. */
export async function selectExecutionOf(queries: QueryRunner, checkpointId: string): Promise<string | undefined> {
  const sql = 'SELECT execution_id FROM checkpoints WHERE id = ?';
  const [row] = await dialectOf(queries).selectArrays(queries, sql, [checkpointId]);
  return row === undefined ? undefined : String(row[0]);
}

/** The hash of a checkpoint's state. */
export async function selectStateHash(queries: QueryRunner, checkpointId: string): Promise<string | undefined> {
  const sql = 'SELECT state_hash FROM checkpoints WHERE id = ?';
  const [row] = await dialectOf(queries).selectArrays(queries, sql, [checkpointId]);
  return row === undefined ? undefined : String(row[0]);
}

/** The executions of some checkpoints. */
export async function selectExecutionsOf(queries: QueryRunner, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const dialect = dialectOf(queries);
  const found = new Set<string>();
  for (let from = 0; from < ids.length; from += CHUNK) {
    const sql = `SELECT DISTINCT execution_id FROM checkpoints WHERE ${dialect.isOneOf('id')}`;
    const rows = await dialect.selectArrays(queries, sql, [dialect.listOf(ids.slice(from, from + CHUNK))]);
    for (const [id] of rows) found.add(String(id));
  }
  return found;
}

/** Which of some checkpoints are there. */
export async function selectPresent(queries: QueryRunner, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const dialect = dialectOf(queries);
  const sql = `SELECT id FROM checkpoints WHERE ${dialect.isOneOf('id')}`;
  return new Set((await dialect.selectArrays(queries, sql, [dialect.listOf(ids)])).map(([id]) => String(id)));
}

/** The id of the checkpoint of an execution that has a label. */
export async function selectLabelled(
  queries: QueryRunner,
  executionId: string,
  label: string,
): Promise<string | undefined> {
  const sql = 'SELECT id FROM checkpoints WHERE execution_id = ? AND label = ?';
  const [row] = await dialectOf(queries).selectArrays(queries, sql, [executionId, label]);
  return row === undefined ? undefined : String(row[0]);
}

/** Stores a new row. */
export async function insertCheckpoint(queries: QueryRunner, row: CheckpointRow): Promise<void> {
  const { id, executionId, parentId, branchId, sequence, kind, label, nodeId, occurrence } = row;
  const { stateHash, stateBytes, storedBytes, createdAt, baseId, depth } = row;
  const [position, manifest] = [JSON.stringify(row.position), JSON.stringify(row.manifest)];
  // prettier-ignore -- in the order of the columns
  const values = [
    id,
    executionId,
    parentId,
    branchId,
    sequence,
    kind,
    label,
    nodeId,
    occurrence,
    position,
    stateHash,
    manifest,
    stateBytes,
    storedBytes,
    createdAt,
    baseId,
    depth,
  ];
  const sql = `INSERT INTO checkpoints (${COLUMNS}) VALUES (${values.map(() => '?').join(', ')})`;
  await dialectOf(queries).runPrepared(queries, sql, values);
}

/** Writes again what a row follows and what it stands on. */
export async function rewriteCheckpoint(queries: QueryRunner, row: CheckpointRow): Promise<void> {
  const sql = 'UPDATE checkpoints SET parent_id = ?, base_id = ?, position = ?, manifest = ? WHERE id = ?';
  const lists = [JSON.stringify(row.position), JSON.stringify(row.manifest)];
  await dialectOf(queries).runPrepared(queries, sql, [row.parentId, row.baseId, ...lists, row.id]);
}

/** Gives a checkpoint a label, or takes it away. */
export async function updateLabel(queries: QueryRunner, checkpointId: string, label: string | null): Promise<void> {
  await dialectOf(queries).runPrepared(queries, 'UPDATE checkpoints SET label = ? WHERE id = ?', [label, checkpointId]);
}

/** Hangs a checkpoint on another. */
export async function updateParent(queries: QueryRunner, checkpointId: string, parentId: string | null): Promise<void> {
  const sql = 'UPDATE checkpoints SET parent_id = ? WHERE id = ?';
  await dialectOf(queries).runPrepared(queries, sql, [parentId, checkpointId]);
}

/** Removes rows. */
export async function deleteCheckpoints(queries: QueryRunner, ids: readonly string[]): Promise<void> {
  const dialect = dialectOf(queries);
  for (let from = 0; from < ids.length; from += CHUNK) {
    const sql = `DELETE FROM checkpoints WHERE ${dialect.isOneOf('id')}`;
    await dialect.runPrepared(queries, sql, [dialect.listOf(ids.slice(from, from + CHUNK))]);
  }
}

/** Removes the rows of an execution, and returns how many there were. */
export async function deleteCheckpointsOf(queries: QueryRunner, executionId: string): Promise<number> {
  const dialect = dialectOf(queries);
  const count = 'SELECT count(*) FROM checkpoints WHERE execution_id = ?';
  const [row] = await dialect.selectArrays(queries, count, [executionId]);
  await dialect.runPrepared(queries, 'DELETE FROM checkpoints WHERE execution_id = ?', [executionId]);
  return Number(row?.[0] ?? 0);
}

/** The ids of executions that have checkpoints, after one. */
export async function selectExecutionIds(
  queries: QueryRunner,
  after: string | undefined,
  limit: number,
): Promise<readonly string[]> {
  const sql = `
    SELECT DISTINCT execution_id FROM checkpoints
    WHERE execution_id > ? ORDER BY execution_id LIMIT ?`;
  const rows = await dialectOf(queries).selectArrays(queries, sql, [after ?? '', limit]);
  return rows.map(([id]) => String(id));
}

/** A manifest as it is stored: whole, or what is different from that of another row. */
export interface StoredManifest {
  readonly id: string;
  readonly executionId: string;
  readonly manifest: string;
}

/** Some manifests as they are stored, after the checkpoint of an id. */
export async function selectManifests(
  queries: QueryRunner,
  after: string,
  limit: number,
): Promise<readonly StoredManifest[]> {
  const sql = 'SELECT id, execution_id, manifest FROM checkpoints WHERE id > ? ORDER BY id LIMIT ?';
  const rows = await dialectOf(queries).selectArrays(queries, sql, [after, limit]);
  return rows.map(([id, executionId, manifest]) => ({
    id: String(id),
    executionId: String(executionId),
    manifest: String(manifest),
  }));
}

/**
 * The ids of rows and of all that they stand on. `UNION` leaves out what it has found already, so it ends on a circle
 * too.
 */
const CHAIN = `
  SELECT id, base_id FROM checkpoints WHERE id IN (:...checkpointIds)
  UNION
  SELECT base.id, base.base_id FROM checkpoints base JOIN chain ON base.id = chain.base_id`;

/** A row and all that it stands on, in no order. */
export function selectChain(queries: QueryRunner, checkpointId: string): Promise<CheckpointRow[]> {
  return selectChains(queries, [checkpointId]);
}

/** A few rows and all that they stand on, each once and in no order. */
export function selectChains(queries: QueryRunner, checkpointIds: readonly string[]): Promise<CheckpointRow[]> {
  return checkpointsOf(queries)
    .addCommonTableExpression(CHAIN, 'chain', { recursive: true })
    .where('checkpoint.id IN (SELECT id FROM chain)')
    .setParameters({ checkpointIds })
    .getMany();
}

/** The rows of an execution by sequence. */
export function selectRows(queries: QueryRunner, executionId: string): Promise<CheckpointRow[]> {
  return checkpointsOf(queries)
    .where('checkpoint.executionId = :executionId', { executionId })
    .orderBy('checkpoint.sequence', 'ASC')
    .getMany();
}

function checkpointsOf(queries: QueryRunner) {
  return queries.manager.createQueryBuilder<CheckpointRow>(checkpointEntity.name, 'checkpoint', queries);
}
