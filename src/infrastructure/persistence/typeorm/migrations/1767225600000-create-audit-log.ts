import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** The mark of a Waymark store, and the log: its entries, and the one row of its head. */
export class CreateAuditLog1767225600000 implements MigrationInterface {
  readonly name = 'CreateAuditLog1767225600000';

  async up(queries: QueryRunner): Promise<void> {
    const dialect = dialectOf(queries);
    const { integer, text } = dialect;
    await dialect.mark(queries);
    await queries.query(`
      CREATE TABLE audit_entries (
        position ${integer} PRIMARY KEY,
        event_id ${text} NOT NULL UNIQUE,
        type ${text} NOT NULL,
        stream ${text} NOT NULL,
        execution_id ${text},
        correlation_id ${text},
        actor ${text},
        severity ${text} NOT NULL,
        outcome ${text} NOT NULL,
        category ${text} NOT NULL,
        occurred_at ${text} NOT NULL,
        recorded_at ${text} NOT NULL,
        body ${text} NOT NULL,
        leaf_hash ${text} NOT NULL
      )`);
    // Each index costs every append. They are in order of position.
    const byPosition = (column: string): string => dialect.orderedBy(column, 'position');
    await queries.query(
      `CREATE INDEX audit_entries_by_execution ON audit_entries (${byPosition('execution_id')}) WHERE execution_id IS NOT NULL`,
    );
    await queries.query(`CREATE INDEX audit_entries_by_type ON audit_entries (${byPosition('type')})`);
    await queries.query(
      `CREATE INDEX audit_entries_by_correlation ON audit_entries (${byPosition('correlation_id')}) WHERE correlation_id IS NOT NULL`,
    );
    await queries.query(`
      CREATE TABLE log_head (
        id ${integer} PRIMARY KEY CHECK (id = 1),
        size ${integer} NOT NULL,
        root_hash ${text} NOT NULL,
        frontier ${text} NOT NULL
      )`);
    // The root of the empty tree, RFC 9162 section 2.1.1: SHA-256 of nothing.
    await queries.query(`
      INSERT INTO log_head (id, size, root_hash, frontier)
      VALUES (1, 0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '[]')`);
  }

  /** The mark stays: an empty store is still one. */
  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE log_head');
    await queries.query('DROP TABLE audit_entries');
  }
}
