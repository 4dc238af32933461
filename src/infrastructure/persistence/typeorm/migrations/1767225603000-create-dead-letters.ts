import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** The events that handlers failed on for good. */
export class CreateDeadLetters1767225603000 implements MigrationInterface {
  readonly name = 'CreateDeadLetters1767225603000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text, countingKey } = dialectOf(queries);
    // The ordinal is the order of first keeping: saving a letter again keeps it.
    await queries.query(`
      CREATE TABLE dead_letters (
        ordinal ${countingKey},
        id ${text} NOT NULL UNIQUE,
        event_type ${text} NOT NULL,
        handler ${text} NOT NULL,
        topic ${text} NOT NULL,
        event ${text} NOT NULL,
        position ${integer},
        error ${text} NOT NULL,
        attempts ${integer} NOT NULL,
        parked_at ${text} NOT NULL
      )`);
    await queries.query('CREATE INDEX dead_letters_by_handler ON dead_letters (handler, ordinal)');
    await queries.query('CREATE INDEX dead_letters_by_type ON dead_letters (event_type, ordinal)');
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE dead_letters');
  }
}
