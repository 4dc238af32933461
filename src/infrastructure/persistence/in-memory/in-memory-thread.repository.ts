import type { ContentRef } from '../../../domain/checkpoint/content/encoded.js';
import {
  type GraphThread,
  type ThreadCheckpoint,
  type ThreadCheckpointKey,
  threadKey,
  type ThreadPage,
  type ThreadQuery,
  type ThreadWrite,
} from '../../../domain/checkpoint/thread/graph-thread.js';
import { keptThreadParents } from '../../../domain/checkpoint/thread/kept-thread-parents.js';
import type { ThreadRepository } from '../../../domain/checkpoint/thread/thread.repository.port.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** What is kept of one thread. The keys are JSON, so that no two names run into each other. */
interface KeptThread {
  thread: GraphThread;
  readonly checkpoints: Map<string, ThreadCheckpoint>;
  /** The writes of each checkpoint, by task and index. */
  readonly writes: Map<string, Map<string, ThreadWrite>>;
  readonly heads: Map<string, string>;
}

/** Threads of other engines in memory. */
export class InMemoryThreadRepository implements ThreadRepository {
  readonly #threads = new Map<string, KeptThread>();

  thread(threadId: string): Promise<GraphThread | undefined> {
    return Promise.resolve(this.#threads.get(threadId)?.thread);
  }

  threadOfExecution(executionId: string): Promise<GraphThread | undefined> {
    return Promise.resolve(this.#all().find((thread) => thread.executionId === executionId));
  }

  threads({ after, limit, newestFirst }: ThreadPage): Promise<readonly GraphThread[]> {
    const all = newestFirst === true ? this.#all().toReversed() : this.#all();
    const from = after === undefined ? 0 : all.findIndex(({ threadId }) => threadId === after) + 1;
    return Promise.resolve(after !== undefined && from === 0 ? [] : all.slice(from, from + limit));
  }

  saveThread(thread: GraphThread, scope: TransactionScope): Promise<void> {
    const kept = this.#threads.get(thread.threadId);
    if (kept === undefined) {
      const made = { thread, checkpoints: new Map(), writes: new Map(), heads: new Map() };
      change(this.#threads, thread.threadId, made, scope);
    } else {
      const before = kept.thread;
      kept.thread = thread;
      scope.onRollback(() => {
        kept.thread = before;
      });
    }
    return Promise.resolve();
  }

  find(key: ThreadCheckpointKey): Promise<ThreadCheckpoint | undefined> {
    return Promise.resolve(this.#threads.get(key.threadId)?.checkpoints.get(keyOf(key)));
  }

  save(checkpoint: ThreadCheckpoint, scope: TransactionScope): Promise<void> {
    change(this.#kept(checkpoint.threadId).checkpoints, keyOf(checkpoint), Object.freeze({ ...checkpoint }), scope);
    return Promise.resolve();
  }

  list(query: ThreadQuery): Promise<readonly ThreadCheckpoint[]> {
    const { threadId, namespace, checkpointId, before, after, limit } = query;
    const threads = [...this.#threads.values()].filter(
      ({ thread }) => threadId === undefined || thread.threadId === threadId,
    );
    const found = threads
      .flatMap(({ checkpoints }) => [...checkpoints.values()])
      .filter((at) => namespace === undefined || at.namespace === namespace)
      .filter((at) => checkpointId === undefined || at.checkpointId === checkpointId)
      .filter((at) => before === undefined || at.checkpointId < before)
      .filter((at) => after === undefined || byReading(after, at) < 0)
      .toSorted(byReading);
    return Promise.resolve(found.slice(0, limit));
  }

  head(threadId: string, namespace: string): Promise<string | undefined> {
    return Promise.resolve(this.#threads.get(threadId)?.heads.get(namespace));
  }

  saveHead({ threadId, namespace, checkpointId }: ThreadCheckpointKey, scope: TransactionScope): Promise<void> {
    change(this.#kept(threadId).heads, namespace, checkpointId, scope);
    return Promise.resolve();
  }

  dropHeads(threadId: string, namespaces: readonly string[], scope: TransactionScope): Promise<void> {
    const { heads } = this.#kept(threadId);
    for (const namespace of namespaces) change(heads, namespace, undefined, scope);
    return Promise.resolve();
  }

  addWrites(writes: readonly ThreadWrite[], scope: TransactionScope): Promise<void> {
    for (const write of writes) {
      const kept = this.#kept(write.threadId).writes;
      const key = keyOf(write);
      let ofCheckpoint = kept.get(key);
      if (ofCheckpoint === undefined) change(kept, key, (ofCheckpoint = new Map<string, ThreadWrite>()), scope);
      const place = JSON.stringify([write.taskId, write.index]);
      if (write.index >= 0 && ofCheckpoint.has(place)) continue;
      change(ofCheckpoint, place, Object.freeze({ ...write }), scope);
    }
    return Promise.resolve();
  }

  writes(key: ThreadCheckpointKey): Promise<readonly ThreadWrite[]> {
    const writes = this.#threads.get(key.threadId)?.writes.get(keyOf(key))?.values() ?? [];
    return Promise.resolve([...writes].toSorted((a, b) => compare(a.taskId, b.taskId) || a.index - b.index));
  }

  writesOf(keys: readonly ThreadCheckpointKey[]): Promise<readonly (readonly ThreadWrite[])[]> {
    return Promise.all(keys.map((key) => this.writes(key)));
  }

  forget(threadId: string, ids: readonly string[], scope: TransactionScope): Promise<void> {
    const kept = this.#threads.get(threadId);
    if (kept === undefined) return Promise.resolve();
    const forgotten = new Set(ids);
    for (const moved of keptThreadParents([...kept.checkpoints.values()], forgotten)) {
      change(kept.checkpoints, keyOf(moved), Object.freeze(moved), scope);
    }
    for (const [key, checkpoint] of kept.checkpoints) {
      if (!forgotten.has(checkpoint.id)) continue;
      change(kept.checkpoints, key, undefined, scope);
      change(kept.writes, key, undefined, scope);
    }
    for (const [namespace, checkpointId] of kept.heads) {
      if (kept.checkpoints.has(keyOf({ threadId, namespace, checkpointId }))) continue;
      const left = [...kept.checkpoints.values()].filter((checkpoint) => checkpoint.namespace === namespace);
      change(kept.heads, namespace, left.toSorted(byReading)[0]?.checkpointId, scope);
    }
    return Promise.resolve();
  }

  remove(threadId: string, scope: TransactionScope): Promise<void> {
    change(this.#threads, threadId, undefined, scope);
    return Promise.resolve();
  }

  async *references(without: ReadonlySet<string> = new Set()): AsyncIterable<readonly ContentRef[]> {
    // What is added meanwhile need not be among them.
    for (const { checkpoints, writes } of Array.from(this.#threads.values())) {
      const kept = [...checkpoints].filter(([, { id }]) => !without.has(id));
      const gone = new Set([...checkpoints].filter(([, { id }]) => without.has(id)).map(([key]) => key));
      const values = [...writes].flatMap(([key, ofCheckpoint]) =>
        gone.has(key) ? [] : Array.from(ofCheckpoint.values(), ({ value }) => value),
      );
      yield await Promise.resolve([...kept.map(([, { record }]) => record), ...values]);
    }
  }

  #all(): readonly GraphThread[] {
    return Array.from(this.#threads.values(), ({ thread }) => thread);
  }

  #kept(threadId: string): KeptThread {
    const kept = this.#threads.get(threadId);
    if (kept === undefined) throw new TypeError(`The thread ${threadKey(threadId)} is to be stored first.`);
    return kept;
  }
}

/** Sets or, with `undefined`, removes an entry, until the transaction fails. */
function change<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | undefined, scope: TransactionScope): void {
  const before = map.get(key);
  if (value === undefined) map.delete(key);
  else map.set(key, value);
  scope.onRollback(() => {
    if (before === undefined) map.delete(key);
    else map.set(key, before);
  });
}

function keyOf({ namespace, checkpointId }: ThreadCheckpointKey): string {
  return JSON.stringify([namespace, checkpointId]);
}

function byReading(a: ThreadCheckpointKey, b: ThreadCheckpointKey): number {
  return (
    compare(b.checkpointId, a.checkpointId) ||
    compare(threadKey(a.threadId), threadKey(b.threadId)) ||
    compare(a.namespace, b.namespace)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
