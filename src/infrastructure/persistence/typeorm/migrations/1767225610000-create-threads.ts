import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/**
 * The threads of other engines: how these call their checkpoints, and what their tasks wrote on top of them.
 *
 * A thread's own name is in one row, whatever it is; the other tables say its number. The id of a checkpoint in the tree
 * is left out where its engine calls it the same.
 */
export class CreateThreads1767225610000 implements MigrationInterface {
  readonly name = 'CreateThreads1767225610000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text, countingKey, storedByKey } = dialectOf(queries);
    await queries.query(`
      CREATE TABLE threads (
        ordinal ${countingKey},
        thread_key ${text} NOT NULL UNIQUE,
        execution_id ${text} NOT NULL UNIQUE,
        name ${text} NOT NULL,
        checkpoints_created ${integer} NOT NULL
      )`);
    await queries.query(`
      CREATE TABLE thread_checkpoints (
        thread ${integer} NOT NULL,
        namespace ${text} NOT NULL,
        checkpoint_id ${text} NOT NULL,
        parent_checkpoint_id ${text},
        id ${text},
        record ${text} NOT NULL,
        PRIMARY KEY (thread, namespace, checkpoint_id)
      )${storedByKey}`);
    await queries.query(`
      CREATE TABLE thread_writes (
        thread ${integer} NOT NULL,
        namespace ${text} NOT NULL,
        checkpoint_id ${text} NOT NULL,
        task_id ${text} NOT NULL,
        idx ${integer} NOT NULL,
        channel ${text} NOT NULL,
        value ${text} NOT NULL,
        PRIMARY KEY (thread, namespace, checkpoint_id, task_id, idx)
      )${storedByKey}`);
    await queries.query(`
      CREATE TABLE thread_heads (
        thread ${integer} NOT NULL,
        namespace ${text} NOT NULL,
        checkpoint_id ${text} NOT NULL,
        PRIMARY KEY (thread, namespace)
      )${storedByKey}`);
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE thread_heads');
    await queries.query('DROP TABLE thread_writes');
    await queries.query('DROP TABLE thread_checkpoints');
    await queries.query('DROP TABLE threads');
  }
}
