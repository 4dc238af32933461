import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** Commits of files, workspaces, and what was around an execution at each of its checkpoints. */
export class CreateWorkspaces1767225615000 implements MigrationInterface {
  readonly name = 'CreateWorkspaces1767225615000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text, storedByKey } = dialectOf(queries);
    await queries.query(`
      CREATE TABLE file_commits (
        id ${text} NOT NULL PRIMARY KEY,
        status ${text} NOT NULL,
        tree_hash ${text},
        file_count ${integer} NOT NULL,
        total_bytes ${integer} NOT NULL,
        message ${text},
        execution_id ${text},
        workspace_id ${text},
        parent_id ${text},
        owner ${text},
        created_at ${text} NOT NULL,
        verified_at ${text}
      )`);
    await queries.query('CREATE INDEX file_commits_by_execution ON file_commits (execution_id, id)');
    await queries.query('CREATE INDEX file_commits_by_workspace ON file_commits (workspace_id, id)');
    await queries.query(`
      CREATE TABLE workspaces (
        id ${text} NOT NULL PRIMARY KEY,
        execution_id ${text},
        path ${text} NOT NULL,
        strategy ${text} NOT NULL,
        status ${text} NOT NULL,
        keep ${text} NOT NULL,
        ignored ${text} NOT NULL,
        source_commit_id ${text},
        parent_workspace_id ${text},
        commit_id ${text},
        environment_id ${text},
        pending_restore ${text},
        owner ${text} NOT NULL,
        created_at ${text} NOT NULL,
        updated_at ${text} NOT NULL
      )`);
    await queries.query('CREATE INDEX workspaces_by_execution ON workspaces (execution_id, id)');
    await queries.query('CREATE INDEX workspaces_to_restore ON workspaces (id) WHERE pending_restore IS NOT NULL');
    // What an environment is may be long, with its lock file, and is the same for many checkpoints.
    await queries.query(`
      CREATE TABLE environment_records (
        hash ${text} NOT NULL PRIMARY KEY,
        record ${text} NOT NULL
      )`);
    await queries.query(`
      CREATE TABLE checkpoint_files (
        checkpoint_id ${text} NOT NULL PRIMARY KEY,
        execution_id ${text} NOT NULL,
        workspace_id ${text},
        commit_id ${text},
        environment_hash ${text}
      )${storedByKey}`);
    await queries.query('CREATE INDEX checkpoint_files_by_execution ON checkpoint_files (execution_id, checkpoint_id)');
    await queries.query('CREATE INDEX checkpoint_files_by_commit ON checkpoint_files (commit_id)');
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE checkpoint_files');
    await queries.query('DROP TABLE environment_records');
    await queries.query('DROP TABLE workspaces');
    await queries.query('DROP TABLE file_commits');
  }
}
