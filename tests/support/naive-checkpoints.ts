import type { CheckpointKind, PrunePolicy } from '../../src/index.js';

/** A checkpoint of the model, with a full copy of its state. */
export interface NaiveCheckpoint {
  readonly id: string;
  parentId: string | null;
  readonly branchId: string;
  readonly sequence: number;
  readonly kind: CheckpointKind;
  label: string | null;
  readonly createdAtMs: number;
  readonly state: Record<string, unknown>;
}

export interface NaiveBranch {
  readonly branchId: string;
  readonly startId: string | null;
  headId: string;
}

/** A tree of the model. */
export interface NaiveTree {
  readonly checkpoints: Map<string, NaiveCheckpoint>;
  readonly branches: NaiveBranch[];
  created: number;
}

/** What pruning leaves, said as the documentation says it and not as it is done. */
export function naiveKept(tree: NaiveTree, policy: PrunePolicy, nowMs: number): Set<string> {
  const all = [...tree.checkpoints.values()];
  const kept = new Set<string>();
  for (const branch of tree.branches) {
    kept.add(branch.headId);
    if (branch.startId !== null) kept.add(branch.startId);
    const own = all.filter(({ branchId }) => branchId === branch.branchId).toSorted((a, b) => a.sequence - b.sequence);
    const count = policy.keepLast ?? 0;
    for (const { id } of count === 0 ? [] : own.slice(-count)) kept.add(id);
  }
  for (const { id, createdAtMs, label, kind } of all) {
    if (typeof policy.olderThan === 'number' && createdAtMs >= nowMs - policy.olderThan) kept.add(id);
    if (policy.keepLabelled !== false && label !== null) kept.add(id);
    if (policy.keepKinds?.includes(kind) === true) kept.add(id);
  }
  return kept;
}

/** Removes all but some, one after another: what follows a removed one follows its parent then. */
export function naiveRemove(tree: NaiveTree, kept: ReadonlySet<string>): void {
  for (const checkpoint of Array.from(tree.checkpoints.values())) {
    if (kept.has(checkpoint.id)) continue;
    tree.checkpoints.delete(checkpoint.id);
    for (const other of tree.checkpoints.values()) {
      if (other.parentId === checkpoint.id) other.parentId = checkpoint.parentId;
    }
  }
}
