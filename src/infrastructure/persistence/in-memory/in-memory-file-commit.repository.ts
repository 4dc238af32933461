import type { FileCommit } from '../../../domain/file/file-commit.js';
import type { FileCommitQuery, FileCommitRepository } from '../../../domain/file/file-commit.repository.port.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { KeptRows } from './kept-rows.js';

/** Commits of files in memory. */
export class InMemoryFileCommitRepository implements FileCommitRepository {
  readonly #commits = new KeptRows<FileCommit>();

  save(commit: FileCommit, scope: TransactionScope): Promise<void> {
    this.#commits.put(commit.id, commit, scope);
    return Promise.resolve();
  }

  find(id: string): Promise<FileCommit | undefined> {
    return Promise.resolve(this.#commits.get(id));
  }

  list({ executionId, workspaceId, status, before, limit }: FileCommitQuery): Promise<readonly FileCommit[]> {
    const wanted = this.#commits
      .all()
      .filter(
        (commit) =>
          (executionId === undefined || commit.executionId === executionId) &&
          (workspaceId === undefined || commit.workspaceId === workspaceId) &&
          (status === undefined || commit.status === status) &&
          (before === undefined || commit.id < before),
      );
    return Promise.resolve(wanted.toReversed().slice(0, limit));
  }

  treeHashes(): Promise<readonly string[]> {
    const hashes = this.#commits.all().flatMap(({ treeHash }) => (treeHash === null ? [] : [treeHash]));
    return Promise.resolve([...new Set(hashes)].toSorted());
  }

  remove(id: string, scope: TransactionScope): Promise<boolean> {
    return Promise.resolve(this.#commits.delete(id, scope));
  }
}
