import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** What verbs were done under keys of their callers, which nodes' work was undone, and where what may be undone was. */
export class CreateVerbKeys1767225613000 implements MigrationInterface {
  readonly name = 'CreateVerbKeys1767225613000';

  async up(queries: QueryRunner): Promise<void> {
    const { text, storedByKey } = dialectOf(queries);
    await queries.query(`
      CREATE TABLE verb_keys (
        verb_key ${text} NOT NULL PRIMARY KEY,
        verb ${text} NOT NULL,
        execution_id ${text} NOT NULL,
        digest ${text} NOT NULL,
        result ${text} NOT NULL,
        used_at ${text} NOT NULL
      )${storedByKey}`);
    await queries.query('CREATE INDEX verb_keys_by_execution ON verb_keys (execution_id)');
    for (const column of ['compensated', 'compensable']) {
      await queries.query(`ALTER TABLE executions ADD COLUMN ${column} ${text} NOT NULL DEFAULT '[]'`);
    }
    // Few wait for another execution: the index is short. Queries repeat its condition word for word.
    await queries.query(
      `CREATE INDEX executions_by_child_wait ON executions (id) WHERE suspended LIKE '%"awaiting":"execution"%'`,
    );
    await queries.query(`ALTER TABLE completions ADD COLUMN address ${text}`);
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('ALTER TABLE completions DROP COLUMN address');
    await queries.query('DROP INDEX executions_by_child_wait');
    await queries.query('ALTER TABLE executions DROP COLUMN compensable');
    await queries.query('ALTER TABLE executions DROP COLUMN compensated');
    await queries.query('DROP TABLE verb_keys');
  }
}
