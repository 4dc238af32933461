import type { FileCommit } from '../../domain/file/file-commit.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { StorageCheck } from './file-storage.port.js';

/** `WAYMARK_FILE_COMMIT_NOT_FOUND`: no commit has that id. */
export function commitNotFound(commitId: string): WaymarkError {
  return new WaymarkError('WAYMARK_FILE_COMMIT_NOT_FOUND', `There is no commit of files ${commitId}.`, {
    hint: 'List the commits (waymark files log) to find the one you mean; one that was collected is in the log only.',
    details: { commitId },
  });
}

/** `WAYMARK_FILE_COMMIT_PENDING`: the contents of a commit are not all there. */
export function commitPending({ id, owner }: FileCommit): WaymarkError {
  return new WaymarkError('WAYMARK_FILE_COMMIT_PENDING', `The commit of files ${id} is not finished.`, {
    hint: 'Wait for who is making it. When its process is gone, waymark files gc takes it away.',
    details: { commitId: id, owner },
  });
}

/** `WAYMARK_FILE_COMMIT_LINKED`: something refers to a commit that was to be deleted. */
export function commitLinked(commitId: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_FILE_COMMIT_LINKED',
    `The commit of files ${commitId} is what a checkpoint, a workspace or a commit in the making goes back to.`,
    {
      hint: 'Prune the checkpoints or remove the workspace first; then the commit can go.',
      details: { commitId },
    },
  );
}

/** `WAYMARK_FILE_COMMIT_LOST`: a commit was given up as abandoned while it was still being made. */
export function commitLost(commitId: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_FILE_COMMIT_LOST',
    `The commit of files ${commitId} was collected as abandoned before it was finished.`,
    { hint: 'Nothing was kept under it. Commit the files again.', details: { commitId } },
  );
}

/** `WAYMARK_CHECKPOINT_WITHOUT_FILES`: a checkpoint has none that were kept with it. */
export function checkpointWithoutFiles(checkpointId: string): WaymarkError {
  return new WaymarkError('WAYMARK_CHECKPOINT_WITHOUT_FILES', `No files were kept with checkpoint ${checkpointId}.`, {
    hint: 'Check the id; only executions that have a workspace keep files with their checkpoints.',
    details: { checkpointId },
  });
}

/** `WAYMARK_FILE_NOT_FOUND`: a commit has no file of that path. */
export function fileNotFound(commitId: string, path: string, why: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_FILE_NOT_FOUND',
    `The commit of files ${commitId} has no file ${JSON.stringify(path)}: ${why}.`,
    { hint: 'List its files (waymark files show COMMIT).', details: { commitId, path } },
  );
}

/** How many damaged contents an error names. */
const NAMED = 20;

/** `WAYMARK_FILE_DAMAGED`: contents of a commit are not what was stored. */
export function commitDamaged(commitId: string, { problems }: StorageCheck): WaymarkError {
  const [first] = problems;
  const others = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  const what = first === undefined ? '' : ` ${JSON.stringify(first.path)} is ${first.problem}${others}.`;
  return new WaymarkError('WAYMARK_FILE_DAMAGED', `The commit of files ${commitId} is not intact:${what}`, {
    hint: 'Restore the files of Waymark from a backup, or go back to another commit.',
    details: { commitId, problems: problems.slice(0, NAMED), count: problems.length },
  });
}
