import type { NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import type { ExecutionStatus } from '../../../domain/execution/execution-status.js';
import type { JsonObject, JsonValue } from '../../../domain/shared/json.js';
import type { ExecutionResult } from '../execution-result.js';
import type { ChildRecordingOptions } from './recorder-options.js';

/** What a runner says of a node. */
export interface RecordedNodeOptions {
  /** For people; the node's id when left out. */
  readonly name?: string;
  /** The kind of node, in the runner's words; `task` when left out. */
  readonly kind?: string;
  /**
   * Tells this node apart from others of its id: an order's number, a file's name. Without one, the calls are counted.
   * Give one where nodes of one id run at once, or where a run that is repeated may call them in another order.
   */
  readonly key?: string;
  /** The key of the state that takes the result; without one, an object's keys become keys of the state. */
  readonly into?: string;
}

/** The work of a node. What it returns is recorded: it must be JSON, or nothing. */
export type RecordedWork<Result> = (node: RecordedNode) => Result | Promise<Result>;

/** Reasons for which a runner may pause. */
export const RECORDED_PAUSES = ['requested', 'approval', 'timer', 'signal', 'error'] as const;

/** See {@link RECORDED_PAUSES}. */
export type RecordedPause = (typeof RECORDED_PAUSES)[number];

/** A node that is done, with what it returned. */
export interface CompletedNode extends NodeOccurrence {
  /** Its key, where it was given one; otherwise the number of the call. */
  readonly key: string | number;
  /** Left out where it returned nothing. */
  readonly output?: JsonValue;
}

/** What nodes are called in: an execution, or a node. */
export interface RecordedScope {
  /**
   * A node, to be started and settled by hand.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_ID` for an id that is empty or has `/`, `[` or `]`
   */
  node(nodeId: string, options?: RecordedNodeOptions): RecordedNode;

  /**
   * Runs a node: records its start, does its work, and records its result or its failure. Nodes may run at once, and have
   * nodes within them. The n-th call of an id is its n-th occurrence on the present way, unless a key says which it is.
   *
   * @returns what the work returned; where the node is done already, what was recorded of it, and the work is not done
   * @throws whatever the work throws, after that is recorded; WaymarkError `WAYMARK_NOT_JSON` for a result that is not
   *   JSON, `WAYMARK_NODE_RUNNING`, `WAYMARK_RECORDING_PAUSING`, `WAYMARK_RECORDING_ENDED`
   * @example
   * const run = await waymark.recorder.execution({ workflow: 'nightly' });
   * const { rows } = await run.node('fetch', async (node) => {
   *   node.progress(0.5, 'half of it');
   *   return { rows: 10 };
   * });
   */
  node<Result>(nodeId: string, work: RecordedWork<Result>, options?: RecordedNodeOptions): Promise<Result>;

  /**
   * Records an execution within this one. It is paused and cancelled with it, and gone on with when this one is.
   *
   * @throws as `recorder.execution`
   */
  execution(options: ChildRecordingOptions): Promise<RecordedExecution>;
}

/**
 * A node of a runner that records itself: started, and completed or failed, by hand, or by `run.node(id, work)`.
 *
 * @example
 * const run = await waymark.recorder.open(executionId);
 * const node = run.node('fetch');
 * if (await node.start()) await node.complete({ rows: 10 });
 */
export interface RecordedNode extends RecordedScope {
  /** Its id: within other nodes the path of their ids, `fetch/page`. */
  readonly nodeId: string;
  /** Where it is: the id, with the number of the call or the key where it has one, `fetch/page[2]`. */
  readonly address: string;
  /** Whether its result was recorded before: its work need not be done. */
  readonly isRecorded: boolean;
  /** Its result, where it is done; `undefined` where it is not, or returned nothing. */
  readonly output: JsonValue | undefined;
  /** The n-th time this node is reached in this execution; `undefined` before it was started. */
  readonly occurrence: number | undefined;
  /** The n-th try of this occurrence; `undefined` before it was started. */
  readonly attempt: number | undefined;
  /**
   * `executionId/nodeId/occurrence`: the same when the work is repeated after a crash; `undefined` before it was started.
   */
  readonly idempotencyKey: string | undefined;
  /** Aborts when the execution is cancelled, fails or is given up while the node runs. */
  readonly signal: AbortSignal;

  /**
   * Starts the node, once more after it failed. Resolves when that is durable: its work may begin then.
   *
   * @returns false where it is done already: {@link output} has its result, and there is nothing to do
   * @throws WaymarkError `WAYMARK_NODE_RUNNING`, `WAYMARK_RECORDING_PAUSING`, `WAYMARK_RECORDING_ENDED`
   */
  start(): Promise<boolean>;

  /**
   * Records its result, the state with it and a checkpoint, in one commit. Resolves when that is durable. A start that is
   * under way is waited for.
   *
   * @throws WaymarkError `WAYMARK_NODE_NOT_RUNNING`, `WAYMARK_NOT_JSON`, `WAYMARK_RECORDING_ENDED`
   */
  complete(output?: unknown): Promise<void>;

  /**
   * Records that it failed. The execution goes on: try again with `start`, do something else, or end it with `run.fail`.
   *
   * @throws WaymarkError `WAYMARK_NODE_NOT_RUNNING`, `WAYMARK_RECORDING_ENDED`
   */
  fail(error: unknown): Promise<void>;

  /** Tells how far it is: a fraction from 0 to 1, and what is being done. Recorded as `node.progressed`. */
  progress(fraction?: number, message?: string): void;
}

/**
 * An execution that a runner of the host's records itself. Made by `waymark.recorder`.
 *
 * What resolves is durable. A run that is repeated from its beginning skips what is done: nodes that are completed on
 * the present way return what was recorded, and checkpoints that were made are not made again.
 */
export interface RecordedExecution extends RecordedScope {
  readonly id: string;
  /** Where it is in its life, as last committed. */
  readonly status: ExecutionStatus;
  /** What it was started with. */
  readonly input: JsonObject;
  /** Its state as last committed: what it was started with, and what nodes and checkpoints made of it. */
  readonly state: JsonObject;
  /** What it ended with, once it is completed. */
  readonly output: JsonValue;
  /** The nodes that are done on the present way, with what they returned. */
  readonly completed: readonly CompletedNode[];
  /** The addresses of nodes that had begun where it stands and are not done: they run next. */
  readonly nextNodeIds: readonly string[];
  /** The checkpoint it stands at. */
  readonly headCheckpointId: string;
  /** Aborts when it is cancelled, or given up because Waymark closes or its store fails. */
  readonly signal: AbortSignal;

  /**
   * Makes a checkpoint to go back to, of the state that is given or of the present one. A run that is repeated does not
   * make it again.
   *
   * @returns its id
   * @throws WaymarkError `WAYMARK_NOT_JSON`, `WAYMARK_RECORDING_ENDED`
   */
  checkpoint(state?: Readonly<Record<string, unknown>>, options?: { readonly label?: string }): Promise<string>;

  /**
   * Ends it with its result: the state when left out. One that is completed already stays as it is.
   *
   * @throws WaymarkError `WAYMARK_NODE_RUNNING` while nodes run, `WAYMARK_NOT_JSON`, `WAYMARK_RECORDING_ENDED`
   */
  complete(output?: unknown): Promise<ExecutionResult>;

  /** Ends it with a failure. Nodes that run are told to stop. @throws WaymarkError `WAYMARK_RECORDING_ENDED` */
  fail(error: unknown): Promise<ExecutionResult>;

  /** Ends it before its end. Nodes that run are told to stop. @throws WaymarkError `WAYMARK_RECORDING_ENDED` */
  cancel(reason?: string): Promise<ExecutionResult>;

  /**
   * Lets it stand still until `recorder.open` goes on with it. Resolves when no node runs any more; none begins from now
   * on. Not to be waited for within a node.
   *
   * @throws WaymarkError `WAYMARK_RECORDING_ENDED`
   */
  pause(reason?: RecordedPause): Promise<ExecutionResult>;

  /** Resolves when it has ended or stands still, whoever saw to that. @throws WaymarkError when the store failed */
  result(): Promise<ExecutionResult>;
}
