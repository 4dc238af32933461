import type { CheckpointRepository } from '../../../domain/checkpoint/checkpoint.repository.port.js';
import { CheckpointLabelled } from '../../../domain/events/families/checkpoint.events.js';
import type { ExecutionStep } from '../execution-step.js';

/**
 * Names the checkpoints of a recording. A name is that of the newest checkpoint that was made under it: one that was rolled
 * back, or made in an earlier pass of a loop, loses it.
 */
export class CheckpointNames {
  readonly #executionId: string;
  readonly #checkpoints: CheckpointRepository;
  /** What has a name, as far as that is known. */
  readonly #known = new Map<string, string>();
  /** What a step in the making gives names to: it may be made anew. */
  readonly #given = new WeakMap<ExecutionStep, Map<string, string>>();

  constructor(executionId: string, checkpoints: CheckpointRepository) {
    this.#executionId = executionId;
    this.#checkpoints = checkpoints;
  }

  /** Looks up which checkpoint has a name. */
  async look(label: string): Promise<void> {
    if (this.#known.has(label)) return;
    const found = await this.#checkpoints.findLabelled(this.#executionId, label);
    if (found !== undefined && !this.#known.has(label)) this.#known.set(label, found.id);
  }

  /** Adds to a step that a checkpoint of it gets a name that was looked up. */
  give(step: ExecutionStep, checkpointId: string, label: string, causationId: string | undefined): void {
    const executionId = this.#executionId;
    const given = this.#given.get(step) ?? new Map<string, string>();
    const before = given.get(label) ?? this.#known.get(label);
    if (before !== undefined) {
      step.also((scope) => this.#checkpoints.label(before, null, scope));
      step.emit(CheckpointLabelled, { executionId, checkpointId: before, label: '' }, causationId);
    }
    step.also((scope) => this.#checkpoints.label(checkpointId, label, scope));
    step.emit(CheckpointLabelled, { executionId, checkpointId, label }, causationId);
    this.#given.set(step, given.set(label, checkpointId));
  }

  /** That is durable now. */
  confirm(checkpointId: string, label: string): void {
    this.#known.set(label, checkpointId);
  }
}
