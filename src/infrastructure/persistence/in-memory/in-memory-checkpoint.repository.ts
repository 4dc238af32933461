import type { Branch, Checkpoint, Content } from '../../../domain/checkpoint/checkpoint.js';
import {
  branchConflict,
  checkpointExists,
  checkpointNotFound,
  labelTaken,
  parentNotFound,
} from '../../../domain/checkpoint/checkpoint.errors.js';
import type { CheckpointRepository } from '../../../domain/checkpoint/checkpoint.repository.port.js';
import type { ContentRef } from '../../../domain/checkpoint/content/encoded.js';
import { keptParents } from '../../../domain/checkpoint/kept-parents.js';
import type { Hash } from '../../../domain/shared/hash.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { InMemoryContents } from './in-memory-contents.js';

/** How many checkpoints are looked at between two turns of the event loop. */
const PAGE = 1_000;

/** Checkpoints in memory. */
export class InMemoryCheckpointRepository implements CheckpointRepository {
  readonly #checkpoints = new Map<string, Checkpoint>();
  /** The checkpoints of each execution, by id. */
  readonly #byExecution = new Map<string, Map<string, Checkpoint>>();
  readonly #branches = new Map<string, Map<string, Branch>>();
  readonly #contents: InMemoryContents;

  /** @param contents those of the store, which others may share */
  constructor(contents: InMemoryContents = new InMemoryContents()) {
    this.#contents = contents;
  }

  contentEpoch(): Promise<number> {
    return Promise.resolve(this.#contents.epoch);
  }

  missing(hashes: readonly Hash[]): Promise<ReadonlySet<Hash>> {
    return Promise.resolve(this.#contents.missing(hashes));
  }

  addContents(contents: readonly Content[], scope: TransactionScope): Promise<void> {
    this.#contents.add(contents, scope);
    return Promise.resolve();
  }

  add(checkpoint: Checkpoint, contents: readonly Content[], scope: TransactionScope): Promise<void> {
    if (this.#checkpoints.has(checkpoint.id)) return Promise.reject(checkpointExists(checkpoint));
    const parent = checkpoint.parentId === null ? undefined : this.#checkpoints.get(checkpoint.parentId);
    if (checkpoint.parentId !== null && parent?.executionId !== checkpoint.executionId) {
      return Promise.reject(parentNotFound(checkpoint));
    }
    const taken = this.#labelled(checkpoint.executionId, checkpoint.label);
    if (taken !== undefined) return Promise.reject(labelTaken(taken.label ?? '', taken.executionId, taken.id));
    this.#contents.add(contents, scope);
    this.#contents.refer(checkpoint.manifest.map(([, ref]) => ref));
    this.#put(checkpoint, scope);
    return Promise.resolve();
  }

  saveBranch(branch: Branch, scope: TransactionScope, expectedHeadCheckpointId?: string | null): Promise<void> {
    const branches = this.#branches.get(branch.executionId) ?? new Map<string, Branch>();
    const before = branches.get(branch.branchId);
    const actual = before?.headCheckpointId ?? null;
    if (expectedHeadCheckpointId !== undefined && expectedHeadCheckpointId !== actual) {
      return Promise.reject(branchConflict(branch, expectedHeadCheckpointId, actual));
    }
    this.#branches.set(branch.executionId, branches);
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

  label(checkpointId: string, label: string | null, scope: TransactionScope): Promise<void> {
    const checkpoint = this.#checkpoints.get(checkpointId);
    if (checkpoint === undefined) return Promise.reject(checkpointNotFound(checkpointId));
    const taken = this.#labelled(checkpoint.executionId, label);
    if (taken !== undefined && taken.id !== checkpointId) {
      return Promise.reject(labelTaken(taken.label ?? '', taken.executionId, taken.id));
    }
    this.#put(Object.freeze({ ...checkpoint, label }), scope);
    return Promise.resolve();
  }

  remove(executionId: string, checkpointIds: readonly string[], scope: TransactionScope): Promise<number> {
    const own = this.#byExecution.get(executionId);
    const removed = new Set(checkpointIds.filter((id) => own?.has(id)));
    for (const [id, parentId] of keptParents([...(own?.values() ?? [])], removed)) {
      const checkpoint = this.#checkpoints.get(id);
      if (checkpoint !== undefined) this.#put(Object.freeze({ ...checkpoint, parentId }), scope);
    }
    for (const id of removed) this.#delete(id, scope);
    return Promise.resolve(removed.size);
  }

  removeExecution(executionId: string, scope: TransactionScope): Promise<number> {
    const ids = [...(this.#byExecution.get(executionId)?.keys() ?? [])];
    for (const id of ids) this.#delete(id, scope);
    const branches = this.#branches.get(executionId);
    this.#branches.delete(executionId);
    scope.onRollback(() => {
      if (branches !== undefined) this.#branches.set(executionId, branches);
    });
    return Promise.resolve(ids.length);
  }

  findAll(checkpointIds: readonly string[]): Promise<readonly Checkpoint[]> {
    const found = checkpointIds.map((id) => this.#checkpoints.get(id));
    return Promise.resolve(found.filter((checkpoint) => checkpoint !== undefined));
  }

  find(checkpointId: string): Promise<Checkpoint | undefined> {
    return Promise.resolve(this.#checkpoints.get(checkpointId));
  }

  stateHashOf(checkpointId: string): Promise<Hash | undefined> {
    return Promise.resolve(this.#checkpoints.get(checkpointId)?.stateHash);
  }

  findLabelled(executionId: string, label: string): Promise<Checkpoint | undefined> {
    return Promise.resolve(this.#labelled(executionId, label));
  }

  list(executionId: string): Promise<readonly Checkpoint[]> {
    const found = [...(this.#byExecution.get(executionId)?.values() ?? [])];
    return Promise.resolve(found.toSorted((a, b) => a.sequence - b.sequence));
  }

  branches(executionId: string): Promise<readonly Branch[]> {
    return Promise.resolve([...(this.#branches.get(executionId)?.values() ?? [])]);
  }

  executionIds(limit: number, after?: string): Promise<readonly string[]> {
    const ids = [...this.#byExecution.keys()].filter((id) => after === undefined || compareCodePoints(id, after) > 0);
    return Promise.resolve(ids.toSorted(compareCodePoints).slice(0, limit));
  }

  contents(hashes: readonly Hash[]): Promise<ReadonlyMap<Hash, string>> {
    const found = new Map<Hash, string>();
    for (const hash of hashes) {
      const body = this.#contents.get(hash);
      if (body !== undefined) found.set(hash, body);
    }
    return Promise.resolve(found);
  }

  async *references(without: ReadonlySet<string> = new Set()): AsyncIterable<readonly ContentRef[]> {
    const all = [...this.#checkpoints.values()].filter(({ id }) => !without.has(id));
    for (let from = 0; from < all.length; from += PAGE) {
      const page = all.slice(from, from + PAGE);
      yield await Promise.resolve(page.flatMap(({ manifest }) => manifest.map(([, ref]) => ref)));
    }
  }

  #labelled(executionId: string, label: string | null): Checkpoint | undefined {
    if (label === null) return undefined;
    return [...(this.#byExecution.get(executionId)?.values() ?? [])].find((checkpoint) => checkpoint.label === label);
  }

  #put(checkpoint: Checkpoint, scope: TransactionScope): void {
    const before = this.#checkpoints.get(checkpoint.id);
    this.#set(checkpoint);
    scope.onRollback(() => {
      if (before === undefined) this.#unset(checkpoint);
      else this.#set(before);
    });
  }

  #delete(checkpointId: string, scope: TransactionScope): void {
    const checkpoint = this.#checkpoints.get(checkpointId);
    if (checkpoint === undefined) return;
    this.#unset(checkpoint);
    scope.onRollback(() => this.#set(checkpoint));
  }

  #set(checkpoint: Checkpoint): void {
    this.#checkpoints.set(checkpoint.id, checkpoint);
    const own = this.#byExecution.get(checkpoint.executionId) ?? new Map<string, Checkpoint>();
    this.#byExecution.set(checkpoint.executionId, own.set(checkpoint.id, checkpoint));
  }

  #unset({ id, executionId }: Checkpoint): void {
    this.#checkpoints.delete(id);
    const own = this.#byExecution.get(executionId);
    own?.delete(id);
    if (own?.size === 0) this.#byExecution.delete(executionId);
  }
}

/** UTF-16 units are in another order than what they stand for. */
function compareCodePoints(first: string, second: string): number {
  return Buffer.compare(Buffer.from(first), Buffer.from(second));
}
