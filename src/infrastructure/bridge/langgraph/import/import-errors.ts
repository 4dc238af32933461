import { InvalidArgumentError, WaymarkError } from '../../../../domain/shared/errors.js';
import type { ThreadCheckpointKey } from '../../../../domain/checkpoint/thread/graph-thread.js';

/** What a message is about: a thread, and as much of a checkpoint's name as is known. */
export type Place = Pick<ThreadCheckpointKey, 'threadId'> & Partial<ThreadCheckpointKey>;

/** `WAYMARK_INVALID_STORAGE`: the source is named in a way that there is not. The text may hold a password. */
export function invalidSource(): InvalidArgumentError {
  return new InvalidArgumentError('The source of an import is neither sqlite:FILE nor postgres://… nor a saver.', {
    code: 'WAYMARK_INVALID_STORAGE',
    hint: 'Name it as sqlite:./checkpoints.db or postgres://USER@HOST/DATABASE?schema=public, or give a checkpoint saver.',
  });
}

/** `WAYMARK_IMPORT_SOURCE_NOT_FOUND`: there is no such file, or no such database. */
export function sourceNotFound(source: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_IMPORT_SOURCE_NOT_FOUND', `There is nothing to import from at ${source}.`, {
    cause,
    hint: 'Check the path (it is relative to the working directory) or the URL. Nothing was made there.',
    details: { source },
  });
}

/** `WAYMARK_IMPORT_SOURCE_FOREIGN`: something is there, and LangGraph's savers have not made it. */
export function sourceForeign(source: string, why: string, cause?: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_IMPORT_SOURCE_FOREIGN',
    `${source} holds no checkpoints of LangGraph's savers: ${why}.`,
    {
      cause,
      hint: 'Nothing in it was changed. Name the file of a SqliteSaver, or the database and schema of a PostgresSaver.',
      details: { source },
    },
  );
}

/** `WAYMARK_IMPORT_SOURCE_FAILED`: the source's own saver can not read what it has. */
export function sourceFailed(place: Partial<ThreadCheckpointKey>, cause: unknown): WaymarkError {
  const what = place.threadId === undefined ? 'The source of the import' : sentenceStart(nameOf(place as Place));
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WaymarkError('WAYMARK_IMPORT_SOURCE_FAILED', `${what} can't be read by the source's own saver: ${why}`, {
    cause,
    hint: 'See that the source reads it; where it has a serializer of its own, give importThreads the saver itself.',
    details: { ...place },
  });
}

/** `WAYMARK_THREAD_NOT_FOUND` */
export function threadNotFound(threadId: string): WaymarkError {
  return new WaymarkError('WAYMARK_THREAD_NOT_FOUND', `The source has no thread ${JSON.stringify(threadId)}.`, {
    hint: 'Nothing was imported. Name threads that are there, or none for all of them.',
    details: { threadId },
  });
}

/** `WAYMARK_IMPORT_CONFLICT`: there is something else under that name already. */
export function importConflict(place: Place, why: string, path?: string): WaymarkError {
  return new WaymarkError('WAYMARK_IMPORT_CONFLICT', `${sentenceStart(nameOf(place))} is there already, and ${why}.`, {
    hint: 'Nothing of it was changed. Import into another store, or leave the thread out; deleteThread removes it here.',
    details: { ...place, ...(path === undefined ? {} : { path }) },
  });
}

/** `WAYMARK_IMPORT_DIFFERS`: read back after the import, the two are not the same. */
export function importDiffers(place: Place, why: string, path?: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_IMPORT_DIFFERS',
    `${sentenceStart(nameOf(place))} is not the same in the source and in the store: ${why}.`,
    {
      hint: 'Where something still writes to the source, stop it and import again: what is there is gone on with.',
      details: { ...place, ...(path === undefined ? {} : { path }) },
    },
  );
}

function nameOf({ threadId, namespace, checkpointId }: Place): string {
  const thread = `thread ${JSON.stringify(threadId)}`;
  const within = namespace === undefined || namespace === '' ? thread : `${thread}, ${JSON.stringify(namespace)}`;
  return checkpointId === undefined ? within : `checkpoint ${checkpointId} of ${within}`;
}

function sentenceStart(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
