import type { Waymark } from '../../composition/waymark.js';
import type { ExecutionHandle, ExecutionResult } from '../../application/execution/execution-result.js';
import { followProgress } from '../text/follow-progress.js';
import type { Session } from './session.js';

const EXIT_INTERRUPTED = 130;

/**
 * Begins an execution and sees it to its end: shows its progress, and cancels it when the user wants to stop. Who asks a second time ends
 * the program at once.
 */
export async function driveExecution(
  session: Session,
  waymark: Waymark,
  actor: string | undefined,
  begin: () => Promise<ExecutionHandle>,
): Promise<ExecutionResult> {
  const { io } = session;
  const progress = session.json
    ? undefined
    : followProgress(waymark.bus, undefined, io.stderr, { color: session.color(io.stderr) });
  let handle: ExecutionHandle | undefined;
  let isInterrupted = false;
  const cancel = async (): Promise<void> => {
    if (handle === undefined) return;
    // When it has ended in the meantime there is nothing to cancel; a store that fails fails the result too.
    const options = { reason: 'interrupted', ...(actor === undefined ? {} : { actor }) };
    await waymark.executions.cancel(handle.id, options).catch(() => undefined);
  };
  const release = io.onInterrupt(() => {
    if (isInterrupted) {
      progress?.stop();
      io.exit(EXIT_INTERRUPTED);
      return;
    }
    isInterrupted = true;
    progress?.say('cancelling; once more ends the program at once');
    void cancel();
  });
  try {
    handle = await begin();
    if (isInterrupted) await cancel();
    return await handle.result();
  } catch (error) {
    if (handle !== undefined) {
      const command = session.command('resume', handle.id);
      session.note(`execution ${handle.id} is as it was last recorded; to go on from there: ${command}`);
    }
    throw error;
  } finally {
    release();
    progress?.stop();
  }
}
