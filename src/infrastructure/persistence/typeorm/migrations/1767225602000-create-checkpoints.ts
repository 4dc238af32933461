import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The checkpoints, their branches and the contents of their states. */
export class CreateCheckpoints1767225602000 implements MigrationInterface {
  readonly name = 'CreateCheckpoints1767225602000';

  async up(queries: QueryRunner): Promise<void> {
    await queries.query(`
      CREATE TABLE checkpoints (
        id TEXT PRIMARY KEY NOT NULL,
        execution_id TEXT NOT NULL,
        parent_id TEXT REFERENCES checkpoints (id),
        branch_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        kind TEXT NOT NULL,
        node_id TEXT,
        occurrence INTEGER,
        position TEXT NOT NULL,
        state_hash TEXT NOT NULL,
        manifest TEXT NOT NULL,
        state_bytes INTEGER NOT NULL,
        stored_bytes INTEGER NOT NULL,
        created_at TEXT NOT NULL
      )`);
    await queries.query('CREATE INDEX checkpoints_by_execution ON checkpoints (execution_id, sequence)');
    // The ordinal is the order of creation: changing a branch keeps it.
    await queries.query(`
      CREATE TABLE branches (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        execution_id TEXT NOT NULL,
        branch_id TEXT NOT NULL,
        parent_branch_id TEXT,
        start_checkpoint_id TEXT,
        head_checkpoint_id TEXT NOT NULL,
        abandoned BOOLEAN NOT NULL,
        UNIQUE (execution_id, branch_id)
      )`);
    await queries.query('CREATE TABLE contents (hash TEXT PRIMARY KEY NOT NULL, body TEXT NOT NULL)');
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE contents');
    await queries.query('DROP TABLE branches');
    await queries.query('DROP TABLE checkpoints');
  }
}
