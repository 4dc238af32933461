import type { FileCommit } from '../../../../domain/file/file-commit.js';
import type { FileCommitQuery, FileCommitRepository } from '../../../../domain/file/file-commit.repository.port.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import { DatabaseAccess } from '../database-access.js';
import {
  deleteFileCommit,
  selectFileCommit,
  selectFileCommits,
  selectTreeHashes,
  upsertFileCommit,
} from './file-commits.sql.js';

/** Commits of files in a database. */
export class TypeOrmFileCommitRepository extends DatabaseAccess implements FileCommitRepository {
  save(commit: FileCommit, scope: TransactionScope): Promise<void> {
    return this.write(scope, (queries) => upsertFileCommit(queries, commit));
  }

  find(id: string, scope?: TransactionScope): Promise<FileCommit | undefined> {
    return this.read(scope, (queries) => selectFileCommit(queries, id));
  }

  list(query: FileCommitQuery, scope?: TransactionScope): Promise<readonly FileCommit[]> {
    return this.read(scope, (queries) => selectFileCommits(queries, query));
  }

  treeHashes(): Promise<readonly string[]> {
    return this.read(undefined, selectTreeHashes);
  }

  remove(id: string, scope: TransactionScope): Promise<boolean> {
    return this.write(scope, (queries) => deleteFileCommit(queries, id));
  }
}
