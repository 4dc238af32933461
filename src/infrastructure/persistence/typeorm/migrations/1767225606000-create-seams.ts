import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** Where the log was cut off, and what of the entries before is needed still. */
export class CreateSeams1767225606000 implements MigrationInterface {
  readonly name = 'CreateSeams1767225606000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text } = dialectOf(queries);
    await queries.query(`
      CREATE TABLE seams (
        to_position ${integer} PRIMARY KEY,
        id ${text} NOT NULL UNIQUE,
        from_position ${integer} NOT NULL,
        frontier ${text} NOT NULL,
        root_hash ${text} NOT NULL,
        note ${text},
        archive_path ${text} NOT NULL,
        archive_sha256 ${text} NOT NULL,
        applied_at ${text} NOT NULL
      )`);
    await queries.query(`CREATE TABLE kept_leaves (position ${integer} PRIMARY KEY, leaf_hash ${text} NOT NULL)`);
    await queries.query(
      `CREATE TABLE removed_streams (stream ${text} PRIMARY KEY NOT NULL, entries ${integer} NOT NULL)`,
    );
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE removed_streams');
    await queries.query('DROP TABLE kept_leaves');
    await queries.query('DROP TABLE seams');
  }
}
