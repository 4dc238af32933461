import type { Branch, Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import { checkpointNotFound } from '../../domain/checkpoint/checkpoint.errors.js';
import type { CheckpointRepository } from '../../domain/checkpoint/checkpoint.repository.port.js';
import { CheckpointTree } from '../../domain/checkpoint/checkpoint-tree.js';
import { loadState } from '../../domain/checkpoint/content/load-state.js';
import { manifestHash } from '../../domain/checkpoint/content/manifest-hash.js';
import { type JsonPatchOperation, toJsonPatch } from '../../domain/checkpoint/json-patch.js';
import { diffState, diffStateAt, type StateChange } from '../../domain/checkpoint/state-diff.js';
import { CheckpointIntegrityFailed } from '../../domain/events/families/checkpoint.events.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { PrunePolicy } from '../../domain/checkpoint/prune-policy.js';
import type { EventFactory } from '../context/event-factory.js';
import type { EventRecorder } from '../audit/event-recorder.js';
import type { VerbOptions } from '../shared/verb.js';
import type { Compaction } from '../store/store.port.js';
import type { CheckpointUpkeep } from './checkpoint-upkeep.js';
import type { Collected, CollectOptions } from './collect-garbage.js';
import type { CopiedExecution } from './copy-execution.js';
import type { DeletedExecution } from './delete-execution.js';
import type { Pruned, PruneTarget } from './prune-checkpoints.js';
import type { PruneOptions } from './prune-options.js';

/**
 * Checkpoints as hosts use them: find, draw, load, compare, name, prune, copy, delete.
 *
 * @example
 * const tree = await waymark.checkpoints.tree(run.id);
 * const state = await waymark.checkpoints.state(tree.head('main').id);
 */
export class Checkpoints {
  readonly #repository: CheckpointRepository;
  readonly #recorder: EventRecorder;
  readonly #factory: EventFactory;
  readonly #upkeep: CheckpointUpkeep;

  constructor(
    repository: CheckpointRepository,
    recorder: EventRecorder,
    factory: EventFactory,
    upkeep: CheckpointUpkeep,
  ) {
    this.#repository = repository;
    this.#recorder = recorder;
    this.#factory = factory;
    this.#upkeep = upkeep;
  }

  /**
   * A checkpoint without its state.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`
   */
  async get(checkpointId: string): Promise<Checkpoint> {
    assertIdentifier(checkpointId, 'checkpoint id');
    const checkpoint = await this.#repository.find(checkpointId);
    if (checkpoint === undefined) throw checkpointNotFound(checkpointId);
    return checkpoint;
  }

  /** All checkpoints of an execution, in the order of their creation. */
  async list(executionId: string): Promise<readonly Checkpoint[]> {
    assertIdentifier(executionId, 'execution id');
    return this.#repository.list(executionId);
  }

  /** The branches of an execution, in the order of their creation. */
  async branches(executionId: string): Promise<readonly Branch[]> {
    assertIdentifier(executionId, 'execution id');
    return this.#repository.branches(executionId);
  }

  /** The checkpoint tree of an execution; empty for one without checkpoints. Never reads state. */
  async tree(executionId: string): Promise<CheckpointTree> {
    const [checkpoints, branches] = await Promise.all([this.list(executionId), this.branches(executionId)]);
    return new CheckpointTree(checkpoints, branches);
  }

  /**
   * The state of a checkpoint, read back and checked against its hash. Its type is the caller's word: nothing checks
   * it.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`; `WAYMARK_CHECKPOINT_ALTERED` when the state is not what was
   *   stored, which is also recorded as `checkpoint.integrity_failed`
   */
  async state<State extends object = JsonObject>(checkpointId: string): Promise<Readonly<State>> {
    return (await this.load(await this.get(checkpointId))) as Readonly<State>;
  }

  /** {@link state} for a checkpoint that is at hand. */
  async load(checkpoint: Checkpoint): Promise<JsonObject> {
    const { id: checkpointId, executionId, manifest, stateHash: expectedHash } = checkpoint;
    let actualHash = manifestHash(manifest);
    // Where the manifest is another one already, what it leads to says nothing.
    if (actualHash === expectedHash) {
      const loaded = await loadState(manifest, (hashes) => this.#repository.contents(hashes), { frozen: true });
      if (loaded.actualHash === expectedHash) return loaded.state as JsonObject;
      ({ actualHash } = loaded);
    }
    // It may have been pruned, and its state collected, between the two reads.
    if ((await this.#repository.find(checkpointId)) === undefined) throw checkpointNotFound(checkpointId);
    await this.#recorder.record([
      this.#factory.make(CheckpointIntegrityFailed, { executionId, checkpointId, expectedHash, actualHash }),
    ]);
    throw new WaymarkError(
      'WAYMARK_CHECKPOINT_ALTERED',
      `The state of checkpoint ${checkpointId} is not what was stored.`,
      {
        hint: 'Go back to another checkpoint, and look at what changed the store outside of Waymark.',
        details: { checkpointId, expectedHash, actualHash },
      },
    );
  }

  /**
   * What changed in the state from one checkpoint to another, of any executions.
   *
   * @throws WaymarkError as {@link state}; `WAYMARK_INVALID_ARGUMENT` when `only` is no pointer, or leads nowhere in both
   * @example
   * for (const change of await waymark.checkpoints.diff(before, after)) console.log(change.kind, change.path);
   * await waymark.checkpoints.diff(before, after, { only: '/messages' });
   */
  async diff(fromId: string, toId: string, { only }: DiffOptions = {}): Promise<readonly StateChange[]> {
    const [from, to] = [await this.state(fromId), await this.state(toId)];
    return only === undefined ? diffState(from, to) : diffStateAt(from, to, only);
  }

  /**
   * {@link diff} as a JSON Patch (RFC 6902), which makes the state of the second checkpoint of that of the first.
   *
   * @example
   * await waymark.checkpoints.jsonPatch(before, after); // [{ op: 'replace', path: '/limit', value: 0.3 }]
   */
  async jsonPatch(fromId: string, toId: string, options: DiffOptions = {}): Promise<readonly JsonPatchOperation[]> {
    return toJsonPatch(await this.diff(fromId, toId, options));
  }

  /**
   * The checkpoint of an execution that has a label.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`
   * @example
   * const best = await waymark.checkpoints.labelled(run.id, 'before the migration');
   */
  async labelled(executionId: string, label: string): Promise<Checkpoint> {
    assertIdentifier(executionId, 'execution id');
    const checkpoint = await this.#repository.findLabelled(executionId, label);
    if (checkpoint === undefined) throw checkpointNotFound(`"${label}" in ${executionId}`);
    return checkpoint;
  }

  /**
   * Gives a checkpoint a label, a name for people, in the place of the one it had; `null` takes it away. Pruning keeps
   * what has one. No two checkpoints of an execution have the same. Recorded as `checkpoint.labelled`, with an empty label
   * for one that was taken away.
   *
   * @returns the checkpoint with its label
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`; `WAYMARK_LABEL_TAKEN` when another checkpoint of its execution
   *   has it
   * @example
   * const { id } = (await waymark.checkpoints.tree(run.id)).head('main');
   * await waymark.checkpoints.label(id, 'before the migration', { actor: 'user:ada' });
   */
  label(checkpointId: string, label: string | null, options: VerbOptions = {}): Promise<Checkpoint> {
    return this.#upkeep.label(checkpointId, label, options);
  }

  /**
   * Removes the checkpoints that a policy does not keep, of one execution or of all, and then the contents that nothing
   * refers to any more. Always kept are the head of each branch, the checkpoint that each branch starts at, where an
   * execution stands that has not ended, those with a label (unless `keepLabelled` is false), and those that kept ones
   * need. What followed a removed one hangs on the nearest before it that is kept. Each execution is one transaction with
   * its `checkpoint.pruned`.
   *
   * @param policy `keepLast`, `olderThan`, or both: what either of them keeps is kept
   * @param options with `dryRun` nothing is removed: the result is what would be
   * @throws WaymarkError `WAYMARK_NO_CHECKPOINTS` for an execution that has none
   * @example
   * const plan = await waymark.checkpoints.prune({ all: true }, { keepLast: 10 }, { dryRun: true });
   * console.log(`${plan.removed} checkpoints, ${plan.freedBytes} bytes`);
   * await waymark.checkpoints.prune(run.id, { keepLast: 10, olderThan: 30 * 86_400_000 }, { reason: 'monthly' });
   */
  prune(target: PruneTarget, policy: PrunePolicy, options: PruneOptions = {}): Promise<Pruned> {
    return this.#upkeep.prune(target, policy, options);
  }

  /**
   * Removes the contents that no checkpoint, and nothing else in the store, refers to. It is safe beside whoever writes, in
   * this process and in others: these wait for a small transaction now and then. Pruning does it by itself; after
   * `delete` it is to be called.
   *
   * @throws WaymarkError `WAYMARK_COLLECTION_SUPERSEDED` when another collection was begun meanwhile;
   *   `WAYMARK_STORE_CORRUPT` when it can't be told what a content refers to: nothing more is removed then
   * @example
   * const { contents, bytes } = await waymark.checkpoints.collectGarbage({ dryRun: true });
   */
  collectGarbage(options: CollectOptions = {}): Promise<Collected> {
    return this.#upkeep.collectGarbage(options);
  }

  /**
   * Copies the checkpoint tree of an execution under another id, and the execution with it: the copy stands where the
   * original does, and can be resumed and rolled back by itself. States are shared, and cost nothing.
   *
   * @param newExecutionId the id of the copy; a new one when left out
   * @throws WaymarkError `WAYMARK_NO_CHECKPOINTS`; `WAYMARK_EXECUTION_RUNNING` while it runs; `WAYMARK_EXECUTION_EXISTS`
   *   when the id is taken
   * @example
   * const copy = await waymark.checkpoints.copy(run.id, 'run-1-for-review');
   */
  copy(executionId: string, newExecutionId?: string, options: VerbOptions = {}): Promise<CopiedExecution> {
    return this.#upkeep.copy(executionId, newExecutionId, options);
  }

  /**
   * Removes the checkpoint tree of an execution, and the execution itself. The log keeps all that was recorded of it, and
   * a `checkpoint.pruned` that says so. What its forks have is theirs, and stays.
   *
   * @throws WaymarkError `WAYMARK_NO_CHECKPOINTS` when there is nothing of that id; `WAYMARK_EXECUTION_RUNNING` while it
   *   runs
   * @example
   * await waymark.checkpoints.delete(run.id, { reason: 'request 4711' });
   * await waymark.checkpoints.collectGarbage();
   */
  delete(executionId: string, options: VerbOptions = {}): Promise<DeletedExecution> {
    return this.#upkeep.delete(executionId, options);
  }

  /**
   * Makes the file of a SQLite store as small as what is in it. Others that write wait meanwhile, and it takes as much
   * room again as the file has.
   *
   * @returns the sizes of the file; `undefined` where the store is no file
   * @throws WaymarkError `WAYMARK_STORE_LOCKED`, `WAYMARK_STORE_FULL`, `WAYMARK_STORE_READ_ONLY`: the file is as it was
   */
  compact(): Promise<Compaction | undefined> {
    return this.#upkeep.compact();
  }
}

/** What of two states to compare. */
export interface DiffOptions {
  /** Only what is at this JSON pointer (RFC 6901) in both; everything when left out. */
  readonly only?: string;
}
