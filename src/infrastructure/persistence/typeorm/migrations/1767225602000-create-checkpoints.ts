import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** The checkpoints, their branches and the contents of their states. */
export class CreateCheckpoints1767225602000 implements MigrationInterface {
  readonly name = 'CreateCheckpoints1767225602000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text, countingKey } = dialectOf(queries);
    await queries.query(`
      CREATE TABLE checkpoints (
        id ${text} PRIMARY KEY NOT NULL,
        execution_id ${text} NOT NULL,
        parent_id ${text} REFERENCES checkpoints (id),
        branch_id ${text} NOT NULL,
        sequence ${integer} NOT NULL,
        kind ${text} NOT NULL,
        node_id ${text},
        occurrence ${integer},
        position ${text} NOT NULL,
        state_hash ${text} NOT NULL,
        manifest ${text} NOT NULL,
        state_bytes ${integer} NOT NULL,
        stored_bytes ${integer} NOT NULL,
        created_at ${text} NOT NULL
      )`);
    await queries.query('CREATE INDEX checkpoints_by_execution ON checkpoints (execution_id, sequence)');
    // The ordinal is the order of creation: changing a branch keeps it.
    await queries.query(`
      CREATE TABLE branches (
        ordinal ${countingKey},
        execution_id ${text} NOT NULL,
        branch_id ${text} NOT NULL,
        parent_branch_id ${text},
        start_checkpoint_id ${text},
        head_checkpoint_id ${text} NOT NULL,
        abandoned BOOLEAN NOT NULL,
        UNIQUE (execution_id, branch_id)
      )`);
    await queries.query(`CREATE TABLE contents (hash ${text} PRIMARY KEY NOT NULL, body ${text} NOT NULL)`);
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE contents');
    await queries.query('DROP TABLE branches');
    await queries.query('DROP TABLE checkpoints');
  }
}
