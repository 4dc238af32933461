import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** The executions. */
export class CreateExecutions1767225601000 implements MigrationInterface {
  readonly name = 'CreateExecutions1767225601000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text } = dialectOf(queries);
    await queries.query(`
      CREATE TABLE executions (
        id ${text} PRIMARY KEY NOT NULL,
        workflow_id ${text} NOT NULL,
        workflow_name ${text} NOT NULL,
        workflow_version ${text} NOT NULL,
        workflow_hash ${text} NOT NULL,
        workflow_source ${text},
        status ${text} NOT NULL,
        version ${integer} NOT NULL,
        input ${text} NOT NULL,
        output ${text} NOT NULL,
        error ${text} NOT NULL,
        pause_reason ${text},
        breakpoints ${text} NOT NULL,
        correlation_id ${text} NOT NULL,
        label ${text},
        parent_execution_id ${text},
        source_checkpoint_id ${text},
        branch_id ${text} NOT NULL,
        head_checkpoint_id ${text} NOT NULL,
        completed ${text} NOT NULL,
        waiting ${text} NOT NULL,
        running ${text} NOT NULL,
        interrupted ${text} NOT NULL,
        failed ${text} NOT NULL,
        occurrences ${text} NOT NULL,
        nodes_executed ${integer} NOT NULL,
        checkpoints_created ${integer} NOT NULL,
        branches_created ${integer} NOT NULL,
        owner ${text},
        started_at ${text} NOT NULL,
        updated_at ${text} NOT NULL,
        ended_at ${text}
      )`);
    await queries.query('CREATE INDEX executions_by_start ON executions (started_at, id)');
    await queries.query('CREATE INDEX executions_by_workflow ON executions (workflow_id, started_at, id)');
    await queries.query('CREATE INDEX executions_by_status ON executions (status, started_at, id)');
    await queries.query(
      'CREATE INDEX executions_by_parent ON executions (parent_execution_id, started_at, id) WHERE parent_execution_id IS NOT NULL',
    );
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE executions');
  }
}
