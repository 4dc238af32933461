import type { QueryRunner } from 'typeorm';
import type { Branch } from '../../../../domain/checkpoint/checkpoint.js';
import type { GatheredRows, InsertRow } from '../dialect/dialect.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { type BranchRow, branchEntity } from '../entities/branch.entity.js';
import type { TypeOrmScope } from '../typeorm-scope.js';

/** Where a branch stands, `null` where it is not there. */
export async function selectHead(
  queries: QueryRunner,
  { executionId, branchId }: Pick<Branch, 'executionId' | 'branchId'>,
): Promise<string | null> {
  const sql = 'SELECT head_checkpoint_id FROM branches WHERE execution_id = ? AND branch_id = ?';
  const [row] = await dialectOf(queries).selectArrays(queries, sql, [executionId, branchId]);
  return row === undefined ? null : String(row[0]);
}

const COLUMNS = 'execution_id, branch_id, parent_branch_id, start_checkpoint_id, head_checkpoint_id, abandoned';
const OR_MOVE = `
  ON CONFLICT (execution_id, branch_id)
  DO UPDATE SET head_checkpoint_id = excluded.head_checkpoint_id, abandoned = excluded.abandoned`;

/** Stores a branch, or the head and the mark of one that is there. */
export async function upsertBranch(queries: QueryRunner, branch: Branch): Promise<void> {
  const sql = `INSERT INTO branches (${COLUMNS}) VALUES (?, ?, ?, ?, ?, CAST(? AS BOOLEAN)) ${OR_MOVE}`;
  await dialectOf(queries).runPrepared(queries, sql, valuesOf(branch));
}

const UPSERTED: GatheredRows = {
  name: 'branches',
  columns: {
    execution_id: 'text',
    branch_id: 'text',
    parent_branch_id: 'text',
    start_checkpoint_id: 'text',
    head_checkpoint_id: 'text',
    abandoned: 'integer',
  },
  write: (given) => `
    INSERT INTO branches (${COLUMNS})
    SELECT ${COLUMNS.replace('abandoned', 'abandoned <> 0')} FROM ${given} ${OR_MOVE}`,
};

/** {@link upsertBranch}, together with others. */
export function gatherBranch(scope: TypeOrmScope, branch: Branch): void {
  scope.gather(UPSERTED, JSON.stringify([branch.executionId, branch.branchId]), valuesOf(branch));
}

/** SQLite's driver takes no booleans, and PostgreSQL takes no number for one without a cast. */
function valuesOf(branch: Branch): InsertRow {
  const { executionId, branchId, parentBranchId, startCheckpointId, headCheckpointId, abandoned } = branch;
  return [executionId, branchId, parentBranchId, startCheckpointId, headCheckpointId, abandoned ? 1 : 0];
}

/** The branches of an execution, in the order of their creation. */
export async function selectBranches(queries: QueryRunner, executionId: string): Promise<readonly Branch[]> {
  const rows = await queries.manager
    .createQueryBuilder<BranchRow>(branchEntity.name, 'branch', queries)
    .where('branch.executionId = :executionId', { executionId })
    .orderBy('branch.ordinal', 'ASC')
    .getMany();
  return rows.map(({ ordinal: _, ...branch }) => Object.freeze(branch));
}

/** Removes the branches of an execution. */
export async function deleteBranchesOf(queries: QueryRunner, executionId: string): Promise<void> {
  await dialectOf(queries).runPrepared(queries, 'DELETE FROM branches WHERE execution_id = ?', [executionId]);
}
