import type { NodeAttempt } from '../../execution/node-attempt.js';
import type { SuspendedNode } from '../../execution/progress.js';
import { type Advance, addressOf, type Standing } from '../../execution/standing.js';
import type { WorkflowTree } from '../workflow-tree.js';
import { Draft } from './draft.js';
import type { Fact, Judge } from './fact.js';
import { attemptOf, giveUp } from './give-up.js';
import { complete, fail, lookForStuck, skipByHand } from './settle.js';
import { type MayStart, openReady, reopen, startReady } from './take-up.js';

/** What follows from something: where the execution stands then, and what happened, in order. */
export interface Plan extends Advance {
  readonly facts: readonly Fact[];
}

/** What can happen to a node that was started, or is ready. */
export type Happening =
  /** Its work is done; `chosen` is what a decision chose. */
  | { readonly kind: 'completed'; readonly at: string; readonly chosen?: readonly string[] }
  /** Its work failed for good. */
  | { readonly kind: 'failed'; readonly at: string; readonly error: unknown }
  /** It does not run any more, and waits. */
  | { readonly kind: 'suspended'; readonly node: SuspendedNode }
  /** It is to be started again, as the next attempt. */
  | { readonly kind: 'again'; readonly at: string }
  /** Somebody passes it over: it is ready, suspended or failed. What is within it is given up. */
  | { readonly kind: 'skipped'; readonly at: string; readonly reason: string };

/**
 * What follows from something that happened to a node. No work is started by it: only nodes with bodies that were open
 * when the execution was taken up anew begin again first, as what happens may end them.
 *
 * @param doneAtTop the ids of the workflow's own nodes that are completed
 * @throws RangeError when the node is not where it could happen
 */
export function settle(
  tree: WorkflowTree,
  standing: Standing,
  doneAtTop: ReadonlySet<string>,
  happening: Happening,
): Plan {
  const draft = new Draft(tree, standing, doneAtTop);
  // What is passed over as a whole does not begin again.
  const skipped = happening.kind === 'skipped' ? takeAway(draft, happening.at, happening.reason) : undefined;
  reopen(draft);
  switch (happening.kind) {
    case 'completed':
      complete(draft, takeOut(draft, happening.at), happening.chosen);
      break;
    case 'failed':
      fail(draft, takeOut(draft, happening.at), { error: happening.error });
      break;
    case 'suspended':
      takeOut(draft, addressOf(happening.node));
      draft.suspended = [...draft.suspended, happening.node];
      break;
    case 'again':
      draft.interrupted = [...draft.interrupted, plainAttempt(takeOut(draft, happening.at))];
      draft.waiting.push(happening.at);
      break;
    case 'skipped':
      skipByHand(draft, happening.at, happening.reason, skipped);
      break;
  }
  lookForStuck(draft);
  return planOf(draft);
}

/**
 * Opens what is ready: nodes with bodies, decisions by cases, the next pass of a loop. What is left is work, or may not be
 * started.
 */
export function open(
  tree: WorkflowTree,
  standing: Standing,
  doneAtTop: ReadonlySet<string>,
  judge: Judge,
  mayStart: MayStart,
): Plan {
  const draft = new Draft(tree, standing, doneAtTop);
  openReady(draft, judge, mayStart);
  lookForStuck(draft);
  return planOf(draft);
}

/** Starts the work that is ready. */
export function start(
  tree: WorkflowTree,
  standing: Standing,
  doneAtTop: ReadonlySet<string>,
  mayStart: MayStart,
): Plan {
  const draft = new Draft(tree, standing, doneAtTop);
  startReady(draft, mayStart);
  return planOf(draft);
}

/** Gives up whatever waits, because the execution has failed. */
export function giveUpWaits(
  tree: WorkflowTree,
  standing: Standing,
  doneAtTop: ReadonlySet<string>,
  reason: string,
): Plan {
  const draft = new Draft(tree, standing, doneAtTop);
  const { suspended } = draft;
  draft.suspended = [];
  draft.waiting.push(...suspended.map(addressOf));
  for (const node of suspended) draft.facts.push({ kind: 'cancelled', node, reason });
  return planOf(draft);
}

function planOf(draft: Draft): Plan {
  return { ...draft.advance(), facts: draft.facts };
}

/** A node that runs or waits, which it does no longer. */
function takeOut(draft: Draft, at: string): NodeAttempt {
  const running = draft.running.find((node) => addressOf(node) === at);
  if (running !== undefined) {
    draft.running = draft.running.filter((node) => node !== running);
    return running;
  }
  const suspended = draft.suspended.find((node) => addressOf(node) === at);
  if (suspended === undefined) throw new RangeError(`Node ${at} neither runs nor waits.`);
  draft.suspended = draft.suspended.filter((node) => node !== suspended);
  return plainAttempt(suspended);
}

/**
 * A node that failed, waits or is ready, and what is within it: none of it is to go on. Returns the attempt that it is
 * passed over in; `undefined` where that has not begun.
 */
function takeAway(draft: Draft, at: string, reason: string): NodeAttempt | undefined {
  const isIt = (node: NodeAttempt): boolean => addressOf(node) === at;
  const isThere = [...draft.suspended, ...draft.failed].some(isIt) || draft.waiting.includes(at) || draft.isOpen(at);
  if (!isThere) throw new RangeError(`Node ${at} is not ready.`);
  const begun = begunAt(draft, at);
  giveUp(draft, at, reason);
  draft.waiting = draft.waiting.filter((address) => address !== at);
  draft.suspended = draft.suspended.filter((node) => !isIt(node));
  draft.failed = draft.failed.filter((node) => !isIt(node));
  draft.forgetWithin(at, true);
  return begun;
}

/** The attempt of a node that has begun and not ended. What waits to be tried again is passed over in its next one. */
function begunAt(draft: Draft, at: string): NodeAttempt | undefined {
  const isIt = (node: NodeAttempt): boolean => addressOf(node) === at;
  const suspended = draft.suspended.find(isIt);
  if (suspended !== undefined) {
    const { attempt } = suspended;
    return { ...plainAttempt(suspended), attempt: suspended.awaiting === 'retry' ? attempt + 1 : attempt };
  }
  const open = draft.findOpen(at);
  const isOver = open === undefined || open.attempt === 0 || [...draft.failed, ...draft.interrupted].some(isIt);
  return isOver ? undefined : attemptOf(open);
}

function plainAttempt({ nodeId, occurrence, attempt, at }: NodeAttempt): NodeAttempt {
  return { nodeId, occurrence, attempt, ...(at === undefined ? {} : { at }) };
}
