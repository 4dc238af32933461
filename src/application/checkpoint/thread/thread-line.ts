import type { CheckpointRepository } from '../../../domain/checkpoint/checkpoint.repository.port.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { branchOf } from './thread-names.js';

/** Where a checkpoint is to stand. */
export interface LineRequest {
  readonly executionId: string;
  /** The new checkpoint. */
  readonly headCheckpointId: string;
  readonly namespace: string;
  /** How many checkpoints the thread was given before: the name of a branch that has to be made. */
  readonly sequence: number;
  /** The checkpoint in the tree that it follows in its namespace. */
  readonly follows: { readonly id: string; readonly branchId: string } | undefined;
  /** For the first one of a sub-graph: the checkpoint of the graph itself that it starts from. */
  readonly outer: { readonly id: string; readonly branchId: string } | undefined;
}

/** The branch that it stands on, and where that one started when it is new and left another. */
export interface Line {
  readonly branchId: string;
  readonly left?: {
    readonly checkpointId: string;
    readonly parentBranchId: string;
    readonly reason: 'fork' | 'variant';
  };
}

/**
 * Finds the branch that a checkpoint goes to, and moves its head: the one it follows the head of, or a new one where
 * something else came after that already.
 */
export async function takeLine(
  checkpoints: CheckpointRepository,
  request: LineRequest,
  scope: TransactionScope,
): Promise<Line> {
  const { executionId, headCheckpointId, namespace, sequence, follows, outer } = request;
  const move = async (branchId: string, expected: string | null, from?: LineRequest['outer']): Promise<boolean> => {
    const start = { parentBranchId: from?.branchId ?? null, startCheckpointId: from?.id ?? null };
    const branch = { executionId, branchId, ...start, headCheckpointId, abandoned: false };
    try {
      await checkpoints.saveBranch(branch, scope, expected);
      return true;
    } catch (error) {
      if (WaymarkError.is(error, 'WAYMARK_BRANCH_CONFLICT')) return false;
      throw error;
    }
  };
  if (follows !== undefined) {
    if (await move(follows.branchId, follows.id)) return { branchId: follows.branchId };
    // A rollback leaves a branch behind and makes another, whose head is where it went.
    const branches = await checkpoints.branches(executionId);
    const other = branches.find(({ abandoned, headCheckpointId: head }) => !abandoned && head === follows.id);
    if (other !== undefined && (await move(other.branchId, follows.id))) return { branchId: other.branchId };
  } else {
    const branchId = branchOf(namespace);
    if (await move(branchId, null, outer)) return withStart(branchId, outer, 'variant');
  }
  const branchId = `fork-${sequence}`;
  const from = follows ?? outer;
  await checkpoints.saveBranch(
    {
      executionId,
      branchId,
      parentBranchId: from?.branchId ?? null,
      startCheckpointId: from?.id ?? null,
      headCheckpointId,
      abandoned: false,
    },
    scope,
    null,
  );
  return withStart(branchId, from, 'fork');
}

function withStart(branchId: string, from: LineRequest['outer'], reason: 'fork' | 'variant'): Line {
  if (from === undefined) return { branchId };
  return { branchId, left: { checkpointId: from.id, parentBranchId: from.branchId, reason } };
}
