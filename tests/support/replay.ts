import type { AuditEntry } from '../../src/index.js';

/** A branch as the log tells of it. */
export interface ReplayedBranch {
  readonly parentBranchId: string | null;
  readonly startCheckpointId: string | null;
  readonly headCheckpointId: string;
  readonly abandoned: boolean;
}

/** An execution as the log tells of it. */
export interface ReplayedExecution {
  status: string;
  branchId: string;
  headCheckpointId: string;
  /** Occurrences as `node/occurrence`, in the order in which they were completed on the present way. */
  completed: readonly string[];
  readonly branches: Map<string, ReplayedBranch>;
  /** By the id of a checkpoint, the one it follows. */
  readonly checkpoints: Map<string, string | null>;
}

/** The statuses that events lead to. */
const STATUS_AFTER: Readonly<Record<string, string>> = {
  'execution.started': 'running',
  'execution.resumed': 'running',
  'execution.recovered': 'running',
  'execution.paused': 'paused',
  'execution.completed': 'completed',
  'execution.failed': 'failed',
  'execution.timed_out': 'failed',
  'execution.cancelled': 'cancelled',
};

/** What events say. All of it is optional: each type has some of it. */
interface Payload {
  readonly executionId?: string;
  readonly checkpointId?: string;
  readonly parentId?: string;
  readonly branchId?: string;
  readonly parentBranchId?: string;
  readonly nodeId?: string;
  readonly occurrence?: number;
  readonly reason?: string;
  readonly parentExecutionId?: string;
  readonly sourceCheckpointId?: string;
}

/**
 * Makes executions out of nothing but the events of a log, as naively as that can be done: what the store says of them
 * must be the same.
 */
export function replay(entries: readonly AuditEntry[]): ReadonlyMap<string, ReplayedExecution> {
  const executions = new Map<string, ReplayedExecution>();
  /** What was completed on the way to each checkpoint, whosesoever it is: a fork begins with that of another. */
  const completedAt = new Map<string, readonly string[]>();
  for (const { event } of entries) {
    const payload = event.payload as Payload;
    const { executionId, checkpointId = '', branchId = '' } = payload;
    if (executionId === undefined) continue;
    if (event.type === 'execution.started') executions.set(executionId, begun(payload, completedAt));
    const execution = executions.get(executionId);
    if (execution === undefined) continue;
    execution.status = STATUS_AFTER[event.type] ?? execution.status;
    switch (event.type) {
      case 'node.completed':
        execution.completed = [...execution.completed, `${payload.nodeId}/${payload.occurrence}`];
        break;
      case 'checkpoint.created':
        execution.checkpoints.set(checkpointId, payload.parentId ?? null);
        execution.headCheckpointId = checkpointId;
        completedAt.set(checkpointId, execution.completed);
        execution.branches.set(branchId, {
          parentBranchId: null,
          startCheckpointId: null,
          abandoned: false,
          ...execution.branches.get(branchId),
          headCheckpointId: checkpointId,
        });
        break;
      case 'checkpoint.branch_created':
        if (payload.reason !== 'rollback') break;
        abandon(execution);
        execution.branchId = branchId;
        execution.headCheckpointId = checkpointId;
        execution.completed = completedAt.get(checkpointId) ?? [];
        execution.branches.set(branchId, {
          parentBranchId: payload.parentBranchId ?? null,
          startCheckpointId: checkpointId,
          headCheckpointId: checkpointId,
          abandoned: false,
        });
        break;
    }
  }
  return executions;
}

function begun(
  { sourceCheckpointId }: Payload,
  completedAt: ReadonlyMap<string, readonly string[]>,
): ReplayedExecution {
  return {
    status: 'running',
    branchId: 'main',
    headCheckpointId: '',
    completed: (sourceCheckpointId === undefined ? undefined : completedAt.get(sourceCheckpointId)) ?? [],
    branches: new Map(),
    checkpoints: new Map(),
  };
}

function abandon({ branchId, branches }: ReplayedExecution): void {
  const branch = branches.get(branchId);
  if (branch !== undefined) branches.set(branchId, { ...branch, abandoned: true });
}
