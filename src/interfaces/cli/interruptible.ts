import { WaymarkError } from '../../domain/shared/errors.js';
import type { Session } from './session.js';

/**
 * Does work that Ctrl-C stops at a place from which it can be gone on with.
 *
 * @param next the command that goes on with it
 * @throws WaymarkError `WAYMARK_INTERRUPTED`
 */
export async function interruptible<Result>(
  { io, unread }: Session,
  next: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const release = io.onInterrupt(() => {
    stop.abort(new WaymarkError('WAYMARK_INTERRUPTED', 'It was interrupted.', { hint: `Go on with: ${next}` }));
  });
  try {
    return await work(AbortSignal.any([stop.signal, unread]));
  } finally {
    release();
  }
}
