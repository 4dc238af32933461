import type { HandlerRun } from './handler-run.js';

/**
 * Whether a run can't end before another one has, because of what is waited for: it is that one, it waits for what can't
 * end before that one, or it is queued behind such. The other one must not wait for it, or both would for ever.
 */
export function isHeldUpBy(run: HandlerRun, other: HandlerRun, asked: Set<HandlerRun> = new Set()): boolean {
  if (run === other || run.batch?.includes(other) === true) return true;
  if (run.isEnded || asked.has(run)) return false;
  asked.add(run);
  const isHeldUp = (next: HandlerRun): boolean => isHeldUpBy(next, other, asked);
  const { plan, atWork } = run.subscription;
  if (plan.mode === 'sync' || run.isTracked || atWork.has(run)) return [...(run.awaited ?? [])].some(isHeldUp);
  const begun = [...atWork];
  if (plan.key !== undefined && begun.filter(({ key }) => key === run.key).some(isHeldUp)) return true;
  return begun.length >= plan.concurrency && begun.every(isHeldUp);
}
