import type { QueryRunner } from 'typeorm';
import type {
  DueExecution,
  DueQuery,
  LeaseRenewal,
  RecoverableQuery,
} from '../../../../domain/execution/execution.repository.port.js';
import { STANDS_FOR_CHILD } from '../../../../domain/execution/child-waits.js';
import { dialectOf } from '../dialect/dialect-of.js';

/** Prolongs leases. Returns the ids of the executions that the owner still has. */
export async function updateLeases(
  queries: QueryRunner,
  { owner, executionIds, expiresAt }: LeaseRenewal,
): Promise<readonly string[]> {
  if (executionIds.length === 0) return [];
  const dialect = dialectOf(queries);
  const sql = `UPDATE executions SET lease_expires_at = ? WHERE ${dialect.isOneOf('id')} AND owner = ? RETURNING id`;
  const parameters = [expiresAt, dialect.listOf(executionIds), owner];
  return idsOf(await dialect.runPrepared(queries, dialect.statement(sql), parameters));
}

/** Names an execution. Returns whether there is one. */
export async function updateLabel(queries: QueryRunner, executionId: string, label: string | null): Promise<boolean> {
  const dialect = dialectOf(queries);
  const sql = 'UPDATE executions SET label = ? WHERE id = ? RETURNING id';
  return idsOf(await dialect.runPrepared(queries, sql, [label, executionId])).length === 1;
}

/** Everybody who owns an execution: by an index that holds owned ones alone. */
export async function selectOwners(queries: QueryRunner): Promise<readonly string[]> {
  const sql = 'SELECT DISTINCT owner FROM executions WHERE owner IS NOT NULL';
  const rows = await dialectOf(queries).selectArrays(queries, sql, []);
  return rows.map(([owner]) => String(owner));
}

/** The ids of executions that nobody may be seeing to, in ascending order. Each part has an index of what it looks at. */
export async function selectRecoverable(
  queries: QueryRunner,
  { now, gone, after = '', limit }: RecoverableQuery,
): Promise<readonly string[]> {
  const dialect = dialectOf(queries);
  const [id, status] = [dialect.withoutIndex('id'), dialect.withoutIndex('status')];
  const sql = `
    SELECT ${id} AS id FROM executions WHERE owner IS NOT NULL
      AND (lease_expires_at IS NULL OR lease_expires_at <= ? OR ${dialect.isOneOf('owner')}) AND ${id} > ?
    UNION
    SELECT ${id} AS id FROM executions WHERE due_at IS NOT NULL AND due_at <= ?
      AND owner IS NULL AND ${status} = 'paused' AND ${id} > ?
    UNION
    SELECT id FROM executions WHERE undoing IS NOT NULL AND owner IS NULL AND id > ?
    UNION
    SELECT parent.id AS id FROM executions parent, ${dialect.elementsOf('parent.suspended')} wait, executions child
      WHERE ${dialect.withoutIndex('parent.status')} = 'paused' AND parent.suspended LIKE '%"awaiting":"execution"%' AND parent.id > ?
      AND parent.owner IS NULL AND parent.undoing IS NULL
      AND (parent.pause_reason IN ('approval', 'timer', 'signal')
        OR wait.value -> 'details' ->> '${STANDS_FOR_CHILD}' IS NOT NULL)
      AND child.id = wait.value ->> 'childExecutionId'
      AND ${dialect.withoutIndex('child.status')} IN ('completed', 'failed', 'cancelled')
    ORDER BY 1 LIMIT ?`;
  const parameters = [now, dialect.listOf(gone), after, now, after, after, after, limit];
  const rows = await dialect.selectArrays(queries, dialect.statement(sql), parameters);
  return rows.map(([id]) => String(id));
}

/** The executions that nobody owns and that are paused until a time: by an index of such times. */
export async function selectDue(queries: QueryRunner, { after, limit }: DueQuery): Promise<readonly DueExecution[]> {
  const dialect = dialectOf(queries);
  const sql = `
    SELECT id, due_at FROM executions WHERE due_at IS NOT NULL AND owner IS NULL AND ${dialect.withoutIndex('status')} = 'paused'
      AND due_at >= ? AND (due_at > ? OR id > ?)
    ORDER BY due_at, id LIMIT ?`;
  const { id = '', dueAt = '' } = after ?? {};
  const rows = await dialect.selectArrays(queries, dialect.statement(sql), [dueAt, dueAt, id, limit]);
  return rows.map(([found, at]) => ({ id: String(found), dueAt: String(at) }));
}

function idsOf(rows: unknown): readonly string[] {
  return (rows as readonly { readonly id: unknown }[]).map(({ id }) => String(id));
}
