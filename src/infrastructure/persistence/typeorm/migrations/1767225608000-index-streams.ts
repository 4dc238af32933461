import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/**
 * The index that finds the entries of a stream. Those that are on the stream of their own execution are not in it: the
 * index on executions finds them, and an append of theirs, which most are, costs nothing more.
 */
export class IndexStreams1767225608000 implements MigrationInterface {
  readonly name = 'IndexStreams1767225608000';

  async up(queries: QueryRunner): Promise<void> {
    const columns = dialectOf(queries).orderedBy('stream', 'position');
    // The queries repeat the condition word for word: NOT_ON_OWN_EXECUTION.
    await queries.query(
      `CREATE INDEX audit_entries_by_stream ON audit_entries (${columns}) WHERE (execution_id IS NULL OR stream <> 'execution/' || execution_id)`,
    );
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP INDEX audit_entries_by_stream');
  }
}
