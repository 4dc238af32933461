import type { JsonObject, JsonValue } from '../../shared/json.js';

/** What a node's work is given. */
export interface NodeContext<State extends object = JsonObject> {
  /** The state as it was when the node started. Frozen. */
  readonly state: Readonly<State>;
  /** What the execution was started with. Frozen. */
  readonly input: JsonObject;
  readonly executionId: string;
  /** The node's id: within other nodes the path of local ids, `review/draft`. */
  readonly nodeId: string;
  /** The n-th time this node is reached in this execution, from 1. */
  readonly occurrence: number;
  /** The n-th try of this occurrence, from 1. */
  readonly attempt: number;
  /**
   * `executionId/nodeId/occurrence`: the same when the work is repeated after a crash. Hand it to services that take
   * one, so that they do the work once.
   */
  readonly idempotencyKey: string;
  /**
   * Grows with every owner that the execution has. A service that keeps the greatest it has seen, and refuses a smaller
   * one, is not written to by an owner that was taken for dead.
   */
  readonly fencingToken: number;
  /** The number of the pass, from 1, within a loop: of the innermost one. */
  readonly iteration?: number;
  /** The item, and its index from 0, within a map: of the innermost one. */
  readonly item?: JsonValue;
  readonly index?: number;
  /** The folder that the work is to be done in, where the execution has one of its own. */
  readonly workspace?: { readonly id: string; readonly path: string };
  /** What the work is to be done with, where the execution has an environment: hand both to the processes it begins. */
  readonly environment?: {
    readonly id: string;
    readonly variables: Readonly<Record<string, string>>;
    /** The folders that come first in `PATH`. */
    readonly path: readonly string[];
  };
  /** Aborts when the execution is cancelled, or the node's time is up. */
  readonly signal: AbortSignal;
  /** Tells how far the work is: a fraction from 0 to 1, and what is being done. Recorded as `node.progressed`. */
  readonly progress: (fraction?: number, message?: string) => void;
  /** Says that the work is alive, where the node has `heartbeatMs`. `progress` says so too. Nothing is recorded. */
  readonly heartbeat: () => void;
}

/**
 * What a compensation is given: the state as its node left it (within a map with the item of the node, and with what the
 * item's nodes had returned), and which occurrence it undoes.
 */
export interface CompensationContext<State extends object = JsonObject> extends Pick<
  NodeContext<State>,
  | 'state'
  | 'input'
  | 'executionId'
  | 'nodeId'
  | 'occurrence'
  | 'idempotencyKey'
  | 'iteration'
  | 'item'
  | 'index'
  | 'workspace'
  | 'environment'
> {
  /** The n-th try of this compensation, from 1, where its policy allows several. */
  readonly attempt: number;
  /** Aborts when this try's time is up, or somebody else goes on with the execution. */
  readonly signal: AbortSignal;
  /** The part of the state that changed as the node ended: what it returned, as far as that was new. */
  readonly output: JsonObject;
  /** Why it is undone. */
  readonly reason: string;
}

/** Undoes what a node did outside, when its execution is rolled back or its workflow undoes itself. */
export type Compensation<State extends object = JsonObject> = (
  context: CompensationContext<State>,
) => Promise<void> | void;
