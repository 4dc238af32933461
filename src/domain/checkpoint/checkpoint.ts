import type { NodeOccurrence } from '../execution/node-attempt.js';
import type { Progress } from '../execution/progress.js';
import type { Hash } from '../shared/hash.js';
import type { ContentRef } from './content/encoded.js';

/** What led to a checkpoint. */
export const CHECKPOINT_KINDS = ['auto', 'manual', 'entry', 'exit', 'approval', 'timer', 'signal', 'error'] as const;

/** See {@link CHECKPOINT_KINDS}. */
export type CheckpointKind = (typeof CHECKPOINT_KINDS)[number];

/** The name of the branch that an execution starts on. */
export const MAIN_BRANCH = 'main';

/** Where an execution stands: what is done, and what runs next. */
export interface ExecutionPosition {
  /** The occurrences that are completed, in the order of their completion. */
  readonly completed: readonly NodeOccurrence[];
  /** The addresses of the nodes that run next, parallel ones included. */
  readonly nextNodeIds: readonly string[];
  /** The keys of the state that last nodes have set, for the output; left out while there are none. */
  readonly outputKeys?: readonly string[];
  /** What is open within the graph; left out while nothing is. */
  readonly progress?: Progress;
}

/**
 * A node in an execution's checkpoint tree. It never changes, but for its label, and but for its parent where that is
 * pruned: then it hangs on the nearest one before it that is kept. Its state is stored by content and is not part of it: a
 * list of checkpoints never reads state.
 */
export interface Checkpoint {
  readonly id: string;
  readonly executionId: string;
  /** The checkpoint before it; `null` for the first. */
  readonly parentId: string | null;
  readonly branchId: string;
  /** The n-th checkpoint of its execution, from 0, in the order of creation. */
  readonly sequence: number;
  readonly kind: CheckpointKind;
  /** A name that somebody gave it, of which its execution has one; `null` for most. All but this never changes. */
  readonly label: string | null;
  /** The node that led to it. */
  readonly nodeId: string | null;
  readonly occurrence: number | null;
  readonly position: ExecutionPosition;
  /** Identifies the state: SHA-256 over its manifest. */
  readonly stateHash: Hash;
  /** Where the value of each top-level key of the state is kept. */
  readonly manifest: StateManifest;
  /** Size of the state as JSON, in bytes. */
  readonly stateBytes: number;
  /**
   * What its state added to the store, in bytes: content that was there already counts nothing. The row of the
   * checkpoint itself (its ids, what it changes of the position and the manifest: some hundred bytes) is not counted.
   */
  readonly storedBytes: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** The top-level keys of a state in their order, each with the address of its value. */
export type StateManifest = readonly (readonly [key: string, ref: ContentRef])[];

/** A line of checkpoints within one execution. */
export interface Branch {
  readonly executionId: string;
  readonly branchId: string;
  /** The branch it left; `null` for the first. */
  readonly parentBranchId: string | null;
  /** The checkpoint it started at; `null` for the first. */
  readonly startCheckpointId: string | null;
  /** Its newest checkpoint. */
  readonly headCheckpointId: string;
  /**
   * Whether a rollback left it: what it holds beyond its start is kept, and is no longer part of the execution's way.
   */
  readonly abandoned: boolean;
}

/** A piece of state, stored once whatever refers to it. */
export interface Content {
  /** SHA-256 of the body: in base64url for the typed text format, in hexadecimal for JSON of the first format. */
  readonly hash: Hash;
  /** Its text. */
  readonly body: string;
}
