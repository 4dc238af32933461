import type { QueryRunner } from 'typeorm';
import type { GatheredRows, InsertRow } from '../dialect/dialect.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { checkpointEntity } from '../entities/checkpoint.entity.js';
import type { TypeOrmScope } from '../typeorm-scope.js';
import type { CheckpointRow } from './checkpoint-rows.js';

const TYPES = {
  id: 'text',
  execution_id: 'text',
  parent_id: 'text',
  branch_id: 'text',
  sequence: 'integer',
  kind: 'text',
  label: 'text',
  node_id: 'text',
  occurrence: 'integer',
  position: 'text',
  state_hash: 'text',
  manifest: 'text',
  state_bytes: 'integer',
  stored_bytes: 'integer',
  created_at: 'text',
  base_id: 'text',
  depth: 'integer',
} as const;
const COLUMNS = Object.keys(TYPES).join(', ');

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

const INSERT = `INSERT INTO checkpoints (${COLUMNS}) VALUES (${Object.keys(TYPES)
  .map(() => '?')
  .join(', ')})`;

/** Stores a new row. */
export async function insertCheckpoint(queries: QueryRunner, row: CheckpointRow): Promise<void> {
  await dialectOf(queries).runPrepared(queries, INSERT, valuesOf(row));
}

/** Those that are there already are left out, and those that follow one that is not there, or is another execution's. */
const INSERTED: GatheredRows = {
  name: 'checkpoints',
  // The last tells whether its parent was gathered before it.
  columns: { ...TYPES, follows_given: 'integer' },
  write: (given) => `
    INSERT INTO checkpoints (${COLUMNS}) SELECT ${COLUMNS} FROM ${given} AS own
    WHERE own.parent_id IS NULL
      OR EXISTS (SELECT FROM checkpoints WHERE id = own.parent_id AND execution_id = own.execution_id)
      OR own.follows_given = 1 AND (own.parent_id, own.execution_id) IN (SELECT id, execution_id FROM ${given})
    ON CONFLICT DO NOTHING`,
};

/** Stores a new row together with others. It has no label, and the one that it follows must be there. */
export function gatherCheckpoint(scope: TypeOrmScope, row: CheckpointRow): void {
  const followsGiven = row.parentId !== null && scope.hasGathered(INSERTED, row.parentId);
  scope.gather(INSERTED, row.id, [...valuesOf(row), followsGiven ? 1 : 0]);
}

/** The values of a row in the order of its columns. */
function valuesOf(row: CheckpointRow): InsertRow {
  return [
    row.id,
    row.executionId,
    row.parentId,
    row.branchId,
    row.sequence,
    row.kind,
    row.label,
    row.nodeId,
    row.occurrence,
    JSON.stringify(row.position),
    row.stateHash,
    JSON.stringify(row.manifest),
    row.stateBytes,
    row.storedBytes,
    row.createdAt,
    row.baseId,
    row.depth,
  ];
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
