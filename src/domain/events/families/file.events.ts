import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { bytes, count, error, flag, hash, id, list, ms, words } from './fields.js';

const family = { version: 1, category: 'resource', emitter: 'engine' } as const;

const commitId = id('The file commit');
const checkpointId = id('The checkpoint');
const fileCount = count('Files in the commit');
const totalBytes = bytes('Their size together');
const blobsVerified = count('Contents read back and found intact');
const paths = list('The files, relative to their folder');
const operationId = id('The operation whose files are tracked');
const blob = { blobId: hash('Identifies the content'), bytes: bytes('Its size') };

/** Files were kept. */
export class FileCommitCreated extends defineEvent('file.commit_created', {
  ...family,
  severity: 'info',
  description: 'A set of files was kept under one id. Emitted when all of their contents are stored.',
  message: (p) => `${p.fileCount} file(s) committed${p.message === undefined ? '' : `: ${p.message}`}`,
  payload: z.object({
    commitId,
    fileCount,
    totalBytes,
    message: words('What the commit is for').optional(),
    paths,
    executionId: id('The execution it belongs to').optional(),
  }),
}) {}

/** Kept files were given up. */
export class FileCommitDeleted extends defineEvent('file.commit_deleted', {
  ...family,
  severity: 'info',
  description: 'A file commit was deleted. Emitted when it can no longer be restored.',
  message: (p) => `commit ${p.commitId} of ${p.fileCount} file(s) deleted`,
  payload: z.object({ commitId, fileCount }),
}) {}

/** Kept files are intact. */
export class FileCommitVerified extends defineEvent('file.commit_verified', {
  ...family,
  severity: 'info',
  description:
    'Every content of a file commit was read back and has the hash it was stored under. Emitted after the last one.',
  message: (p) => `commit ${p.commitId} is intact`,
  payload: z.object({ commitId, blobsVerified }),
}) {}

/** Files are again as they were kept. */
export class FileRestored extends defineEvent('file.restored', {
  ...family,
  severity: 'info',
  description: 'The files of a commit were put back. Emitted when the last one is in place.',
  message: (p) => `${p.filesRestored} file(s) restored`,
  payload: z.object({
    commitId,
    filesRestored: count('Files put back'),
    totalBytes,
    paths,
    checkpointId: id('The checkpoint gone back to').optional(),
  }),
}) {}

/** Files could not be put back. */
export class FileRestoreFailed extends defineEvent('file.restore_failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description:
    'The files of a commit could not be put back. Emitted when it was given up, with whether some already were.',
  message: (p) => `restore failed${p.partiallyRestored ? ' half way' : ''}: ${p.error.message}`,
  payload: z.object({
    commitId,
    error: error('Why'),
    partiallyRestored: flag('Whether some files were put back already'),
  }),
}) {}

/** Files that a rollback left over were removed. */
export class FileCleanupCompleted extends defineEvent('file.cleanup_completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description:
    'Files that did not exist at the checkpoint were removed, or listed in a dry run. Emitted when it is over.',
  message: (p) => `${p.deleted} file(s) ${p.dryRun ? 'would be ' : ''}deleted, ${p.skipped} skipped`,
  payload: z.object({
    executionId: id('The execution'),
    checkpointId: id('The checkpoint gone back to'),
    deleted: count('Files deleted'),
    backedUp: count('Files copied before'),
    skipped: count('Files left alone'),
    backupPath: words('Where the copies are').optional(),
    dryRun: flag('Whether nothing was touched'),
    errors: list('What could not be deleted, and why'),
  }),
}) {}

/** A checkpoint knows its files. */
export class FileCheckpointLinked extends defineEvent('file.checkpoint_linked', {
  ...family,
  severity: 'info',
  description:
    'A checkpoint was tied to the file commit made with it. Emitted when going back restores those files too.',
  message: (p) => `${p.fileCount} file(s) linked to ${p.checkpointId}`,
  payload: z.object({ checkpointId, commitId, fileCount, totalBytes }),
}) {}

/** A checkpoint's files are intact. */
export class FileCheckpointLinkVerified extends defineEvent('file.checkpoint_link_verified', {
  ...family,
  severity: 'info',
  description: "A checkpoint's file commit is there and intact. Emitted when all of its contents were read back.",
  message: (p) => `files of ${p.checkpointId} are intact`,
  payload: z.object({ checkpointId, commitId, blobsVerified }),
}) {}

/** A content was stored. */
export class FileBlobCreated extends defineEvent('file.blob_created', {
  ...family,
  severity: 'debug',
  description: 'A content was given to the blob store. Emitted when it is there, also where it already was.',
  message: (p) => `${p.bytes} bytes ${p.duplicate ? 'known already' : 'stored'}`,
  payload: z.object({ ...blob, duplicate: flag('Whether it was there already') }),
}) {}

/** A content was removed. */
export class FileBlobDeleted extends defineEvent('file.blob_deleted', {
  ...family,
  severity: 'debug',
  description: 'A content that no commit refers to was removed from the blob store. Emitted when it is gone.',
  message: (p) => `${p.bytes} bytes deleted`,
  payload: z.object(blob),
}) {}

/** Changes to files are being watched. */
export class FileTrackingStarted extends defineEvent('file.tracking_started', {
  ...family,
  severity: 'debug',
  description: 'The files that an operation may change are tracked. Emitted before it touches the first one.',
  message: (p) => `tracking ${p.paths.length} path(s)`,
  payload: z.object({
    operationId,
    paths: list('The files and folders that are tracked'),
    checkpointId: id('The checkpoint it started from').optional(),
  }),
}) {}

/** Changes to files were kept. */
export class FileTrackingCompleted extends defineEvent('file.tracking_completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description: 'The files that an operation changed were kept. Emitted when their commit is stored.',
  message: (p) => `tracked as ${p.commitId} in ${Math.round(p.durationMs)} ms`,
  payload: z.object({ operationId, commitId, durationMs: ms('Time from the start of the tracking') }),
}) {}

/** Changes to files could not be kept. */
export class FileTrackingFailed extends defineEvent('file.tracking_failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'The files that an operation changed could not be kept. Emitted when the tracking was given up.',
  message: (p) => `tracking failed${p.path === undefined ? '' : ` at ${p.path}`}: ${p.error.message}`,
  payload: z.object({ operationId, error: error('Why'), path: words('The file it failed at').optional() }),
}) {}

/** Every type of the family. */
export const FILE_EVENTS = [
  FileCommitCreated,
  FileCommitDeleted,
  FileCommitVerified,
  FileRestored,
  FileRestoreFailed,
  FileCleanupCompleted,
  FileCheckpointLinked,
  FileCheckpointLinkVerified,
  FileBlobCreated,
  FileBlobDeleted,
  FileTrackingStarted,
  FileTrackingCompleted,
  FileTrackingFailed,
] as const;
