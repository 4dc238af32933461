import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { bytes, count, error, flag, id, list, ms, oneOf, words } from './fields.js';
import { streamOf } from './stream-of.js';

const family = { version: 1, category: 'resource', emitter: 'engine' } as const;
const ofWorkspace = { ...family, stream: streamOf('workspace', 'workspaceId') } as const;

const executionId = id('The execution it is for').optional();
const workspace = { workspaceId: id('The workspace'), executionId };

const path = words('Its folder');
const totalBytes = bytes('Their size together');
const checkpointId = id('The checkpoint');

/** A folder to work in was made. */
export class WorkspaceCreated extends defineEvent('workspace.created', {
  ...ofWorkspace,
  severity: 'info',
  description: 'A folder to work in was made. Emitted when its files are in place.',
  message: (p) => `workspace with ${p.fileCount} file(s) created by ${p.strategy}`,
  payload: z.object({
    ...workspace,
    path,
    strategy: oneOf(['copy', 'hardlink', 'reflink', 'worktree'], 'How its files got there'),
    sourceCommitId: id('The file commit it was filled from').optional(),
    fileCount: count('Files in it'),
    totalBytes,
    parentWorkspaceId: id('The workspace it was made from').optional(),
  }),
}) {}

/** Work goes on in a workspace. */
export class WorkspaceActivated extends defineEvent('workspace.activated', {
  ...ofWorkspace,
  severity: 'debug',
  description: 'A workspace is where files are read and written from now on. Emitted when the switch is done.',
  message: (p) => `working in ${p.path}`,
  payload: z.object({ ...workspace, path, previousPath: words('The folder before').optional() }),
}) {}

/** Work left a workspace. */
export class WorkspaceDeactivated extends defineEvent('workspace.deactivated', {
  ...ofWorkspace,
  severity: 'debug',
  description: 'A workspace is no longer where files are read and written. Emitted when the work in it is over.',
  message: (p) => `left ${p.path} with ${p.filesWritten} file(s) written`,
  payload: z.object({
    ...workspace,
    path,
    filesWritten: count('Files written while it was active'),
    outputBytes: bytes('Their size together'),
  }),
}) {}

/** A workspace's files were kept. */
export class WorkspaceSnapshotCreated extends defineEvent('workspace.snapshot_created', {
  ...ofWorkspace,
  severity: 'info',
  description: 'The files of a workspace were kept as a file commit. Emitted when the commit is stored.',
  message: (p) => `snapshot of ${p.fileCount} file(s)`,
  payload: z.object({ ...workspace, commitId: id('The file commit'), fileCount: count('Files in it'), totalBytes }),
}) {}

/** A workspace's files are those of a checkpoint again. */
export class WorkspaceFilesRestored extends defineEvent('workspace.files_restored', {
  ...ofWorkspace,
  severity: 'info',
  description:
    'The files of a workspace were put back to those of a checkpoint. Emitted when the last one is in place.',
  message: (p) => `${p.filesRestored} file(s) restored, ${p.filesRemoved} removed`,
  payload: z.object({
    ...workspace,
    checkpointId,
    commitId: id('The file commit they came from'),
    filesRestored: count('Files put back'),
    filesRemoved: count('Files taken away, because the checkpoint has none of that name'),
    totalBytes,
  }),
}) {}

/** A workspace's files could not be put back. */
export class WorkspaceRestoreFailed extends defineEvent('workspace.restore_failed', {
  ...ofWorkspace,
  severity: 'error',
  outcome: 'failure',
  description: 'The files of a checkpoint could not be put back into the workspace. Emitted when it was given up.',
  message: (p) => `files of ${p.checkpointId} could not be restored: ${p.error.message}`,
  payload: z.object({ ...workspace, checkpointId, error: error('Why') }),
}) {}

/** A workspace was made from another. */
export class WorkspaceForked extends defineEvent('workspace.forked', {
  ...ofWorkspace,
  severity: 'info',
  description: 'A workspace was made with the files that another had at a checkpoint. Emitted when they are in place.',
  message: (p) => `forked from ${p.parentWorkspaceId} with ${p.filesCopied} file(s)`,
  payload: z.object({
    ...workspace,
    parentWorkspaceId: id('The workspace it was forked from'),
    checkpointId,
    filesCopied: count('Files it began with'),
    totalBytes,
  }),
}) {}

/** A workspace's files were compared with what was kept. */
export class WorkspaceVerified extends defineEvent('workspace.verified', {
  ...ofWorkspace,
  severity: 'debug',
  description:
    'The files of a workspace were compared with the commit they came from. Emitted when all were looked at.',
  message: (p) => `${p.filesChecked} file(s) checked, ${p.mismatches} differ`,
  payload: z.object({
    ...workspace,
    filesChecked: count('Files looked at'),
    mismatches: count('Files that differ'),
  }),
}) {}

/** A workspace is no longer needed. */
export class WorkspaceCleanedUp extends defineEvent('workspace.cleaned_up', {
  ...ofWorkspace,
  severity: 'info',
  description:
    'A workspace is no longer needed. Emitted when its folder was removed, or left in place to be looked at.',
  message: (p) => `workspace ${p.preserved ? 'preserved' : 'removed'} (${p.reason})`,
  payload: z.object({
    ...workspace,
    reason: oneOf(['completed', 'failed_preserved', 'batch_cleanup', 'orphan'], 'Why'),
    filesRemoved: count('Files removed'),
    freedBytes: bytes('What it freed'),
    preserved: flag('Whether the folder was left in place'),
  }),
}) {}

/** A workspace was found whose owner is gone. */
export class WorkspaceOrphanDetected extends defineEvent('workspace.orphan_detected', {
  ...ofWorkspace,
  severity: 'warning',
  description:
    'The process that made a workspace is gone and left it behind. Emitted by the search for such workspaces.',
  message: (p) => `orphan of process ${p.ownerPid} on ${p.ownerHost} ${p.action}`,
  payload: z.object({
    ...workspace,
    path,
    ownerPid: count('The process that made it'),
    ownerHost: words('The machine that ran it'),
    ageMs: ms('Time since it was made'),
    action: oneOf(['cleaned', 'preserved'], 'What was done with it'),
  }),
}) {}

/** The search for workspaces without an owner is over. */
export class WorkspaceOrphanCleanupCompleted extends defineEvent('workspace.orphan_cleanup_completed', {
  ...family,
  severity: 'info',
  description: 'The search for workspaces whose owner is gone is over. Emitted once, with what it came to.',
  message: (p) => `${p.cleaned} of ${p.found} orphan(s) removed`,
  payload: z.object({
    executionId,
    found: count('Workspaces without an owner'),
    cleaned: count('How many of them were removed'),
    freedBytes: bytes('What it freed'),
    errors: list('What could not be removed, and why'),
  }),
}) {}

/** Every type of the family. */
export const WORKSPACE_EVENTS = [
  WorkspaceCreated,
  WorkspaceActivated,
  WorkspaceDeactivated,
  WorkspaceSnapshotCreated,
  WorkspaceFilesRestored,
  WorkspaceRestoreFailed,
  WorkspaceForked,
  WorkspaceVerified,
  WorkspaceCleanedUp,
  WorkspaceOrphanDetected,
  WorkspaceOrphanCleanupCompleted,
] as const;
