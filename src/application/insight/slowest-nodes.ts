import { endOf, isComposite, type NodeSpan } from './node-span.js';

/** How long a node took over all the times that it ran. */
export interface NodeCost {
  readonly nodeId: string;
  readonly name: string;
  readonly kind: string;
  /** How often it was tried. */
  readonly runs: number;
  readonly failures: number;
  /** In milliseconds, waits left out: of all tries, of one on average, and of the longest. */
  readonly totalMs: number;
  readonly meanMs: number;
  readonly longestMs: number;
  /** How long it waited for something outside, in milliseconds. */
  readonly waitedMs: number;
}

/**
 * The nodes that took longest, the longest first, of what was not rolled back. Nodes that only hold others are left out.
 *
 * @param now milliseconds since the epoch: until then counts what runs
 */
export function findSlowest(spans: readonly NodeSpan[], limit: number, now: number): readonly NodeCost[] {
  const byNode = new Map<string, NodeSpan[]>();
  for (const span of spans) {
    if (span.rolledBack || span.status === 'skipped' || isComposite(span)) continue;
    const others = byNode.get(span.nodeId);
    if (others === undefined) byNode.set(span.nodeId, [span]);
    else others.push(span);
  }
  return Array.from(byNode.values(), (runs) => costOf(runs, now))
    .toSorted((one, other) => other.totalMs - one.totalMs || (one.nodeId < other.nodeId ? -1 : 1))
    .slice(0, limit);
}

function costOf(runs: readonly NodeSpan[], now: number): NodeCost {
  const last = runs.at(-1) as NodeSpan;
  const times = runs.map((run) => workOf(run, now));
  const totalMs = times.reduce((sum, { workMs }) => sum + workMs, 0);
  return {
    nodeId: last.nodeId,
    name: last.name,
    kind: last.kind,
    runs: runs.length,
    failures: runs.filter(({ status }) => status === 'failed').length,
    totalMs,
    meanMs: totalMs / runs.length,
    longestMs: times.reduce((most, { workMs }) => Math.max(most, workMs), 0),
    waitedMs: times.reduce((sum, { waitedMs }) => sum + waitedMs, 0),
  };
}

function workOf(run: NodeSpan, now: number): { readonly workMs: number; readonly waitedMs: number } {
  const from = Date.parse(run.startedAt);
  const to = Math.max(from, endOf(run, now));
  const waitedMs = run.waits.reduce((sum, wait) => {
    const until = wait.until === null ? to : Date.parse(wait.until);
    return sum + Math.max(0, Math.min(to, until) - Math.max(from, Date.parse(wait.from)));
  }, 0);
  // What waits does nothing: its work is what it was measured to be only where it did not wait.
  const workMs = run.durationMs !== null && waitedMs === 0 ? run.durationMs : Math.max(0, to - from - waitedMs);
  return { workMs, waitedMs };
}
