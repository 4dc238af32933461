import type { CheckpointFiles, CheckpointFilesRepository } from '../../../../domain/file/checkpoint-files.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import { DatabaseAccess } from '../database-access.js';
import {
  deleteCheckpointFiles,
  deleteFilesOfExecution,
  selectCheckpointFiles,
  selectFilesOfExecution,
  selectLinkedCommits,
  upsertCheckpointFiles,
} from './checkpoint-files.sql.js';

/** The files of checkpoints in a database. */
export class TypeOrmCheckpointFilesRepository extends DatabaseAccess implements CheckpointFilesRepository {
  link(links: readonly CheckpointFiles[], scope: TransactionScope): Promise<void> {
    return this.write(scope, async (queries) => {
      for (const link of links) await upsertCheckpointFiles(queries, link);
    });
  }

  find(checkpointId: string, scope?: TransactionScope): Promise<CheckpointFiles | undefined> {
    return this.read(scope, (queries) => selectCheckpointFiles(queries, checkpointId));
  }

  ofExecution(executionId: string, scope?: TransactionScope): Promise<readonly CheckpointFiles[]> {
    return this.read(scope, (queries) => selectFilesOfExecution(queries, executionId));
  }

  linkedCommits(scope?: TransactionScope): Promise<readonly string[]> {
    return this.read(scope, selectLinkedCommits);
  }

  remove(checkpointIds: readonly string[], scope: TransactionScope): Promise<void> {
    return this.write(scope, (queries) => deleteCheckpointFiles(queries, checkpointIds));
  }

  removeExecution(executionId: string, scope: TransactionScope): Promise<void> {
    return this.write(scope, (queries) => deleteFilesOfExecution(queries, executionId));
  }
}
