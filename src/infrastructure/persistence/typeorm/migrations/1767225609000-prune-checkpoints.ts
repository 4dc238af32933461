import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';
import { wholeRows } from './whole-rows.js';

/**
 * What pruning takes: labels, rows that stand on others than their parents, and what a collection of contents takes note
 * of.
 *
 * A parent is no longer a foreign key, and never was looked up by one: without an index, each checkpoint that is removed
 * would read the whole table for its children, and an index would cost every step of every execution.
 */
export class PruneCheckpoints1767225609000 implements MigrationInterface {
  readonly name = 'PruneCheckpoints1767225609000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text } = dialectOf(queries);
    await dropParentKey(queries);
    await queries.query(`ALTER TABLE checkpoints ADD COLUMN label ${text}`);
    // Which row its lists are the difference from, and how far it is down the tree: -1 says that nobody knows.
    await queries.query(`ALTER TABLE checkpoints ADD COLUMN base_id ${text}`);
    await queries.query(`ALTER TABLE checkpoints ADD COLUMN depth ${integer} NOT NULL DEFAULT -1`);
    await queries.query('UPDATE checkpoints SET base_id = parent_id');
    await queries.query(
      'CREATE UNIQUE INDEX checkpoints_by_label ON checkpoints (execution_id, label) WHERE label IS NOT NULL',
    );
    await queries.query(`
      CREATE TABLE content_collection (
        id ${integer} PRIMARY KEY CHECK (id = 1),
        epoch ${integer} NOT NULL,
        collection_id ${text}
      )`);
    await queries.query('INSERT INTO content_collection (id, epoch) VALUES (1, 0)');
    await queries.query(`CREATE TABLE noted_contents (hash ${text} PRIMARY KEY NOT NULL)`);
  }

  /** Labels are lost. Rows are made whole: an older Waymark would look for what they stand on in their parents. */
  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE noted_contents');
    await queries.query('DROP TABLE content_collection');
    await queries.query('DROP INDEX checkpoints_by_label');
    await wholeRows(queries);
    await queries.query('ALTER TABLE checkpoints DROP COLUMN depth');
    await queries.query('ALTER TABLE checkpoints DROP COLUMN base_id');
    await queries.query('ALTER TABLE checkpoints DROP COLUMN label');
    if (isSqlite(queries)) {
      await makeAgain(queries, `${dialectOf(queries).text} REFERENCES checkpoints_made_again (id)`);
    } else {
      await queries.query('ALTER TABLE checkpoints ADD FOREIGN KEY (parent_id) REFERENCES checkpoints (id)');
    }
  }
}

const isSqlite = (queries: QueryRunner): boolean => queries.dataSource.options.type !== 'postgres';

async function dropParentKey(queries: QueryRunner): Promise<void> {
  if (isSqlite(queries)) await makeAgain(queries, dialectOf(queries).text);
  else await queries.query('ALTER TABLE checkpoints DROP CONSTRAINT checkpoints_parent_id_fkey');
}

/** SQLite has no statement that changes a key: the table is made again, in the shape of the migration before. */
async function makeAgain(queries: QueryRunner, parent: string): Promise<void> {
  const { integer, text } = dialectOf(queries);
  await queries.query(`
    CREATE TABLE checkpoints_made_again (
      id ${text} PRIMARY KEY NOT NULL,
      execution_id ${text} NOT NULL,
      parent_id ${parent},
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
  const columns =
    'id, execution_id, parent_id, branch_id, sequence, kind, node_id, occurrence, position, state_hash, manifest, state_bytes, stored_bytes, created_at';
  // In this order a parent is there before what follows it.
  await queries.query(
    `INSERT INTO checkpoints_made_again (${columns}) SELECT ${columns} FROM checkpoints ORDER BY rowid`,
  );
  await queries.query('DROP TABLE checkpoints');
  await queries.query('ALTER TABLE checkpoints_made_again RENAME TO checkpoints');
  await queries.query('CREATE INDEX checkpoints_by_execution ON checkpoints (execution_id, sequence)');
}
