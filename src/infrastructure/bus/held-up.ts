import type { HandlerRun, Wait } from './handler-run.js';

/** Whether a run can't end before another one has. The other one must not wait for it, or both would for ever. */
export function isHeldUpBy(run: HandlerRun, other: HandlerRun): boolean {
  return isFutile({ run }, other);
}

/** Whether what a run is about to wait for can't come about before it has ended itself. */
export function isFutile(wait: Wait, waiter: HandlerRun): boolean {
  return !isWithinReach(wait, heldUp([wait], new Set(waiter.batch ?? [waiter])));
}

/** Of all runs that these waits lead to: those that can't end as long as none of the others does, and these. */
export function heldUp(waits: Iterable<Wait>, others: ReadonlySet<HandlerRun>): ReadonlySet<HandlerRun> {
  const found = new Set<HandlerRun>();
  const todo = [...waits];
  for (let wait = todo.pop(); wait !== undefined; wait = todo.pop()) {
    for (const run of begunFor(wait)) {
      if (found.has(run)) continue;
      found.add(run);
      todo.push(...waitsOf(run));
    }
  }
  // Whoever waits for nothing can end; then whoever waits for no others than these; and so on. What is left can't.
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const run of [...found].reverse()) {
      if (!others.has(run) && waitsOf(run).every((wait) => isWithinReach(wait, found))) found.delete(run);
    }
  }
  return found;
}

/** Whether something can come about though these runs never end. */
function isWithinReach(wait: Wait, stuck: ReadonlySet<HandlerRun>): boolean {
  const { plan, queue, atWork } = 'run' in wait ? wait.run.subscription : wait.roomOf;
  if ('run' in wait && (wait.run.isEnded || hasBegun(wait.run))) return !stuck.has(wait.run);
  const inTheWay = new Set([...atWork].filter((run) => stuck.has(run)));
  if ('roomOf' in wait) return queue === undefined || queue.depth === 0 || queue.blockedBy(inTheWay) < queue.depth;
  if (inTheWay.size >= plan.concurrency) return false;
  return plan.key === undefined || ![...inTheWay].some(({ key }) => key === wait.run.key);
}

/** The runs that have begun, and of which one or all must end first. */
function begunFor(wait: Wait): Iterable<HandlerRun> {
  if ('roomOf' in wait) return wait.roomOf.atWork;
  if (wait.run.isEnded) return [];
  return hasBegun(wait.run) ? [wait.run] : wait.run.subscription.atWork;
}

function hasBegun(run: HandlerRun): boolean {
  return run.subscription.plan.mode === 'sync' || run.isTracked || run.subscription.atWork.has(run);
}

/** Of a batch, one stands for all. */
function waitsOf(run: HandlerRun): readonly Wait[] {
  return (run.batch ?? [run]).flatMap(({ waitsFor }) => [...(waitsFor ?? [])]);
}
