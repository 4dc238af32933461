import { sha256Hex } from '../../shared/hash.js';
import { identifierProblem } from '../../shared/identifiers.js';
import type { ContentRef } from '../content/encoded.js';

/**
 * A thread of another engine, whose checkpoints are kept as the tree of an execution: LangGraph's `thread_id`.
 */
export interface GraphThread {
  /** Its name: any text that is not empty, as long as it may be. */
  readonly threadId: string;
  /** The execution whose tree its checkpoints are. */
  readonly executionId: string;
  /** How many checkpoints it was given so far, in all namespaces. */
  readonly checkpointsCreated: number;
}

/** Which of a thread's checkpoints: its own name is not enough, for another namespace may have the same. */
export interface ThreadCheckpointKey {
  readonly threadId: string;
  /** Empty for the graph itself; the path to a sub-graph otherwise. */
  readonly namespace: string;
  readonly checkpointId: string;
}

/** A checkpoint of a thread: the name that its engine gave it, and the checkpoint that it is. */
export interface ThreadCheckpoint extends ThreadCheckpointKey {
  /** The one before it, by its engine's word: it need not be there. */
  readonly parentCheckpointId: string | null;
  /** The checkpoint in the tree. */
  readonly id: string;
  /** What belongs to it and is no state: versions, metadata. */
  readonly record: ContentRef;
}

/** What a task wrote on top of a checkpoint, before there is a next one. */
export interface ThreadWrite extends ThreadCheckpointKey {
  readonly taskId: string;
  /** Its place among those of the task. One below zero is a special one: it is replaced when it is written again. */
  readonly index: number;
  readonly channel: string;
  readonly value: ContentRef;
}

/** Which checkpoints of threads to read: the newest first, by their engine's names, which count up. */
export interface ThreadQuery {
  /** Those of all threads when left out. */
  readonly threadId?: string | undefined;
  /** Those of all namespaces when left out. */
  readonly namespace?: string | undefined;
  readonly checkpointId?: string | undefined;
  /** Only those whose name is smaller. */
  readonly before?: string | undefined;
  /** Only those that come after this one in the order of reading. */
  readonly after?: ThreadCheckpointKey | undefined;
  readonly limit: number;
}

/** Which threads to read. */
export interface ThreadPage {
  /** Those that come after this one in the order of reading. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** Whether those come first that were made last. */
  readonly newestFirst?: boolean | undefined;
}

/** What the executions of threads begin with whose names can't be identifiers. */
const HASHED = 'thread:';

/**
 * The name under which a thread is kept: its own, where that can be an identifier of Waymark's, and one that is made from
 * it otherwise. Two threads never have the same.
 *
 * @example
 * threadKey('order-17'); // 'order-17'
 * threadKey('__proto__'); // 'thread:' and 32 hexadecimal digits
 */
export function threadKey(threadId: string): string {
  return identifierProblem(threadId) === undefined && !threadId.startsWith(HASHED) ? threadId : hashedKey(threadId);
}

/** The same for a thread whose own name is taken: there is an execution of that id. */
export function hashedKey(threadId: string): string {
  // As JSON, halves of surrogate pairs are told apart, which UTF-8 has no form for.
  return `${HASHED}${sha256Hex(JSON.stringify(threadId)).slice(0, 32)}`;
}
