import type { CheckpointTree } from '../../domain/checkpoint/checkpoint-tree.js';
import { loadValue } from '../../domain/checkpoint/content/load-state.js';
import { refHash } from '../../domain/checkpoint/content/references.js';
import type { CheckpointRepository } from '../../domain/checkpoint/checkpoint.repository.port.js';
import type { ThreadCheckpoint } from '../../domain/checkpoint/thread/graph-thread.js';
import type { ThreadRepository } from '../../domain/checkpoint/thread/thread.repository.port.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import type { CheckpointCompanion } from './checkpoint-companion.js';
import { toThreadRecord } from './thread/thread-record.js';

/** How many checkpoints of a thread are read at once. */
const PAGE = 500;

/** Forgets and copies the threads whose trees are removed and copied. */
export class ThreadCompanion implements CheckpointCompanion {
  readonly #threads: ThreadRepository;
  readonly #checkpoints: CheckpointRepository;

  constructor(threads: ThreadRepository, checkpoints: CheckpointRepository) {
    this.#threads = threads;
    this.#checkpoints = checkpoints;
  }

  /** Where a channel's value is what was written since a checkpoint before, that one stays, and so on from there. */
  async neededAncestors(
    executionId: string,
    _tree: CheckpointTree,
    kept: ReadonlySet<string>,
  ): Promise<Iterable<string>> {
    const thread = await this.#threads.threadOfExecution(executionId);
    if (thread === undefined) return [];
    const rows = await this.#rowsOf(thread.threadId);
    const byName = new Map(rows.map((row) => [nameIn(row.namespace, row.checkpointId), row]));
    const needed = new Set<string>();
    for (const row of rows) {
      if (!kept.has(row.id)) continue;
      for (let at = row; await this.#needsParent(at);) {
        const parent = byName.get(nameIn(at.namespace, at.parentCheckpointId ?? ''));
        if (parent === undefined || kept.has(parent.id) || needed.has(parent.id)) break;
        needed.add(parent.id);
        at = parent;
      }
    }
    return needed;
  }

  /** By its name, too: its tree may have another, and it need not have one yet. */
  async isTaken(executionId: string, scope: TransactionScope): Promise<boolean> {
    if ((await this.#threads.thread(executionId, scope)) !== undefined) return true;
    return (await this.#threads.threadOfExecution(executionId)) !== undefined;
  }

  async forget(executionId: string, checkpointIds: readonly string[], scope: TransactionScope): Promise<void> {
    const thread = await this.#threads.threadOfExecution(executionId);
    if (thread !== undefined) await this.#threads.forget(thread.threadId, checkpointIds, scope);
  }

  async forgetExecution(executionId: string, scope: TransactionScope): Promise<void> {
    const thread = await this.#threads.threadOfExecution(executionId);
    if (thread !== undefined) await this.#threads.remove(thread.threadId, scope);
  }

  async copied(
    executionId: string,
    newId: string,
    ids: ReadonlyMap<string, string>,
    scope: TransactionScope,
  ): Promise<void> {
    const thread = await this.#threads.threadOfExecution(executionId);
    if (thread === undefined) return;
    const { threadId, checkpointsCreated } = thread;
    await this.#threads.saveThread({ threadId: newId, executionId: newId, checkpointsCreated }, scope);
    const namespaces = new Set<string>();
    for (let after: ThreadCheckpoint | undefined; ;) {
      const page: readonly ThreadCheckpoint[] = await this.#threads.list({ threadId, after, limit: PAGE });
      for (const checkpoint of page) {
        const id = ids.get(checkpoint.id);
        if (id === undefined) continue;
        const writes = await this.#threads.writes(checkpoint);
        const refs = [checkpoint.record, ...writes.map(({ value }) => value)];
        // They are referred to from here as well: a collection that goes on has to know.
        await this.#checkpoints.missing([...new Set(refs.flatMap((ref) => refHash(ref) ?? []))], scope);
        await this.#threads.save({ ...checkpoint, threadId: newId, id }, scope);
        await this.#threads.addWrites(
          writes.map((write) => ({ ...write, threadId: newId })),
          scope,
        );
        namespaces.add(checkpoint.namespace);
      }
      after = page.at(-1);
      if (after === undefined) break;
    }
    for (const namespace of namespaces) {
      const checkpointId = await this.#threads.head(threadId, namespace);
      if (checkpointId !== undefined) await this.#threads.saveHead({ threadId: newId, namespace, checkpointId }, scope);
    }
  }

  async #rowsOf(threadId: string): Promise<readonly ThreadCheckpoint[]> {
    const rows: ThreadCheckpoint[] = [];
    for (let after: ThreadCheckpoint | undefined; ;) {
      const page: readonly ThreadCheckpoint[] = await this.#threads.list({ threadId, after, limit: PAGE });
      after = page.at(-1);
      if (after === undefined) return rows;
      rows.push(...page);
    }
  }

  async #needsParent({ record, checkpointId }: ThreadCheckpoint): Promise<boolean> {
    const value = await loadValue(record, (hashes) => this.#checkpoints.contents(hashes));
    return toThreadRecord(value, checkpointId).p === true;
  }
}

function nameIn(namespace: string, checkpointId: string): string {
  return JSON.stringify([namespace, checkpointId]);
}
