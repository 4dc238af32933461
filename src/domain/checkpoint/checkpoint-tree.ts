import { type Branch, type Checkpoint, MAIN_BRANCH } from './checkpoint.js';
import { checkpointsCorrupt } from './checkpoint.errors.js';
import { WaymarkError } from '../shared/errors.js';

/**
 * The checkpoints of one execution as a tree. Pure: it holds no state of the execution, only where checkpoints hang.
 *
 * @example
 * const tree = await waymark.checkpoints.tree(executionId);
 * tree.path(tree.head('main').id).map((checkpoint) => checkpoint.kind);
 */
export class CheckpointTree {
  readonly checkpoints: readonly Checkpoint[];
  readonly branches: readonly Branch[];
  readonly #byId: ReadonlyMap<string, Checkpoint>;
  readonly #children: ReadonlyMap<string | null, readonly Checkpoint[]>;
  #used: ReadonlySet<string> | undefined;

  constructor(checkpoints: readonly Checkpoint[], branches: readonly Branch[]) {
    this.checkpoints = checkpoints;
    this.branches = branches;
    this.#byId = new Map(checkpoints.map((checkpoint) => [checkpoint.id, checkpoint]));
    const children = new Map<string | null, Checkpoint[]>();
    for (const checkpoint of checkpoints) {
      const siblings = children.get(checkpoint.parentId);
      if (siblings === undefined) children.set(checkpoint.parentId, [checkpoint]);
      else siblings.push(checkpoint);
    }
    this.#children = children;
  }

  /** Checkpoints without a parent: one, but for an empty tree. */
  get roots(): readonly Checkpoint[] {
    return this.children(null);
  }

  /**
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`
   */
  get(checkpointId: string): Checkpoint {
    const checkpoint = this.#byId.get(checkpointId);
    if (checkpoint !== undefined) return checkpoint;
    throw new WaymarkError('WAYMARK_CHECKPOINT_NOT_FOUND', `The tree has no checkpoint ${checkpointId}.`, {
      hint: 'List the checkpoints of the execution to find the one you mean.',
      details: { checkpointId },
    });
  }

  /** The checkpoints that follow one, in the order of their creation. */
  children(checkpointId: string | null): readonly Checkpoint[] {
    return this.#children.get(checkpointId) ?? [];
  }

  /**
   * From the first checkpoint to this one, both included.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`; `WAYMARK_STORE_CORRUPT` when checkpoints follow each other in
   *   a circle
   */
  path(checkpointId: string): readonly Checkpoint[] {
    const path: Checkpoint[] = [];
    for (let at: string | null = checkpointId; at !== null;) {
      const checkpoint: Checkpoint = this.get(at);
      // Longer than there are checkpoints: it goes in a circle.
      if (path.length === this.checkpoints.length) {
        throw checkpointsCorrupt(checkpoint.executionId, `checkpoint ${checkpoint.id} follows itself`);
      }
      path.push(checkpoint);
      at = checkpoint.parentId;
    }
    return path.reverse();
  }

  /** The newest checkpoint on the way to both. */
  commonAncestor(firstId: string, secondId: string): Checkpoint | undefined {
    const onFirst = new Set(this.path(firstId).map((checkpoint) => checkpoint.id));
    return this.path(secondId).findLast((checkpoint) => onFirst.has(checkpoint.id));
  }

  /**
   * The newest checkpoint on the way to a branch's head from which a node runs next: where to go back to, to have it
   * run again.
   *
   * @param branchId the branch; the newest one that is not abandoned when left out
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND` when the node was never next there; `WAYMARK_BRANCH_NOT_FOUND`
   * @example
   * const tree = await waymark.checkpoints.tree(run.id);
   * await waymark.executions.rollback(run.id, tree.before('qualityGate').id, { reason: 'limit too strict' });
   */
  before(nodeId: string, branchId?: string): Checkpoint {
    const branch = branchId ?? this.branches.findLast(({ abandoned }) => !abandoned)?.branchId ?? MAIN_BRANCH;
    // A failure's own checkpoint stands before its node too, and says nothing that the one before it does not.
    const found = this.path(this.head(branch).id).findLast(
      ({ kind, position }) => kind !== 'error' && position.nextNodeIds.includes(nodeId),
    );
    if (found !== undefined) return found;
    throw new WaymarkError('WAYMARK_CHECKPOINT_NOT_FOUND', `On ${branch}, no checkpoint stands before ${nodeId}.`, {
      hint: 'List the checkpoints of the execution to see which nodes run next from where.',
      details: { nodeId, branchId: branch },
    });
  }

  /**
   * The newest checkpoint of a branch.
   *
   * @throws WaymarkError `WAYMARK_BRANCH_NOT_FOUND`
   */
  head(branchId: string): Checkpoint {
    const branch = this.branches.find((candidate) => candidate.branchId === branchId);
    if (branch !== undefined) return this.get(branch.headCheckpointId);
    throw new WaymarkError('WAYMARK_BRANCH_NOT_FOUND', `The tree has no branch ${branchId}.`, {
      hint: `It has ${this.branches.map((candidate) => candidate.branchId).join(', ') || 'none'}.`,
    });
  }

  /**
   * Whether a rollback left a checkpoint behind: its branch is abandoned, and no branch in use goes through it.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`
   */
  isAbandoned(checkpointId: string): boolean {
    this.#used ??= this.#inUse();
    return !this.#used.has(this.get(checkpointId).id);
  }

  #inUse(): ReadonlySet<string> {
    const used = new Set<string>();
    for (const branch of this.branches) {
      if (branch.abandoned) continue;
      for (const checkpoint of this.path(branch.headCheckpointId)) used.add(checkpoint.id);
    }
    return used;
  }
}
