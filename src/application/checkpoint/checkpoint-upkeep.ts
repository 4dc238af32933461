import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import type { PrunePolicy } from '../../domain/checkpoint/prune-policy.js';
import { runWithContext } from '../context/run-with-context.js';
import type { VerbOptions } from '../shared/verb.js';
import type { Compaction } from '../store/store.port.js';
import { collectGarbage, type CollectOptions, type Collected } from './collect-garbage.js';
import { type CopiedExecution, copyExecution } from './copy-execution.js';
import { type DeletedExecution, deleteExecution } from './delete-execution.js';
import { labelCheckpoint } from './label-checkpoint.js';
import { pruneCheckpoints, type Pruned, type PruneTarget } from './prune-checkpoints.js';
import { assertCollectOptions, assertPruneOptions, assertUpkeepVerb, type PruneOptions } from './prune-options.js';
import type { UpkeepServices } from './upkeep-services.js';

/** What is done to checkpoints that are there: `Checkpoints` tells what each of it is. */
export class CheckpointUpkeep {
  readonly #services: UpkeepServices;

  constructor(services: UpkeepServices) {
    this.#services = services;
  }

  label(checkpointId: string, label: string | null, options: VerbOptions): Promise<Checkpoint> {
    return this.#as(options, () => {
      assertUpkeepVerb(options, 'label option');
      return labelCheckpoint(this.#services, checkpointId, label);
    });
  }

  prune(target: PruneTarget, policy: PrunePolicy, options: PruneOptions): Promise<Pruned> {
    return this.#as(options, () => {
      assertPruneOptions(options);
      return pruneCheckpoints(this.#services, target, policy, options);
    });
  }

  async collectGarbage(options: CollectOptions): Promise<Collected> {
    assertCollectOptions(options);
    return collectGarbage(this.#services, options);
  }

  copy(executionId: string, newId: string | undefined, options: VerbOptions): Promise<CopiedExecution> {
    return this.#as(options, () => {
      assertUpkeepVerb(options, 'copy option');
      return copyExecution(this.#services, executionId, newId ?? this.#services.factory.ids.next(), options);
    });
  }

  delete(executionId: string, options: VerbOptions): Promise<DeletedExecution> {
    return this.#as(options, () => {
      assertUpkeepVerb(options, 'delete option');
      return deleteExecution(this.#services, executionId, options);
    });
  }

  /** `undefined` where the store has no file that could become smaller. */
  async compact(): Promise<Compaction | undefined> {
    return this.#services.compact?.();
  }

  #as<Result>(options: VerbOptions | null | undefined, work: () => Promise<Result>): Promise<Result> {
    return runWithContext({ actor: options?.actor }, async () => work());
  }
}
