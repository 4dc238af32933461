import { InvalidArgumentError } from '../../../domain/shared/errors.js';

/**
 * The error about a part that can't be stored, with the path that means something to whoever gave the value. Any other
 * error is given back as it is.
 */
export function movedPath(error: unknown, move: (path: string) => string): unknown {
  if (!InvalidArgumentError.is(error, 'WAYMARK_NOT_STORABLE')) return error;
  const inner = error.details['path'];
  const before = typeof inner === 'string' ? inner : '';
  const path = move(before);
  return new InvalidArgumentError(
    error.message.replace(`stored: ${shown(before)} `, () => `stored: ${shown(path)} `),
    {
      code: 'WAYMARK_NOT_STORABLE',
      details: { ...error.details, path },
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    },
  );
}

/** As the encoder's own message has it. */
function shown(path: string): string {
  return path.length > 120 ? `${path.slice(0, 120)}…` : path || 'it';
}
