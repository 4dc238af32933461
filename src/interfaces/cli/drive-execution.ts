import type { Waymark } from '../../composition/waymark.js';
import type { ExecutionHandle, ExecutionResult } from '../../application/execution/execution-result.js';
import { followProgress } from '../text/follow-progress.js';
import type { Session } from './session.js';

const EXIT_INTERRUPTED = 130;

/**
 * Begins an execution and sees it to its end: shows its progress, and cancels it when the user wants to stop. Who asks
 * a second time ends the program without waiting for that. Both are heard when the event loop has its turn: not while a
 * node blocks it.
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
    progress?.say('cancelling; once more ends the program without waiting');
    void cancel();
  });
  let close = (): void => undefined;
  try {
    const begun = await begin();
    handle = begun;
    close = io.whileOpen(() => sentence(howToGoOn(session, begun.id)));
    if (isInterrupted) await cancel();
    return await begun.result();
  } catch (error) {
    if (handle !== undefined) session.note(howToGoOn(session, handle.id));
    throw error;
  } finally {
    close();
    release();
    progress?.stop();
  }
}

function howToGoOn(session: Session, executionId: string): string {
  const command = session.command('resume', [executionId]);
  return `execution ${executionId} is as it was last recorded; to go on from there: ${command}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
