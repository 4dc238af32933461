import type { ForeignValues } from '../../../domain/checkpoint/content/encoded.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { ThreadRecord } from '../../checkpoint/thread/thread-record.js';

/** The verbs that a thread's own graph is asked for. */
export type ThreadRefusal =
  | 'resume'
  | 'pause'
  | 'cancel'
  | 'restart'
  | 'retryNode'
  | 'skipNode'
  | 'modifyState'
  | 'label'
  | 'step'
  | 'setBreakpoints'
  | 'previewRollback';

/** What only the engine of threads knows of their checkpoints. None of it needs the engine's own code. */
export interface ThreadEngine {
  /** What a thread's workflow is called while nobody has observed its graph. */
  readonly name: string;
  /** How values are read and stored here: objects of the engine stay what they are, without being made. */
  readonly values: ForeignValues;

  /** A name for a new checkpoint, which sorts after the one that is given. */
  nextName(after: string | undefined, nowMs: number): string;

  /** What a record says of a copy of its checkpoint, that stands at the same place and has yet to be gone on from. */
  copied(record: ThreadRecord, at: string): ThreadRecord;

  /**
   * The checkpoint with its channels edited by a JSON Merge Patch: exactly those tasks run next that would have.
   *
   * @param valueOf the values that channels have now
   * @throws InvalidArgumentError for a channel that is not part of the state; WaymarkError `WAYMARK_THREAD_EDIT` for one
   *   whose value can't be told without the graph
   */
  edited(record: ThreadRecord, patch: JsonObject, valueOf: ReadonlyMap<string, unknown>, at: string): EditedCheckpoint;

  /** For a checkpoint of a sub-graph: that of the graph itself which it was run from, by its name. */
  outerOf(record: ThreadRecord): string | undefined;

  /** Whether somebody made the checkpoint by hand: what it needs of those before it, its record does not tell. */
  isMadeByHand(record: ThreadRecord): boolean;

  /** Whether a namespace is that of one call of a sub-graph, and of no other call. */
  isOfOneCall(namespace: string): boolean;

  /** What a write on top of a checkpoint says of where it stands. */
  meaningOf(channel: string): 'waits' | 'failed' | undefined;

  /** Whether a node is the engine's own. */
  isOwnNode(nodeId: string): boolean;

  /** How a graph's user does what a verb of Waymark's own executions does: one sentence. */
  insteadOf(verb: ThreadRefusal): string;
}

/** A checkpoint with its channels edited. */
export interface EditedCheckpoint {
  readonly record: ThreadRecord;
  /** The new value of each channel that was edited, but for those that are empty now. */
  readonly values: ReadonlyMap<string, unknown>;
}
