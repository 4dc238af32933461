import type { NodeAttempt } from '../../execution/node-attempt.js';
import type { OpenComposite } from '../../execution/progress.js';
import { addressOf } from '../../execution/standing.js';
import type { LoopNode } from '../nodes/workflow-node.js';
import type { CompiledNode } from '../workflow-tree.js';
import { isBlocked } from './blocked.js';
import type { Draft } from './draft.js';
import type { Fact, Judge } from './fact.js';
import { attemptOf } from './give-up.js';
import { loopLimit } from './planner.errors.js';
import { closeComposite, complete, fail, openItems } from './settle.js';

/** Whether a node that is ready may be started now, after what has happened so far in the same plan. */
export type MayStart = (at: string, compiled: CompiledNode, facts: readonly Fact[]) => boolean;

/** Whether nothing of a node runs outside the step: it has a body, or it is a decision by cases. */
export function isInstant({ definition, body }: CompiledNode): boolean {
  return body !== undefined || (definition.kind === 'decision' && definition.cases !== undefined);
}

/** Opens all nodes with bodies that are ready, asks the conditions that are due, and so on until only work is left. */
export function openReady(draft: Draft, judge: Judge, mayStart: MayStart): void {
  reopen(draft);
  let waiting = draft.waiting;
  for (let index = 0; index < waiting.length;) {
    const at = waiting[index] ?? '';
    const compiled = draft.node(at);
    if (!isInstant(compiled) || !mayStart(at, compiled, draft.facts) || isBlocked(draft, at)) {
      index += 1;
      continue;
    }
    waiting.splice(index, 1);
    open(draft, judge, at, compiled);
    // What was given up on the way is no longer among them.
    if (draft.waiting === waiting) continue;
    ({ waiting } = draft);
    index = 0;
  }
}

/** Starts the work of all nodes that are ready. */
export function startReady(draft: Draft, mayStart: MayStart): readonly NodeAttempt[] {
  const ready: string[] = [];
  const rest: string[] = [];
  for (const at of draft.waiting) {
    const compiled = draft.node(at);
    const starts = !isInstant(compiled) && mayStart(at, compiled, draft.facts) && !isBlocked(draft, at);
    (starts ? ready : rest).push(at);
  }
  if (ready.length === 0) return [];
  draft.waiting = rest;
  const started = ready.map((at) => {
    const node = draft.nextAttempt(at);
    draft.facts.push({ kind: 'started', node, compiled: draft.node(at) });
    return node;
  });
  draft.running = [...draft.running, ...started];
  return started;
}

/** Whoever takes an execution up anew starts what was open as the next attempt. */
export function reopen(draft: Draft): void {
  if (draft.interrupted.length === 0) return;
  for (const composite of draft.open) {
    if (!draft.interrupted.some((node) => addressOf(node) === composite.at)) continue;
    const node = draft.nextAttempt(composite.at);
    draft.changeOpen(composite.at, (before) => ({ ...before, attempt: node.attempt }));
    draft.facts.push({ kind: 'started', node, compiled: draft.node(composite.at) });
  }
}

function open(draft: Draft, judge: Judge, at: string, compiled: CompiledNode): void {
  const before = draft.findOpen(at);
  if (before !== undefined) {
    if (compiled.kind === 'loop') nextPass(draft, judge, at, compiled);
    else startBranches(draft, before, compiled);
    return;
  }
  const node = draft.nextAttempt(at);
  draft.facts.push({ kind: 'started', node, compiled });
  switch (compiled.kind) {
    case 'group':
    case 'parallel':
      draft.openComposite({ ...node, at, bodies: [{ index: 0, done: [] }] });
      for (const entry of compiled.body?.graph.entries ?? []) draft.waiting.push(`${at}/${entry}`);
      return;
    case 'loop':
      draft.openComposite({ ...node, at, bodies: [] });
      nextPass(draft, judge, at, compiled);
      return;
    case 'map':
      openMap(draft, judge, node, at, compiled);
      return;
    case 'decision':
    case 'task':
    case 'workflow':
    case 'approval':
    case 'timer':
    case 'signal':
      decide(draft, judge, node, at, compiled);
  }
}

/** Branches that had failed, and are tried again from their beginning: their parallel node could not do without them. */
function startBranches(draft: Draft, { at, bodies }: OpenComposite, compiled: CompiledNode): void {
  const done = new Set(bodies.flatMap((body) => body.done));
  draft.unmarkFailedBranches(at);
  for (const entry of compiled.body?.graph.entries ?? []) if (!done.has(entry)) draft.waiting.push(`${at}/${entry}`);
}

function decide(draft: Draft, judge: Judge, node: NodeAttempt, at: string, compiled: CompiledNode): void {
  const chosen = attempt(() => judge.choose(compiled, at));
  if ('error' in chosen) fail(draft, node, chosen);
  else complete(draft, node, chosen.value);
}

function openMap(draft: Draft, judge: Judge, node: NodeAttempt, at: string, compiled: CompiledNode): void {
  const items = attempt(() => judge.items(compiled, at));
  if ('error' in items) {
    fail(draft, node, items);
    return;
  }
  draft.openComposite({ ...node, at, total: items.value, next: 0, bodies: [] });
  if (items.value === 0) closeComposite(draft, at);
  else openItems(draft, at, compiled);
}

/** Ends a loop, or opens its next pass. */
function nextPass(draft: Draft, judge: Judge, at: string, compiled: CompiledNode): void {
  const composite = draft.findOpen(at);
  if (composite === undefined) return;
  const { while: goesOn, until, maxIterations } = compiled.definition as LoopNode;
  const pass = composite.bodies[0]?.index ?? 0;
  const isOver = attempt(() => {
    if (pass > 0 && until !== undefined && judge.holds(compiled, at, 'until', pass)) return true;
    if (goesOn !== undefined && !judge.holds(compiled, at, 'while', pass + 1)) return true;
    if (pass >= maxIterations) throw loopLimit(at, maxIterations);
    return false;
  });
  if ('error' in isOver) {
    fail(draft, attemptOf(composite), isOver);
  } else if (isOver.value) {
    closeComposite(draft, at);
  } else {
    draft.forgetBody(`${at}[${pass}]`);
    draft.changeOpen(at, (before) => ({ ...before, bodies: [{ index: pass + 1, done: [] }] }));
    for (const entry of compiled.body?.graph.entries ?? []) draft.waiting.push(`${at}[${pass + 1}]/${entry}`);
  }
}

function attempt<Value>(work: () => Value): { readonly value: Value } | { readonly error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}
