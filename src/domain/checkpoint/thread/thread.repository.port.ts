import type { TransactionScope } from '../../shared/transaction.js';
import type { ContentHolder } from '../content-collection.port.js';
import type {
  GraphThread,
  ThreadCheckpoint,
  ThreadCheckpointKey,
  ThreadPage,
  ThreadQuery,
  ThreadWrite,
} from './graph-thread.js';

/**
 * Where it is kept how the checkpoints of another engine's threads are called, and what its tasks wrote. The checkpoints
 * themselves and all contents are the `CheckpointRepository`'s, which this one holds references to. An implementation is held to its contract by
 * `threadRepositoryContract` of `waymark/testing`.
 *
 * What takes a scope and reads sees what the transaction has written.
 */
export interface ThreadRepository extends ContentHolder {
  /** A thread by its name, or `undefined`. */
  thread(threadId: string, scope?: TransactionScope): Promise<GraphThread | undefined>;

  /** The thread whose checkpoints are the tree of an execution, or `undefined`. */
  threadOfExecution(executionId: string): Promise<GraphThread | undefined>;

  /** Threads in the order of their creation, after the one that is named; the newest first where that is wanted. */
  threads(options: ThreadPage): Promise<readonly GraphThread[]>;

  /** Stores a thread, or how many checkpoints one has been given. */
  saveThread(thread: GraphThread, scope: TransactionScope): Promise<void>;

  /** A checkpoint by its name, or `undefined`. */
  find(key: ThreadCheckpointKey, scope?: TransactionScope): Promise<ThreadCheckpoint | undefined>;

  /** Stores the name of a checkpoint, of a thread that is stored. One that is there is replaced. */
  save(checkpoint: ThreadCheckpoint, scope: TransactionScope): Promise<void>;

  /** Checkpoints by what is asked for: by their names from the largest to the smallest, then by thread and namespace. */
  list(query: ThreadQuery): Promise<readonly ThreadCheckpoint[]>;

  /** The name of the newest checkpoint of a namespace, or `undefined` where it has none. */
  head(threadId: string, namespace: string, scope?: TransactionScope): Promise<string | undefined>;

  /** Says which checkpoint is the newest of its namespace. */
  saveHead(head: ThreadCheckpointKey, scope: TransactionScope): Promise<void>;

  /** Says that namespaces have no newest checkpoint, whatever they hold: they are begun anew. */
  dropHeads(threadId: string, namespaces: readonly string[], scope: TransactionScope): Promise<void>;

  /**
   * Stores writes, of threads that are stored. One that is there stays as it is, and a special one (whose index is below
   * zero) is replaced. No two of one call are in the same place.
   */
  addWrites(writes: readonly ThreadWrite[], scope: TransactionScope): Promise<void>;

  /** The writes on top of a checkpoint, by task and index. */
  writes(key: ThreadCheckpointKey): Promise<readonly ThreadWrite[]>;

  /** The writes on top of several checkpoints: those of each, in the order of the keys. */
  writesOf(keys: readonly ThreadCheckpointKey[]): Promise<readonly (readonly ThreadWrite[])[]>;

  /**
   * Forgets checkpoints of a thread by the ids that they have in the tree, with their writes; a head among them becomes
   * the largest name that is left in its namespace. Those that stay follow the nearest one before them that stays, or none.
   */
  forget(threadId: string, ids: readonly string[], scope: TransactionScope): Promise<void>;

  /** Removes a thread with everything that was stored about it here. */
  remove(threadId: string, scope: TransactionScope): Promise<void>;
}
