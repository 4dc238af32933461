import type { FileCommit } from '../../domain/file/file-commit.js';
import type { FileCommitRepository } from '../../domain/file/file-commit.repository.port.js';
import type { Hash } from '../../domain/shared/hash.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { commitNotFound, commitPending } from './file-commit.errors.js';

/** A commit whose contents are all there. */
export type KeptCommit = FileCommit & { readonly treeHash: Hash };

/** @throws WaymarkError `WAYMARK_FILE_COMMIT_NOT_FOUND`, `WAYMARK_FILE_COMMIT_PENDING` */
export async function keptCommit(
  commits: FileCommitRepository,
  commitId: string,
  scope?: TransactionScope,
): Promise<KeptCommit> {
  const commit = await commits.find(commitId, scope);
  if (commit === undefined) throw commitNotFound(commitId);
  if (!isKept(commit)) throw commitPending(commit);
  return commit;
}

/** Whether all of a commit's contents are there. */
export function isKept(commit: FileCommit): commit is KeptCommit {
  return commit.status !== 'pending' && commit.treeHash !== null;
}
