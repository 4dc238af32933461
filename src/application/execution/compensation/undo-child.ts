import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { transition } from '../../../domain/execution/execution-status.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { ActiveExecution } from '../active-executions.js';
import { currentBranch } from '../execution-services.js';
import type { ChildDone, ChildUndoing } from '../flow/child-runs.js';
import { childOf } from '../flow/find-child.js';
import { FASTER, LOOK_EVERY_MS, TRIES } from '../flow/look-again.js';
import { cancelExecution } from '../stop-execution.js';
import type { VerbServices } from '../verb-services.js';
import { finishUndoing } from './finish-undoing.js';
import { undoThenGoBack } from './undo-rollback.js';
import { toUndo } from './what-to-undo.js';

/**
 * Undoes the execution that a node was completed by, as one of its parent's compensations: it goes back to its start, the
 * latest of its own compensations first, and is cancelled there, as nobody waits for it.
 *
 * How far that came is what the execution itself says. Whoever takes its parent over finds it, and goes on from there.
 *
 * @throws WaymarkError `WAYMARK_COMPENSATION_FAILED` when not all of it was compensated, `WAYMARK_EXECUTION_NOT_FOUND`;
 *   IllegalTransitionError when somebody has let it run again
 */
export async function undoChild(services: VerbServices, child: ChildDone, undoing: ChildUndoing): Promise<void> {
  for (let tries = 1; ;) {
    undoing.signal.throwIfAborted();
    try {
      if (await undoFurther(services, await childOf(services, child), undoing)) return;
    } catch (error) {
      if (tries >= TRIES || !FASTER.some((code) => WaymarkError.is(error, code))) throw error;
      tries += 1;
    }
  }
}

/** Does what comes next. Resolves with whether nothing is left. */
async function undoFurther(
  services: VerbServices,
  stored: ExecutionSnapshot,
  { reason, onFailure, signal }: ChildUndoing,
): Promise<boolean> {
  const { active } = services;
  const held = active.find(stored.id);
  if (stored.undoing !== null || held !== undefined) {
    await undoingOf(services, stored, held, signal);
    return false;
  }
  transition(stored.id, stored.status, 'rollback');
  const remaining = toUndo(stored, []);
  if (remaining.length > 0) {
    const [target] = (await services.tree.tree(stored.id)).path(stored.headCheckpointId);
    const old = await currentBranch(services, stored);
    if (target === undefined) throw new RangeError(`Execution ${stored.id} has no checkpoint.`);
    const way = { old, target, state: await services.tree.load(target), reason, patch: undefined };
    await undoThenGoBack(services, stored, way, { remaining, onFailure, whole: true });
    return false;
  }
  if (stored.status === 'paused') await cancelExecution(services, stored.id, { reason });
  return true;
}

/** Compensations of it are under way: they are waited for, and gone on with where nobody sees to them. */
async function undoingOf(
  services: VerbServices,
  stored: ExecutionSnapshot,
  held: ActiveExecution | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (held !== undefined) {
    // It may just have come to its end.
    if (stored.undoing === null && stored.status === 'running') transition(stored.id, 'running', 'rollback');
    await held.result;
    return;
  }
  if (stored.owner === null || services.active.isLeftBehind(stored)) {
    await (await finishUndoing(services, stored))?.result();
    return;
  }
  // Another process sees to it.
  await services.scheduler.delay(LOOK_EVERY_MS, signal);
}
