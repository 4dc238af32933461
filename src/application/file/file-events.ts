import type { FileChange, FileCommit } from '../../domain/file/file-commit.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { AmbientContext } from '../../domain/events/event-context.js';
import { FileBlobCreated, FileBlobDeleted, FileCommitCreated } from '../../domain/events/families/file.events.js';
import type { EventFactory } from '../context/event-factory.js';
import type { StoredBlob, Swept } from './file-storage.port.js';

/**
 * How many paths an event lists, and how many contents of one commit or collection are told of one by one: a commit of a
 * hundred thousand files is one fact, and its totals are in it.
 */
export const TOLD_AT_MOST = 100;

/** The longest path that an event holds as it is: `PATH_MAX` would let a hundred of them go over the limit of an event. */
const LONGEST_PATH = 1_000;

/**
 * The first paths of a list in the form that events take them: what is no Unicode is replaced, and what is very long is
 * cut, with an ellipsis. How many there are in all is told beside it.
 */
export function toldPaths(paths: readonly string[]): readonly string[] {
  return paths
    .slice(0, TOLD_AT_MOST)
    .map((path) => wellFormed(path.length <= LONGEST_PATH ? path : `${path.slice(0, LONGEST_PATH)}…`));
}

/** Text as every program takes it: what has no Unicode, as a name of bytes, becomes replacement characters. */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

/** That a commit was made, after what it had to store. */
export function commitEvents(
  factory: EventFactory,
  commit: FileCommit,
  { changes, blobs }: { readonly changes: readonly FileChange[]; readonly blobs: readonly StoredBlob[] },
  context: AmbientContext = {},
): readonly DomainEvent[] {
  const { id, fileCount, totalBytes, message, executionId } = commit;
  const stored = blobs
    .slice(0, TOLD_AT_MOST)
    .map(({ hash, bytes, duplicate }) => factory.make(FileBlobCreated, { blobId: hash, bytes, duplicate }, context));
  const payload = {
    commitId: id,
    fileCount,
    totalBytes,
    ...(message === null ? {} : { message }),
    paths: [...toldPaths(changes.map(({ path }) => path))],
    ...(executionId === null ? {} : { executionId }),
  };
  return [...stored, factory.make(FileCommitCreated, payload, context)];
}

/** That contents were taken away. */
export function sweptEvents(factory: EventFactory, { deleted }: Swept): readonly DomainEvent[] {
  return deleted
    .slice(0, TOLD_AT_MOST)
    .map(({ hash, bytes }) => factory.make(FileBlobDeleted, { blobId: hash, bytes }));
}
