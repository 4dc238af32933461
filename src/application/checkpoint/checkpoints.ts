import type { Branch, Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import { checkpointNotFound } from '../../domain/checkpoint/checkpoint.errors.js';
import type { CheckpointRepository } from '../../domain/checkpoint/checkpoint.repository.port.js';
import { CheckpointTree } from '../../domain/checkpoint/checkpoint-tree.js';
import { joinState } from '../../domain/checkpoint/state-content.js';
import { diffJson, type StateChange } from '../../domain/checkpoint/state-diff.js';
import { CheckpointIntegrityFailed } from '../../domain/events/families/checkpoint.events.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { EventFactory } from '../context/event-factory.js';
import type { EventRecorder } from '../audit/event-recorder.js';

/**
 * Checkpoints as hosts use them: find, draw, load, compare.
 *
 * @example
 * const tree = await waymark.checkpoints.tree(run.id);
 * const state = await waymark.checkpoints.state(tree.head('main').id);
 */
export class Checkpoints {
  readonly #repository: CheckpointRepository;
  readonly #recorder: EventRecorder;
  readonly #factory: EventFactory;

  constructor(repository: CheckpointRepository, recorder: EventRecorder, factory: EventFactory) {
    this.#repository = repository;
    this.#recorder = recorder;
    this.#factory = factory;
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
    const bodies = await this.#repository.contents(checkpoint.manifest.map(([, hash]) => hash));
    const { state, actualHash } = joinState(checkpoint.manifest, bodies);
    if (actualHash === checkpoint.stateHash) return state;
    const { id: checkpointId, executionId, stateHash: expectedHash } = checkpoint;
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
   * @example
   * for (const change of await waymark.checkpoints.diff(before, after)) console.log(change.kind, change.path);
   */
  async diff(fromId: string, toId: string): Promise<readonly StateChange[]> {
    const [from, to] = [await this.state(fromId), await this.state(toId)];
    return diffJson(from, to);
  }
}
