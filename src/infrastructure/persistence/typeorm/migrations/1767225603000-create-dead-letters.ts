import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The events that handlers failed on for good. */
export class CreateDeadLetters1767225603000 implements MigrationInterface {
  readonly name = 'CreateDeadLetters1767225603000';

  async up(queries: QueryRunner): Promise<void> {
    // The ordinal is the order of first keeping: saving a letter again keeps it.
    await queries.query(`
      CREATE TABLE dead_letters (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        event_type TEXT NOT NULL,
        handler TEXT NOT NULL,
        topic TEXT NOT NULL,
        event TEXT NOT NULL,
        position INTEGER,
        error TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        parked_at TEXT NOT NULL
      )`);
    await queries.query('CREATE INDEX dead_letters_by_handler ON dead_letters (handler, ordinal)');
    await queries.query('CREATE INDEX dead_letters_by_type ON dead_letters (event_type, ordinal)');
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE dead_letters');
  }
}
