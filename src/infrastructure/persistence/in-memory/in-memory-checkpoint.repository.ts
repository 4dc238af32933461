import type { Branch, Checkpoint, Content } from '../../../domain/checkpoint/checkpoint.js';
import { checkpointExists, parentNotFound } from '../../../domain/checkpoint/checkpoint.errors.js';
import type { CheckpointRepository } from '../../../domain/checkpoint/checkpoint.repository.port.js';
import type { Hash } from '../../../domain/shared/hash.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** Checkpoints in memory. */
export class InMemoryCheckpointRepository implements CheckpointRepository {
  readonly #checkpoints = new Map<string, Checkpoint>();
  readonly #byExecution = new Map<string, Checkpoint[]>();
  readonly #branches = new Map<string, Map<string, Branch>>();
  readonly #contents = new Map<Hash, string>();

  missing(hashes: readonly Hash[]): Promise<ReadonlySet<Hash>> {
    return Promise.resolve(new Set(hashes.filter((hash) => !this.#contents.has(hash))));
  }

  add(checkpoint: Checkpoint, contents: readonly Content[], scope: TransactionScope): Promise<void> {
    if (this.#checkpoints.has(checkpoint.id)) return Promise.reject(checkpointExists(checkpoint));
    const parent = checkpoint.parentId === null ? undefined : this.#checkpoints.get(checkpoint.parentId);
    if (checkpoint.parentId !== null && parent?.executionId !== checkpoint.executionId) {
      return Promise.reject(parentNotFound(checkpoint));
    }
    const added = contents.filter((content) => !this.#contents.has(content.hash));
    const siblings = this.#byExecution.get(checkpoint.executionId) ?? [];
    this.#checkpoints.set(checkpoint.id, checkpoint);
    this.#byExecution.set(checkpoint.executionId, [...siblings, checkpoint]);
    for (const content of added) this.#contents.set(content.hash, content.body);
    scope.onRollback(() => {
      this.#checkpoints.delete(checkpoint.id);
      this.#byExecution.set(checkpoint.executionId, siblings);
      for (const content of added) this.#contents.delete(content.hash);
    });
    return Promise.resolve();
  }

  saveBranch(branch: Branch, scope: TransactionScope): Promise<void> {
    const branches = this.#branches.get(branch.executionId) ?? new Map<string, Branch>();
    this.#branches.set(branch.executionId, branches);
    const before = branches.get(branch.branchId);
    const { headCheckpointId, abandoned } = branch;
    branches.set(
      branch.branchId,
      before === undefined ? branch : Object.freeze({ ...before, headCheckpointId, abandoned }),
    );
    scope.onRollback(() => {
      if (before === undefined) branches.delete(branch.branchId);
      else branches.set(branch.branchId, before);
    });
    return Promise.resolve();
  }

  find(checkpointId: string): Promise<Checkpoint | undefined> {
    return Promise.resolve(this.#checkpoints.get(checkpointId));
  }

  list(executionId: string): Promise<readonly Checkpoint[]> {
    const found = this.#byExecution.get(executionId) ?? [];
    return Promise.resolve(found.toSorted((a, b) => a.sequence - b.sequence));
  }

  branches(executionId: string): Promise<readonly Branch[]> {
    return Promise.resolve([...(this.#branches.get(executionId)?.values() ?? [])]);
  }

  contents(hashes: readonly Hash[]): Promise<ReadonlyMap<Hash, string>> {
    const found = new Map<Hash, string>();
    for (const hash of hashes) {
      const body = this.#contents.get(hash);
      if (body !== undefined) found.set(hash, body);
    }
    return Promise.resolve(found);
  }
}
