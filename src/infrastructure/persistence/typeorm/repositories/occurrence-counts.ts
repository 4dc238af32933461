import type { NodeOccurrence } from '../../../../domain/execution/node-attempt.js';
import type { ExecutionSnapshot } from '../../../../domain/execution/execution-snapshot.js';
import { setOwn } from '../../../../domain/shared/json.js';

/** How often each node was reached, by node. */
export type Occurrences = Readonly<Record<string, number>>;

/** What of an execution tells how often its nodes were reached, mostly. */
type Reached = Pick<ExecutionSnapshot, 'completed' | 'running' | 'interrupted' | 'failed'>;

/** The greatest occurrence of each node in a list of what is completed. */
export class CompletedCounts {
  readonly #counts = new Map<string, number>();
  #length = 0;

  /** Takes in what a list has beyond those that were taken in before, which it begins with. */
  take(list: readonly NodeOccurrence[]): void {
    for (let index = this.#length; index < list.length; index += 1) raise(this.#counts, list[index] as NodeOccurrence);
    this.#length = list.length;
  }

  get(nodeId: string): number {
    return this.#counts.get(nodeId) ?? 0;
  }

  keys(): Iterable<string> {
    return this.#counts.keys();
  }
}

/**
 * How often nodes were reached, as far as what an execution completed, runs and failed does not tell it: those that were
 * rolled back. This much is stored; 0 stands for a node that was not reached.
 */
export function beyondReached(
  occurrences: Occurrences,
  counts: CompletedCounts,
  { running, interrupted, failed }: Omit<Reached, 'completed'>,
): Occurrences {
  const open = new Map<string, number>();
  for (const node of [...running, ...interrupted, ...failed]) raise(open, node);
  const beyond: Record<string, number> = {};
  for (const nodeId of Object.keys(occurrences)) {
    const count = occurrences[nodeId] ?? 0;
    if (count !== Math.max(counts.get(nodeId), open.get(nodeId) ?? 0)) setOwn(beyond, nodeId, count);
  }
  for (const keys of [counts.keys(), open.keys()]) {
    for (const nodeId of keys) if (!Object.hasOwn(occurrences, nodeId)) setOwn(beyond, nodeId, 0);
  }
  return beyond;
}

/** How often nodes were reached, from what is stored. */
export function occurrencesOf(beyond: Occurrences, { completed, running, interrupted, failed }: Reached): Occurrences {
  const counts = new Map<string, number>();
  for (const node of [...completed, ...running, ...interrupted, ...failed]) raise(counts, node);
  for (const [nodeId, count] of Object.entries(beyond)) counts.set(nodeId, count);
  const occurrences: Record<string, number> = {};
  for (const [nodeId, count] of counts) if (count > 0) setOwn(occurrences, nodeId, count);
  return occurrences;
}

function raise(counts: Map<string, number>, { nodeId, occurrence }: NodeOccurrence): void {
  if (occurrence > (counts.get(nodeId) ?? 0)) counts.set(nodeId, occurrence);
}
