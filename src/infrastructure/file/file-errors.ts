import { WaymarkError } from '../../domain/shared/errors.js';
import type { Hash } from '../../domain/shared/hash.js';

/** What of a file system there is no room for. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What a file system, or a system, does not do with a path. */
const UNSUPPORTED = new Set(['ENAMETOOLONG', 'EILSEQ', 'ELOOP', 'EMFILE']);

/**
 * What a file system refused, in Waymark's words: `WAYMARK_FILE_STORAGE_FULL`, `WAYMARK_FILE_UNSUPPORTED` or
 * `WAYMARK_FILE_STORAGE_FAILED`. Errors of Waymark, and of who called off the work, stay as they are.
 *
 * @param what what was being done: `reading`
 */
export function fileFailed(what: string, path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (WaymarkError.is(cause) || typeof code !== 'string') return cause;
  const shown = showPath(path);
  if (FULL.has(code)) {
    return new WaymarkError(
      'WAYMARK_FILE_STORAGE_FULL',
      `There is no room for ${shown}: ${what} it failed (${code}).`,
      {
        cause,
        hint: 'Make room, then repeat it: what was written already is found again.',
        details: { path },
      },
    );
  }
  if (UNSUPPORTED.has(code)) {
    return new WaymarkError(
      'WAYMARK_FILE_UNSUPPORTED',
      `This system can not do with ${shown} what it has to: ${code}.`,
      {
        cause,
        hint: 'Shorten or rename it, or have it left out by a line in `.gitignore`.',
        details: { path },
      },
    );
  }
  return new WaymarkError('WAYMARK_FILE_STORAGE_FAILED', `${capital(what)} ${shown} failed: ${code}.`, {
    cause,
    hint: 'Give this user the right to, or name another place; then repeat it.',
    details: { path },
  });
}

/** `WAYMARK_FILE_NOT_FOUND`: a content, or a tree, that is not there. */
export function contentNotFound(hash: Hash, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_FILE_NOT_FOUND', `The file storage has no content ${hash}.`, {
    cause,
    hint: 'Look whether it is the right folder; `waymark files verify` tells which commits lack contents.',
    details: { hash },
  });
}

/** `WAYMARK_FILE_NOT_FOUND`: a folder that is not there. */
export function folderNotFound(path: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_FILE_NOT_FOUND', `There is no folder ${showPath(path)}.`, {
    cause,
    hint: 'Check the path, or make the folder.',
    details: { path },
  });
}

/** `WAYMARK_FILE_DAMAGED`: a content is not what its name says. */
export function contentDamaged(hash: Hash, why: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_FILE_DAMAGED', `The content ${hash} is damaged: ${why}.`, {
    cause,
    hint: 'Commit a folder that still has the file, which writes it again, or bring the storage back from a backup.',
    details: { hash },
  });
}

/** `WAYMARK_FILE_PATH_ESCAPES`: a path leads, or could lead, out of its folder. */
export function pathEscapes(path: string, why: string): WaymarkError {
  return new WaymarkError('WAYMARK_FILE_PATH_ESCAPES', `${showPath(path)} does not stay in its folder: ${why}.`, {
    hint: 'Paths are relative, with `/` between names, and without `.` and `..`.',
    details: { path },
  });
}

/** `WAYMARK_FILE_CHANGED`: a file that somebody goes on writing to. */
export function fileChanged(path: string): WaymarkError {
  return new WaymarkError('WAYMARK_FILE_CHANGED', `${showPath(path)} went on changing while it was read.`, {
    hint: 'Commit when nothing writes to it, or have it left out by a line in `.gitignore`.',
    details: { path },
  });
}

/** `WAYMARK_FILE_STORAGE_FAILED`: the thread that works on files is gone, or its storage is closed. */
export function threadEnded(why: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_FILE_STORAGE_FAILED', `The work on files was not done: ${why}.`, {
    cause,
    hint: 'Repeat it: what was written already is found again.',
  });
}

/** A path for people: whatever is odd in it has an escape. */
function showPath(path: string): string {
  return path === '' ? 'the folder' : JSON.stringify(path);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
