import { FileCommitDeleted } from '../../domain/events/families/file.events.js';
import type { FileCommit } from '../../domain/file/file-commit.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { commitLinked } from './file-commit.errors.js';
import type { FileServices } from './file-services.js';
import { keptCommit } from './kept-commit.js';

/** How many commits in the making are looked at: there is one for each folder that is being kept right now. */
const MOST_PENDING = 10_000;

/** Deletes a commit that nothing refers to, in one transaction with its event. */
export async function deleteCommit(services: FileServices, commitId: string): Promise<FileCommit> {
  const { commits, factory, recorder } = services;
  let deleted: FileCommit | undefined;
  await recorder.commit({
    weight: 1,
    write: async (scope) => {
      deleted = await keptCommit(commits, commitId, scope);
      if ((await referredCommits(services, new Set(), scope)).has(commitId)) throw commitLinked(commitId);
      await commits.remove(commitId, scope);
      return [factory.make(FileCommitDeleted, { commitId, fileCount: deleted.fileCount })];
    },
  });
  return deleted as FileCommit;
}

/**
 * The commits that a checkpoint, a workspace, or a commit in the making needs.
 *
 * @param abandoned the ids of commits in the making that nobody finishes
 */
export async function referredCommits(
  { commits, links, workspaces }: FileServices,
  abandoned: ReadonlySet<string>,
  scope?: TransactionScope,
): Promise<ReadonlySet<string>> {
  const pending = await commits.list({ status: 'pending', limit: MOST_PENDING }, scope);
  return new Set([
    ...(await links.linkedCommits(scope)),
    ...(await workspaces.referredCommits(scope)),
    ...pending.flatMap(({ id, parentId }) => (parentId === null || abandoned.has(id) ? [] : [parentId])),
  ]);
}
