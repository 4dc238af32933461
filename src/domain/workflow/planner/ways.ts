import { localId } from '../address.js';
import type { DecisionNode } from '../nodes/workflow-node.js';
import type { Draft } from './draft.js';

/**
 * What follows from a node that is settled. A follower is ready once all that lead to it are settled and one of them
 * leads on; it is skipped when none does, and so is what only it leads to.
 */
export function passOn(draft: Draft, at: string): void {
  const { graph } = draft.bodyAt(at);
  const path = at.slice(0, at.length - localId(at).length);
  const settled = [localId(at)];
  const told = new Set<string>();
  for (const node of settled) {
    for (const follower of graph.successors(node)) {
      // Several that are skipped at once may lead to it.
      if (told.has(follower)) continue;
      const way = wayTo(draft, path, follower, graph.predecessors(follower));
      if (way !== 'undecided') told.add(follower);
      if (way === 'open') draft.waiting.push(path + follower);
      if (way !== 'closed') continue;
      skip(draft, path, follower, graph.predecessors(follower));
      settled.push(follower);
    }
  }
}

function wayTo(
  draft: Draft,
  path: string,
  follower: string,
  predecessors: readonly string[],
): 'open' | 'closed' | 'undecided' {
  let isOpen = false;
  for (const predecessor of predecessors) {
    const at = path + predecessor;
    const isDone = draft.isDone(at);
    if (!isDone && !draft.isSkipped(at)) return 'undecided';
    const chosen = draft.choicesOf(at);
    isOpen ||= chosen === undefined ? isDone : chosen.includes(follower);
  }
  return isOpen ? 'open' : 'closed';
}

function skip(draft: Draft, path: string, localId: string, predecessors: readonly string[]): void {
  const at = path + localId;
  const decided = predecessors.find((predecessor) => draft.choicesOf(path + predecessor) !== undefined);
  draft.markSkipped(at);
  const node = draft.nextAttempt(at);
  if (decided === undefined) {
    draft.facts.push({ kind: 'skipped', node, reason: `${predecessors.join(' and ')} was skipped` });
    return;
  }
  const chosen = draft.choicesOf(path + decided) ?? [];
  const reason = chosen.length === 0 ? `${decided} chose nothing` : `${decided} chose ${chosen.join(', ')}`;
  const condition = conditionOf(draft.node(path + decided).definition as DecisionNode, localId);
  draft.facts.push({ kind: 'skipped', node, reason, ...(condition === undefined ? {} : { condition }) });
}

/** The text of the first case that leads to a node. */
function conditionOf({ cases }: DecisionNode, localId: string): string | undefined {
  const when = cases?.find(({ to }) => to.includes(localId))?.when;
  return typeof when === 'object' ? when.text : undefined;
}
