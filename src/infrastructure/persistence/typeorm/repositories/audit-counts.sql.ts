import type { QueryRunner } from 'typeorm';
import type { AuditCriteria } from '../../../../domain/audit/audit-criteria.js';
import { type AuditTally, DAY_LENGTH } from '../../../../domain/audit/audit-statistics.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { conditionsOf, NOT_ON_OWN_EXECUTION, whereOf } from './audit-conditions.sql.js';

const DAY = `substr(occurred_at, 1, ${DAY_LENGTH})`;

/** Counts the entries that criteria find, in one statement: what is counted is of one moment. */
export async function selectTallies(queries: QueryRunner, criteria: AuditCriteria): Promise<readonly AuditTally[]> {
  const dialect = dialectOf(queries);
  const where = whereOf(conditionsOf(criteria, dialect));
  const sql = `
    SELECT type, severity, ${DAY} AS day, count(*) AS count, min(position) AS first, max(position) AS last
    FROM audit_entries${where.sql} GROUP BY type, severity, ${DAY}`;
  const rows = (await queries.query(dialect.statement(sql), [...where.parameters])) as readonly AuditTally[];
  return Array.from(rows);
}

/**
 * Both parts are found by an index: by that of streams, and by that of executions where the stream is named after one.
 * What retention removed counts still: a version never goes back.
 */
const COUNT_STREAM = `
  SELECT
    (SELECT count(*) FROM audit_entries WHERE stream = ? AND ${NOT_ON_OWN_EXECUTION}) +
    (SELECT count(*) FROM audit_entries WHERE execution_id = ? AND stream = 'execution/' || execution_id) +
    COALESCE((SELECT entries FROM removed_streams WHERE stream = ?), 0) AS count`;

const EXECUTION_STREAM = /^execution\/(?<id>.*)$/s;

/** How many entries are on a stream. */
export async function countEntriesOnStream(queries: QueryRunner, stream: string): Promise<number> {
  // NULL is no execution's id.
  const executionId = EXECUTION_STREAM.exec(stream)?.groups?.['id'] ?? null;
  const rows = (await dialectOf(queries).runPrepared(queries, COUNT_STREAM, [stream, executionId, stream])) as {
    readonly count: number;
  }[];
  return rows[0]?.count ?? 0;
}
