import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** What executions have beyond nodes in a row: open bodies, waits, time limits, compensations, and leases of owners. */
export class ExtendExecutions1767225612000 implements MigrationInterface {
  readonly name = 'ExtendExecutions1767225612000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text } = dialectOf(queries);
    const add = (column: string): Promise<unknown> => queries.query(`ALTER TABLE executions ADD COLUMN ${column}`);
    await add(`progress ${text}`);
    await add(`suspended ${text} NOT NULL DEFAULT '[]'`);
    await add(`signals ${text} NOT NULL DEFAULT '[]'`);
    await add(`timeout_ms ${integer}`);
    await add(`undoing ${text}`);
    await add(`fence ${integer} NOT NULL DEFAULT 0`);
    await add(`lease_expires_at ${text}`);
    await add(`due_at ${text}`);
    await queries.query('CREATE INDEX executions_by_due ON executions (due_at) WHERE due_at IS NOT NULL');
    // Few are owned at any time, and an owner stays while leases are renewed: this index is short, and read as a whole.
    await queries.query(
      'CREATE INDEX executions_by_owner ON executions (owner, lease_expires_at) WHERE owner IS NOT NULL',
    );
    await queries.query('CREATE INDEX executions_by_undoing ON executions (id) WHERE undoing IS NOT NULL');
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP INDEX executions_by_undoing');
    await queries.query('DROP INDEX executions_by_owner');
    await queries.query('DROP INDEX executions_by_due');
    for (const column of [
      'due_at',
      'lease_expires_at',
      'fence',
      'undoing',
      'timeout_ms',
      'signals',
      'suspended',
      'progress',
    ]) {
      await queries.query(`ALTER TABLE executions DROP COLUMN ${column}`);
    }
  }
}
