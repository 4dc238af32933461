import type { CheckpointKind } from '../../../domain/checkpoint/checkpoint.js';
import type { ThreadCheckpointKey } from '../../../domain/checkpoint/thread/graph-thread.js';

/** The version of a channel: it counts up. */
export type ThreadVersion = string | number;

/** The versions of channels, by name. */
export type ThreadVersions = Readonly<Record<string, ThreadVersion>>;

/** A checkpoint of a thread that is to be stored. */
export interface ThreadPut extends ThreadCheckpointKey {
  /** The one it follows, in the same namespace; `null` for none. It need not be there. */
  readonly parentCheckpointId: string | null;
  /** For the first one of a sub-graph: the checkpoint of the graph itself that it runs from, where that is known. */
  readonly outerCheckpointId: string | null;
  readonly kind: CheckpointKind;
  /** The nodes that run next, as far as that can be told. */
  readonly nextNodeIds: readonly string[];
  /** The channels of the state. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly versions: ThreadVersions;
  /** The channels that changed since the one before. The others are taken over from there, and cost nothing. */
  readonly newVersions: ThreadVersions;
  /** Whether a channel's value is to be made of what was written since a checkpoint before: then that is kept, too. */
  readonly needsParent?: boolean;
  /** What else belongs to it: plain data, or a promise of it. */
  readonly details: unknown;
  /** Makes what is stored of a channel's value, for a host that has a format of its own. */
  readonly prepare?: ((value: unknown) => Promise<unknown>) | undefined;
}

/** What a task wrote, as it is read back. */
export interface ThreadWriteSnapshot {
  readonly taskId: string;
  readonly channel: string;
  readonly value: unknown;
}

/** A checkpoint of a thread without its state. */
export interface ThreadListing extends ThreadCheckpointKey {
  readonly parentCheckpointId: string | null;
  /** The checkpoint in the tree of {@link executionId}. */
  readonly id: string;
  readonly versions: ThreadVersions;
  readonly details: unknown;
}

/** A checkpoint of a thread, read back and checked. Everything in it is made anew: the caller may change it. */
export interface ThreadSnapshot extends ThreadListing {
  readonly values: Record<string, unknown>;
  /** By task, and in the order in which the task wrote. */
  readonly writes: readonly ThreadWriteSnapshot[];
}

/** What led to a channel's value since it was last stored whole. */
export interface ChannelHistory {
  /** The oldest first. */
  readonly writes: readonly ThreadWriteSnapshot[];
  /** The value that the first of them was written on top of; left out where there was none. */
  readonly seed?: { readonly value: unknown };
}
