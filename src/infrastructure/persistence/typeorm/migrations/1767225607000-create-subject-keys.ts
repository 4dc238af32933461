import { randomBytes } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/**
 * The keys of people, and the one row of what is the same for all of them.
 *
 * Keys are in order of insertion, and no index holds them: so a page of SQLite's never has to be divided, and no copy of
 * a key is left behind where it was.
 */
export class CreateSubjectKeys1767225607000 implements MigrationInterface {
  readonly name = 'CreateSubjectKeys1767225607000';

  async up(queries: QueryRunner): Promise<void> {
    const dialect = dialectOf(queries);
    const { integer, text, countingKey } = dialect;
    await queries.query(`
      CREATE TABLE subject_keys (
        ordinal ${countingKey},
        id ${text} NOT NULL UNIQUE,
        subject_id ${text} NOT NULL,
        generation ${integer} NOT NULL,
        material ${text},
        created_at ${text} NOT NULL,
        destroyed_at ${text},
        UNIQUE (subject_id, generation)
      )`);
    await queries.query(`
      CREATE TABLE subject_settings (
        id ${integer} PRIMARY KEY CHECK (id = 1),
        salt ${text} NOT NULL,
        revision ${integer} NOT NULL
      )`);
    const sql = 'INSERT INTO subject_settings (id, salt, revision) VALUES (1, ?, 0)';
    await queries.query(dialect.statement(sql), [randomBytes(32).toString('hex')]);
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE subject_settings');
    await queries.query('DROP TABLE subject_keys');
  }
}
