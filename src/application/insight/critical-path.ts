import { endOf, isComposite, type NodeSpan } from './node-span.js';

/** A part of the way that decided how long an execution took. */
export interface CriticalStep extends NodeSpan {
  /** How long it took, its waits included, in milliseconds. */
  readonly lengthMs: number;
  /** How long nothing on this way happened before it began: a pause, or work of the engine. */
  readonly gapMs: number;
}

/** The way that decided how long an execution took. */
export interface CriticalPath {
  readonly steps: readonly CriticalStep[];
  /** From the first step's start to the last one's end, in milliseconds. */
  readonly totalMs: number;
  /** How much of that was in steps. */
  readonly stepsMs: number;
}

/**
 * The chain of nodes that decided when an execution ended, or that it is still busy with: none of them could have begun
 * before the one before it had ended. Making any other node faster changes nothing.
 *
 * It goes back from what ended last, each time to what made it start. Where the log does not say, that is what ended last
 * before. Nodes that only hold others are left out: their time is that of what is within them.
 *
 * @param events the cause of each event that is no node's, by its id, so that a way over a resume is found
 * @param now milliseconds since the epoch
 */
export function findCriticalPath(
  spans: readonly NodeSpan[],
  now: number,
  events: ReadonlyMap<string, string> = new Map(),
): CriticalPath {
  const counted = spans.filter(({ rolledBack, status }) => !rolledBack && status !== 'skipped');
  const leaves = counted.filter((span) => !isComposite(span));
  const byEnd = new Map(counted.flatMap((span) => (span.endedEventId === null ? [] : [[span.endedEventId, span]])));
  const byStart = new Map(counted.map((span) => [span.startedEventId, span]));
  const way: NodeSpan[] = [];
  const seen = new Set<NodeSpan>();
  for (let step = latest(leaves); step !== undefined && !seen.has(step);) {
    seen.add(step);
    way.unshift(step);
    step = madeStart(step) ?? lastBefore(leaves, step, seen);
  }
  const steps = way.map((span, index): CriticalStep => {
    const from = Date.parse(span.startedAt);
    const before = way[index - 1];
    const gapMs = before === undefined ? 0 : Math.max(0, from - endOf(before, now));
    return { ...span, lengthMs: Math.max(0, endOf(span, now) - from), gapMs };
  });
  const [first] = way;
  const last = way.at(-1);
  return {
    steps,
    totalMs:
      first === undefined || last === undefined ? 0 : Math.max(0, endOf(last, now) - Date.parse(first.startedAt)),
    stepsMs: steps.reduce((sum, { lengthMs }) => sum + lengthMs, 0),
  };

  /** The leaf whose end the start of another followed from, over the starts and ends of what holds them. */
  function madeStart(step: NodeSpan): NodeSpan | undefined {
    const passed = new Set<string>();
    let id = step.causationId ?? undefined;
    while (id !== undefined && !passed.has(id)) {
      passed.add(id);
      const ended = byEnd.get(id);
      if (ended !== undefined && !isComposite(ended)) return ended;
      if (ended !== undefined) {
        const within = lastWithin(ended);
        if (within !== undefined) return within;
      }
      id = ended?.causationId ?? byStart.get(id)?.causationId ?? events.get(id);
    }
    return undefined;
  }

  /** The leaf that ended last of those within a node. */
  function lastWithin({ nodeId, startedPosition, endedPosition }: NodeSpan): NodeSpan | undefined {
    const within = leaves.filter(
      (leaf) =>
        leaf.nodeId.startsWith(`${nodeId}/`) &&
        leaf.startedPosition > startedPosition &&
        leaf.endedPosition !== null &&
        leaf.endedPosition < (endedPosition ?? Infinity),
    );
    return latest(within);
  }
}

/** What ended last. What runs ends last of all, and of several the one that began first is waited for longest. */
function latest(spans: readonly NodeSpan[]): NodeSpan | undefined {
  const order = ({ endedPosition, startedPosition }: NodeSpan): readonly [number, number] =>
    endedPosition === null ? [Infinity, -startedPosition] : [endedPosition, 0];
  return spans.reduce<NodeSpan | undefined>((found, span) => {
    if (found === undefined) return span;
    const [end, rank] = order(span);
    const [foundEnd, foundRank] = order(found);
    return end > foundEnd || (end === foundEnd && rank > foundRank) ? span : found;
  }, undefined);
}

function lastBefore(leaves: readonly NodeSpan[], step: NodeSpan, seen: ReadonlySet<NodeSpan>): NodeSpan | undefined {
  const isBefore = ({ endedPosition }: NodeSpan): boolean => (endedPosition ?? Infinity) < step.startedPosition;
  return latest(leaves.filter((leaf) => isBefore(leaf) && !seen.has(leaf)));
}
