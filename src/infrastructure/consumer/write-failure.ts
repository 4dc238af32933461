import { WaymarkError } from '../../domain/shared/errors.js';

/** Codes of the operating system that say that there is no room. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** Codes that say that this user may not. */
const DENIED = new Set(['EACCES', 'EPERM', 'EROFS']);
const NO_FILE = new Set(['EISDIR', 'ENOTDIR']);

const MAKE_ROOM = 'Make room, then send the events again: `bus.deadLetters.redriveAll({ handler })`.';

/** `WAYMARK_CONSUMER_FAILED`: why a file can't be written, and what to do about it. */
export function writeFailure(path: string, cause: unknown): WaymarkError {
  if (WaymarkError.is(cause)) return cause;
  const code = String((cause as { readonly code?: unknown } | undefined)?.code);
  if (FULL.has(code)) return failed(path, 'the disk is full', MAKE_ROOM, cause);
  if (NO_FILE.has(code)) return notAFile(path, cause);
  if (code === 'ENOENT') return folderMissing(path, cause);
  if (DENIED.has(code)) {
    return failed(path, 'this user may not', 'Let this user write to the file and its folder.', cause);
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return failed(
    path,
    why,
    'See the cause. What was not written is a dead letter: redrive it when it is mended.',
    cause,
  );
}

/** A disk that is almost full takes what it has room for. */
export function partlyWritten(path: string): WaymarkError {
  return failed(path, 'it took a part of the lines only, as a disk does that is full', MAKE_ROOM, undefined);
}

export function folderMissing(path: string, cause?: unknown): WaymarkError {
  return failed(path, 'its folder is missing', 'Make the folder, or check the path.', cause);
}

export function notAFile(path: string, cause?: unknown): WaymarkError {
  return failed(path, 'it is not a file', 'Give the path of a file, or of none yet in a folder that exists.', cause);
}

function failed(path: string, why: string, hint: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_CONSUMER_FAILED', `${path} can't be written: ${why}.`, {
    cause,
    hint,
    details: { path },
  });
}
