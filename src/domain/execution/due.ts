import type { ExecutionStatus } from './execution-status.js';
import type { SuspendedNode } from './progress.js';

/** The part of an execution that tells when something happens in it by itself. */
interface Waiting {
  readonly status: ExecutionStatus;
  readonly pauseReason: string | null;
  readonly suspended: readonly SuspendedNode[];
  readonly timeoutMs: number | null;
  readonly startedAt: string;
}

/** The reasons to stand still that end by themselves. Whoever was asked to stop stays so until somebody resumes it. */
const WAITS: readonly (string | null)[] = ['approval', 'timer', 'signal'];

/** When the first wait of an execution ends by itself, as ISO 8601 in UTC; `null` when none does. */
export function dueAtOf(execution: Waiting): string | null {
  const { status, pauseReason, suspended, timeoutMs } = execution;
  if (suspended.length === 0 && timeoutMs === null) return null;
  if (status !== 'running' && !(status === 'paused' && WAITS.includes(pauseReason))) return null;
  let first = deadlineOf(execution);
  for (const node of suspended) {
    const at = momentOf(node);
    if (at !== null && (first === null || at < first)) first = at;
  }
  return first;
}

/** When an execution's time is up, as ISO 8601 in UTC; `null` for one without a limit. */
export function deadlineOf({ startedAt, timeoutMs }: Pick<Waiting, 'startedAt' | 'timeoutMs'>): string | null {
  return timeoutMs === null ? null : new Date(Date.parse(startedAt) + timeoutMs).toISOString();
}

/** The suspended nodes whose wait is over. */
export function dueNodes({ suspended }: Pick<Waiting, 'suspended'>, now: string): readonly SuspendedNode[] {
  return suspended.filter((node) => {
    const at = momentOf(node);
    return at !== null && at <= now;
  });
}

/** What is settled is over since it began. */
function momentOf({ settled, since, dueAt }: SuspendedNode): string | null {
  return settled === undefined ? (dueAt ?? null) : since;
}
