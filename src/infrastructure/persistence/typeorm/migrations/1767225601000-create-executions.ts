import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The executions. */
export class CreateExecutions1767225601000 implements MigrationInterface {
  readonly name = 'CreateExecutions1767225601000';

  async up(queries: QueryRunner): Promise<void> {
    await queries.query(`
      CREATE TABLE executions (
        id TEXT PRIMARY KEY NOT NULL,
        workflow_id TEXT NOT NULL,
        workflow_name TEXT NOT NULL,
        workflow_version TEXT NOT NULL,
        workflow_hash TEXT NOT NULL,
        workflow_source TEXT,
        status TEXT NOT NULL,
        version INTEGER NOT NULL,
        input TEXT NOT NULL,
        output TEXT NOT NULL,
        error TEXT NOT NULL,
        pause_reason TEXT,
        breakpoints TEXT NOT NULL,
        correlation_id TEXT NOT NULL,
        label TEXT,
        parent_execution_id TEXT,
        source_checkpoint_id TEXT,
        branch_id TEXT NOT NULL,
        head_checkpoint_id TEXT NOT NULL,
        completed TEXT NOT NULL,
        waiting TEXT NOT NULL,
        running TEXT NOT NULL,
        interrupted TEXT NOT NULL,
        failed TEXT NOT NULL,
        occurrences TEXT NOT NULL,
        nodes_executed INTEGER NOT NULL,
        checkpoints_created INTEGER NOT NULL,
        branches_created INTEGER NOT NULL,
        owner TEXT,
        started_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        ended_at TEXT
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
