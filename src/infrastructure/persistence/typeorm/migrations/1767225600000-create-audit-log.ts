import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APPLICATION_ID } from '../application-id.js';

/** The mark of a Waymark store, and the log: its entries, and the one row of its head. */
export class CreateAuditLog1767225600000 implements MigrationInterface {
  readonly name = 'CreateAuditLog1767225600000';

  async up(queries: QueryRunner): Promise<void> {
    await queries.query(`PRAGMA application_id = ${APPLICATION_ID}`);
    await queries.query(`
      CREATE TABLE audit_entries (
        position INTEGER PRIMARY KEY,
        event_id TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        stream TEXT NOT NULL,
        execution_id TEXT,
        correlation_id TEXT,
        actor TEXT,
        severity TEXT NOT NULL,
        outcome TEXT NOT NULL,
        category TEXT NOT NULL,
        occurred_at TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        body TEXT NOT NULL,
        leaf_hash TEXT NOT NULL
      )`);
    // Each index costs every append. An index of SQLite ends with the row's key, so these are in order of position by
    // themselves.
    await queries.query(
      'CREATE INDEX audit_entries_by_execution ON audit_entries (execution_id) WHERE execution_id IS NOT NULL',
    );
    await queries.query('CREATE INDEX audit_entries_by_type ON audit_entries (type)');
    await queries.query(
      'CREATE INDEX audit_entries_by_correlation ON audit_entries (correlation_id) WHERE correlation_id IS NOT NULL',
    );
    await queries.query(`
      CREATE TABLE log_head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        size INTEGER NOT NULL,
        root_hash TEXT NOT NULL,
        frontier TEXT NOT NULL
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
