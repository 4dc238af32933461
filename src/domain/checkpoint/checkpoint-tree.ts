import { type Branch, type Checkpoint, MAIN_BRANCH } from './checkpoint.js';
import { checkpointsCorrupt } from './checkpoint.errors.js';
import { WaymarkError } from '../shared/errors.js';

/** The way from one checkpoint of a tree to another. */
export interface CheckpointWay {
  /** What is left on the way back, the start first; without {@link commonAncestor}. Empty when the way only goes on. */
  readonly up: readonly Checkpoint[];
  /** Where the way turns: the newest checkpoint before both, or one of them. `undefined` when they have none in common. */
  readonly commonAncestor: Checkpoint | undefined;
  /** What is gone through from there on, the end last. Empty when the way only goes back. */
  readonly down: readonly Checkpoint[];
}

/**
 * The checkpoints of one execution as a tree. Pure: it holds no state of the execution, only where checkpoints hang. A
 * loop comes by the same node several times, parallel nodes come one after the other: each time is a checkpoint of its
 * own, and none hides another.
 *
 * What is asked costs as much as what it gives, however deep the tree.
 *
 * @example
 * const tree = await waymark.checkpoints.tree(executionId);
 * tree.path(tree.head('main').id).map((checkpoint) => checkpoint.kind);
 */
export class CheckpointTree {
  readonly checkpoints: readonly Checkpoint[];
  readonly branches: readonly Branch[];
  readonly #byId: ReadonlyMap<string, Checkpoint>;
  readonly #byBranch: ReadonlyMap<string, Branch>;
  readonly #children: ReadonlyMap<string | null, readonly Checkpoint[]>;
  #used: ReadonlySet<string> | undefined;

  constructor(checkpoints: readonly Checkpoint[], branches: readonly Branch[]) {
    this.checkpoints = checkpoints;
    this.branches = branches;
    this.#byId = new Map(checkpoints.map((checkpoint) => [checkpoint.id, checkpoint]));
    this.#byBranch = new Map(branches.map((branch) => [branch.branchId, branch]));
    this.#children = groupByParent(checkpoints);
  }

  /** Checkpoints without a parent: one, but for an empty tree. */
  get roots(): readonly Checkpoint[] {
    return this.children(null);
  }

  /** Checkpoints whose parent is not there: none, but for a damaged tree. {@link path} throws for what follows them. */
  get orphans(): readonly Checkpoint[] {
    return this.checkpoints.filter(({ parentId }) => parentId !== null && !this.#byId.has(parentId));
  }

  /** The newest checkpoint of each branch, in the order of the branches. */
  get heads(): readonly Checkpoint[] {
    return this.branches.map(({ branchId }) => this.head(branchId));
  }

  /**
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`
   */
  get(checkpointId: string): Checkpoint {
    const checkpoint = this.#byId.get(checkpointId);
    if (checkpoint !== undefined) return checkpoint;
    throw notFound(`The tree has no checkpoint ${checkpointId}.`, { checkpointId });
  }

  /** Whether a checkpoint is in the tree. */
  has(checkpointId: string): boolean {
    return this.#byId.has(checkpointId);
  }

  /** The checkpoints that follow one, in the order of their creation. */
  children(checkpointId: string | null): readonly Checkpoint[] {
    return this.#children.get(checkpointId) ?? [];
  }

  /**
   * All that come before a checkpoint, the nearest first.
   *
   * @throws WaymarkError like {@link path}
   */
  ancestors(checkpointId: string): readonly Checkpoint[] {
    const ancestors = this.#wayUp(checkpointId);
    ancestors.shift();
    return ancestors;
  }

  /**
   * All that follow a checkpoint: each after the one that it follows, and one child with all that follows it before the
   * next.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`; `WAYMARK_STORE_CORRUPT` like {@link path}
   */
  descendants(checkpointId: string): readonly Checkpoint[] {
    const start = this.get(checkpointId);
    const found: Checkpoint[] = [];
    const waiting = [...this.children(start.id)].reverse();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      // Only a circle comes back to where it began: everything else has one parent.
      if (next.id === start.id) throw followsItself(next);
      found.push(next);
      const children = this.children(next.id);
      for (let index = children.length - 1; index >= 0; index -= 1) waiting.push(children[index] as Checkpoint);
    }
    return found;
  }

  /**
   * From the first checkpoint to this one, both included.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`; `WAYMARK_STORE_CORRUPT` when checkpoints follow each other in
   *   a circle, or one follows what is not there
   */
  path(checkpointId: string): readonly Checkpoint[] {
    return this.#wayUp(checkpointId).reverse();
  }

  /**
   * The newest checkpoint on the way to both; one of the two when it is on the way to the other.
   *
   * @throws WaymarkError like {@link path}
   */
  commonAncestor(firstId: string, secondId: string): Checkpoint | undefined {
    return this.between(firstId, secondId).commonAncestor;
  }

  /**
   * The way from one checkpoint to another: back to where their ways part, and on from there.
   *
   * @throws WaymarkError like {@link path}
   * @example
   * const tree = await waymark.checkpoints.tree(executionId);
   * const { up, down } = tree.between(checkpointId, tree.latest().id);
   * console.log(`${up.length} steps were taken back, ${down.length} were made instead`);
   */
  between(fromId: string, toId: string): CheckpointWay {
    const [from, to] = [this.path(fromId), this.path(toId)];
    let shared = 0;
    while (shared < from.length && from[shared] === to[shared]) shared += 1;
    return Object.freeze({
      up: from.slice(shared).reverse(),
      commonAncestor: shared === 0 ? undefined : from[shared - 1],
      down: to.slice(shared),
    });
  }

  /**
   * Every time that a node led to a checkpoint, in the order of their creation: each round of a loop, and those of all
   * branches, unless one is named.
   *
   * @param branchId only those on the way to this branch's head
   * @throws WaymarkError `WAYMARK_BRANCH_NOT_FOUND`
   */
  occurrences(nodeId: string, branchId?: string): readonly Checkpoint[] {
    const among = branchId === undefined ? this.checkpoints : this.path(this.head(branchId).id);
    return among.filter((checkpoint) => checkpoint.nodeId === nodeId);
  }

  /**
   * The checkpoint that was given a label.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`
   */
  labelled(label: string): Checkpoint {
    const found = this.checkpoints.findLast((checkpoint) => checkpoint.label === label);
    if (found !== undefined) return found;
    const labels = this.checkpoints.flatMap((checkpoint) => checkpoint.label ?? []);
    const hint = labels.length === 0 ? 'None of its checkpoints has a label.' : `It has ${labels.join(', ')}.`;
    throw notFound(`The tree has no checkpoint labelled ${JSON.stringify(label)}.`, { label }, hint);
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
  before(nodeId: string, branchId: string = this.#branchInUse): Checkpoint {
    // A failure's own checkpoint stands before its node too, and says nothing that the one before it does not.
    const found = this.path(this.head(branchId).id).findLast(
      ({ kind, position }) => kind !== 'error' && position.nextNodeIds.includes(nodeId),
    );
    if (found !== undefined) return found;
    throw notFound(
      `On ${branchId}, no checkpoint stands before ${nodeId}.`,
      { nodeId, branchId },
      'List the checkpoints of the execution to see which nodes run next from where.',
    );
  }

  /**
   * The newest checkpoint of a branch.
   *
   * @throws WaymarkError `WAYMARK_BRANCH_NOT_FOUND`
   */
  head(branchId: string): Checkpoint {
    const branch = this.#byBranch.get(branchId);
    if (branch !== undefined) return this.get(branch.headCheckpointId);
    throw new WaymarkError('WAYMARK_BRANCH_NOT_FOUND', `The tree has no branch ${branchId}.`, {
      hint: `It has ${this.branches.map((candidate) => candidate.branchId).join(', ') || 'none'}.`,
    });
  }

  /**
   * The head of a branch, and without one that of the newest branch in use: where to go on from. It is never told by the
   * time or the number of a checkpoint.
   *
   * @throws WaymarkError `WAYMARK_BRANCH_NOT_FOUND`
   */
  latest(branchId: string = this.#branchInUse): Checkpoint {
    return this.head(branchId);
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

  get #branchInUse(): string {
    return this.branches.findLast(({ abandoned }) => !abandoned)?.branchId ?? MAIN_BRANCH;
  }

  /** From a checkpoint back to the first, both included. */
  #wayUp(checkpointId: string): Checkpoint[] {
    const way = [this.get(checkpointId)];
    for (let parent = this.#parent(way[0] as Checkpoint); parent !== undefined; parent = this.#parent(parent)) {
      // Longer than there are checkpoints: it goes in a circle.
      if (way.length === this.checkpoints.length) throw followsItself(parent);
      way.push(parent);
    }
    return way;
  }

  #parent({ id, parentId, executionId }: Checkpoint): Checkpoint | undefined {
    if (parentId === null) return undefined;
    const parent = this.#byId.get(parentId);
    if (parent !== undefined) return parent;
    throw checkpointsCorrupt(executionId, `checkpoint ${id} follows ${parentId}, which is not there`);
  }

  #inUse(): ReadonlySet<string> {
    const used = new Set<string>();
    for (const branch of this.branches) {
      if (branch.abandoned) continue;
      // What another branch goes through was walked already: each checkpoint is come by once.
      const walked = new Set<string>();
      let at: Checkpoint | undefined = this.get(branch.headCheckpointId);
      while (at !== undefined && !used.has(at.id)) {
        if (walked.has(at.id)) throw followsItself(at);
        walked.add(at.id);
        // Where the parent is gone, what is left of the way is in use all the same.
        at = at.parentId === null ? undefined : this.#byId.get(at.parentId);
      }
      for (const id of walked) used.add(id);
    }
    return used;
  }
}

function groupByParent(checkpoints: readonly Checkpoint[]): ReadonlyMap<string | null, readonly Checkpoint[]> {
  const children = new Map<string | null, Checkpoint[]>();
  for (const checkpoint of checkpoints) {
    const siblings = children.get(checkpoint.parentId);
    if (siblings === undefined) children.set(checkpoint.parentId, [checkpoint]);
    else siblings.push(checkpoint);
  }
  return children;
}

function followsItself({ id, executionId }: Checkpoint): WaymarkError {
  return checkpointsCorrupt(executionId, `checkpoint ${id} follows itself`);
}

function notFound(message: string, details: Readonly<Record<string, string>>, hint?: string): WaymarkError {
  return new WaymarkError('WAYMARK_CHECKPOINT_NOT_FOUND', message, {
    hint: hint ?? 'List the checkpoints of the execution to find the one you mean.',
    details,
  });
}
