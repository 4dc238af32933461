import { WaymarkError } from '../../domain/shared/errors.js';

/** `WAYMARK_EXPORT_FAILED`: a file or a stream of an export can't be written or read. */
export function exportFailed(what: string, cause: unknown): WaymarkError {
  if (WaymarkError.is(cause)) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  return new WaymarkError('WAYMARK_EXPORT_FAILED', `${what}: ${code ?? message}.`, {
    cause,
    hint: 'Make room, or name a place that this user may write to; then go on with resume.',
  });
}

/** `WAYMARK_EXPORT_NOT_FOUND` */
export function exportNotFound(what: string, path: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_EXPORT_NOT_FOUND', `There is no ${what} at ${path}.`, {
    cause,
    hint: 'An export is two files: FILE and FILE.manifest.json. Name the first, and keep the other beside it.',
    details: { path },
  });
}
