import type { NodeOccurrence } from '../../domain/execution/node-attempt.js';

/** How a try of a node stands. */
export const SPAN_STATUSES = [
  'running',
  'suspended',
  'completed',
  'failed',
  'cancelled',
  'interrupted',
  'skipped',
] as const;

/** See {@link SPAN_STATUSES}. `interrupted`: it was begun, and its process was gone before its end. */
export type SpanStatus = (typeof SPAN_STATUSES)[number];

/** A time in which a node that was started waited for something outside. */
export interface SpanWait {
  /** What for: `approval`, `timer`, `signal`, `retry` or `execution`. */
  readonly awaiting: string;
  /** ISO 8601, UTC. */
  readonly from: string;
  /** `null` while it waits. */
  readonly until: string | null;
}

/** One try of one occurrence of a node, as the log tells it. */
export interface NodeSpan extends NodeOccurrence {
  readonly attempt: number;
  /** For people. */
  readonly name: string;
  readonly kind: string;
  readonly status: SpanStatus;
  /** When its start was recorded; ISO 8601, UTC. */
  readonly startedAt: string;
  /** When its end was recorded; `null` while it has none. */
  readonly endedAt: string | null;
  /** How long its work took as it was measured, in milliseconds; `null` where nobody knows. */
  readonly durationMs: number | null;
  readonly waits: readonly SpanWait[];
  /** Why it failed, was cancelled or was skipped. */
  readonly reason: string | null;
  /** Whether a rollback left it behind. */
  readonly rolledBack: boolean;
  /** What it last told of its progress. */
  readonly progress: { readonly fraction?: number; readonly message?: string } | null;
  /** The event that it was started by, and the one that ended it. */
  readonly startedEventId: string;
  readonly endedEventId: string | null;
  /** Their positions in the log, which tell the order of what has one time. */
  readonly startedPosition: number;
  readonly endedPosition: number | null;
  /** What its start followed from. */
  readonly causationId: string | null;
}

/** A time in which an execution stood still. */
export interface ExecutionPause {
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly from: string;
  /** `null` while it stands still. */
  readonly until: string | null;
}

/** Kinds of nodes that are there for the nodes within them. */
const COMPOSITE_KINDS: ReadonlySet<string> = new Set(['group', 'parallel', 'loop', 'map']);

/** Whether a node only holds others: its time is theirs. */
export function isComposite({ kind }: Pick<NodeSpan, 'kind'>): boolean {
  return COMPOSITE_KINDS.has(kind);
}

/** When a span ended, or now, in milliseconds since the epoch. */
export function endOf({ endedAt }: Pick<NodeSpan, 'endedAt'>, now: number): number {
  return endedAt === null ? now : Date.parse(endedAt);
}
