import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/**
 * Nothing is put before position 0, whoever writes: on PostgreSQL, and in stores on SQLite that are made with it. Rows
 * that are there stay as they are: what somebody put there is for `verify` to find, and must not keep a store from being
 * opened.
 */
export class CheckPositions1767225614000 implements MigrationInterface {
  readonly name = 'CheckPositions1767225614000';

  async up(queries: QueryRunner): Promise<void> {
    await dialectOf(queries).refuseNegative(queries, 'audit_entries', 'position');
  }

  async down(queries: QueryRunner): Promise<void> {
    await dialectOf(queries).takeNegative(queries, 'audit_entries', 'position');
  }
}
