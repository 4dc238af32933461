import type { NodeAttempt } from '../../execution/node-attempt.js';
import type { OpenBody } from '../../execution/progress.js';
import { addressOf } from '../../execution/standing.js';
import { bodyOf, isInBody } from '../address.js';
import type { MapNode, ParallelNode } from '../nodes/workflow-node.js';
import type { CompiledNode } from '../workflow-tree.js';
import { isActive, isBlocked } from './blocked.js';
import type { Draft } from './draft.js';
import { attemptOf, giveUp } from './give-up.js';
import { passOn } from './ways.js';

/** A node is done: what follows it is ready or skipped, and the node around it may be done as well. */
export function complete(draft: Draft, node: NodeAttempt, chosen?: readonly string[]): void {
  const at = addressOf(node);
  const compiled = draft.node(at);
  draft.facts.push({ kind: 'completed', node, compiled, ...(chosen === undefined ? {} : { chosen }) });
  if (chosen !== undefined) draft.keepChoice(at, chosen);
  draft.markDone(node);
  passOn(draft, at);
  lookAround(draft, at);
}

/**
 * A node is passed over because somebody says so: what follows it goes on as if it were done.
 *
 * @param begun the attempt that ends with it; another one where none has begun
 */
export function skipByHand(draft: Draft, at: string, reason: string, begun?: NodeAttempt): void {
  draft.facts.push({ kind: 'skipped', node: begun ?? draft.nextAttempt(at), reason });
  draft.markSkipped(at);
  const { graph } = draft.bodyAt(at);
  const followers = graph.successors(at.slice(at.lastIndexOf('/') + 1));
  if (followers.length > 0) draft.keepChoice(at, followers);
  passOn(draft, at);
  lookAround(draft, at);
}

/**
 * A node failed for good. The node around it fails too, at once or when what runs beside it has settled, unless it can do
 * without it.
 */
export function fail(draft: Draft, node: NodeAttempt, why: { error?: unknown; because?: string }): void {
  const at = addressOf(node);
  draft.facts.push({ kind: 'failed', node, compiled: draft.node(at), ...why });
  draft.failed = [...draft.failed, node];
  const place = bodyOf(at);
  if (place === undefined) return;
  const { definition } = draft.node(place.node);
  if (definition.kind === 'parallel' && definition.join !== 'all') draft.markFailedBranch(at);
  else if ('onFailure' in definition && definition.onFailure === 'fail-fast') failAround(draft, place.node, at);
  lookAround(draft, at);
}

/** Opens as many items of a map as may be worked on now. */
export function openItems(draft: Draft, at: string, map: CompiledNode): void {
  const composite = draft.findOpen(at);
  if (composite === undefined || map.body === undefined) return;
  const { bodies, next = 0, total = 0 } = composite;
  const { concurrency = total } = map.definition as MapNode;
  const busy =
    draft.failed.length === 0 ? bodies.length : bodies.filter(({ index }) => !isStuck(draft, `${at}[${index}]`)).length;
  const end = Math.min(total, next + Math.max(0, concurrency - busy));
  const opened: OpenBody[] = [];
  for (let index = next; index < end; index += 1) {
    opened.push({ index, done: [] });
    for (const entry of map.body.graph.entries) draft.waiting.push(`${at}[${index}]/${entry}`);
  }
  draft.changeOpen(at, (open) => ({ ...open, next: end, bodies: [...open.bodies, ...opened] }));
}

/** Closes a node with a body, which is done. */
export function closeComposite(draft: Draft, at: string): void {
  const composite = draft.findOpen(at);
  if (composite === undefined) return;
  draft.forgetWithin(at, true);
  complete(draft, attemptOf(composite));
}

/** Whether an item's body has failed, and nothing in it goes on. */
function isStuck(draft: Draft, body: string): boolean {
  const isIn = (node: NodeAttempt): boolean => isInBody(addressOf(node), body);
  if (!draft.failed.some(isIn) || draft.running.some(isIn) || draft.suspended.some(isIn)) return false;
  return !draft.waiting.some((at) => isInBody(at, body) && !isBlocked(draft, at));
}

/** What has happened to the node around one that has settled. */
function lookAround(draft: Draft, at: string): void {
  const place = bodyOf(at);
  const composite = place && draft.findOpen(place.node);
  if (place === undefined || composite === undefined) return;
  const owner = draft.node(place.node);
  const body = composite.bodies.find(({ index }) => index === place.index);
  if (body === undefined || owner.body === undefined) return;
  const settled = body.done.length + draft.skippedIn(place.body);
  const { definition } = owner;
  if (definition.kind === 'parallel') lookAtBranches(draft, place.node, definition, body, settled);
  else if (settled === owner.body.graph.nodeIds.length) finishBody(draft, place.node, owner, body, place.body);
  else if (draft.failed.length > 0) lookAtFailures(draft, place.node, owner);
}

function finishBody(draft: Draft, at: string, owner: CompiledNode, body: OpenBody, bodyAt: string): void {
  if (owner.kind === 'group') closeComposite(draft, at);
  // Its condition is asked for when it is taken up again: with the state of then.
  else if (owner.kind === 'loop') draft.waiting.push(at);
  else {
    draft.forgetBody(bodyAt);
    draft.changeOpen(at, (open) => ({ ...open, bodies: open.bodies.filter(({ index }) => index !== body.index) }));
    goOnWithItems(draft, at, owner);
  }
}

function goOnWithItems(draft: Draft, at: string, owner: CompiledNode): void {
  openItems(draft, at, owner);
  const { bodies = [], next, total } = draft.findOpen(at) ?? {};
  if (bodies.length === 0 && next === total) closeComposite(draft, at);
  else if (draft.failed.length > 0) lookAtFailures(draft, at, owner);
}

function lookAtBranches(draft: Draft, at: string, parallel: ParallelNode, body: OpenBody, settled: number): void {
  const { join, branches, onFailure } = parallel;
  if (settled >= neededOf(join, branches)) {
    if (join !== 'all') giveUp(draft, at, 'enough branches have succeeded');
    closeComposite(draft, at);
  } else if (join === 'all' || onFailure === 'collect') {
    if (join === 'all' || isDoomed(parallel, body)) failWhenStuck(draft, at);
  } else if (isDoomed(parallel, body)) {
    failAround(draft, at, failedPart(draft, at) ?? at);
  }
}

function lookAtFailures(draft: Draft, at: string, owner: CompiledNode): void {
  if (owner.kind === 'map' && !isFailed(draft, at) && (owner.definition as MapNode).onFailure === 'collect') {
    openItems(draft, at, owner);
  }
  failWhenStuck(draft, at);
}

/** A node of which a part failed, and in which nothing goes on, has failed. */
function failWhenStuck(draft: Draft, at: string): void {
  const because = failedPart(draft, at);
  if (because !== undefined && !isActive(draft, at)) failAround(draft, at, because);
}

/**
 * Looks once more at all that is open, the inner ones first: what has just ended may have been the last thing to go on
 * within a node far around it, of which another part had failed.
 */
export function lookForStuck(draft: Draft): void {
  if (draft.failed.length === 0) return;
  for (const { at, bodies } of [...draft.open].reverse()) {
    const { definition } = draft.node(at);
    const [body] = bodies;
    if (definition.kind === 'parallel' && definition.join !== 'all') {
      if (body !== undefined && isDoomed(definition, body)) failWhenStuck(draft, at);
    } else if (draft.isOpen(at)) failWhenStuck(draft, at);
  }
}

/** Whether too many branches have failed. */
function isDoomed({ join, branches }: ParallelNode, { failed = [] }: OpenBody): boolean {
  return Object.keys(branches).length - failed.length < neededOf(join, branches);
}

function neededOf(join: ParallelNode['join'], branches: ParallelNode['branches']): number {
  if (join === 'all') return Object.keys(branches).length;
  return join === 'any' ? 1 : join.atLeast;
}

/** The first of the nodes in the bodies of a node that failed. */
function failedPart(draft: Draft, at: string): string | undefined {
  const found = draft.failed.find((node) => bodyOf(addressOf(node))?.node === at);
  return found && addressOf(found);
}

function failAround(draft: Draft, at: string, because: string): void {
  const composite = draft.findOpen(at);
  if (composite === undefined || isFailed(draft, at)) return;
  giveUp(draft, at, `${because} failed`);
  draft.unmarkFailedBranches(at);
  fail(draft, attemptOf(composite), { because });
}

function isFailed(draft: Draft, at: string): boolean {
  return draft.failed.some((node) => addressOf(node) === at);
}
