import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';
import { wholeCompletions } from './whole-completions.js';

/**
 * What executions have completed: a row each, so that a step of a long execution writes what it adds and not what there
 * was.
 */
export class CreateCompletions1767225611000 implements MigrationInterface {
  readonly name = 'CreateCompletions1767225611000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text, countingKey } = dialectOf(queries);
    await queries.query(`
      CREATE TABLE completions (
        id ${countingKey},
        parent_id ${integer} REFERENCES completions (id),
        node_id ${text} NOT NULL,
        occurrence ${integer} NOT NULL
      )`);
  }

  async down(queries: QueryRunner): Promise<void> {
    await wholeCompletions(queries);
    await queries.query('DROP TABLE completions');
  }
}
