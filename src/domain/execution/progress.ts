import type { ErrorRecord } from '../events/families/fields.js';
import type { JsonObject, JsonValue } from '../shared/json.js';
import type { NodeAttempt } from './node-attempt.js';

/**
 * Where an execution stands within its graph, beyond what is completed and what runs next. It holds what is open, and so
 * does not grow with what was done.
 *
 * An **address** names one instance of a node: the path of its local ids, with the index of the body after a loop or a
 * map (`refine[2]/draft`, `each[17]/body`). At the top level it is the node's id. A **node id** is an address without
 * indices.
 */
export interface Progress {
  /** The addresses of nodes that were passed over, as far as something may still follow from that. */
  readonly skipped: readonly string[];
  /** By the address of a decision, the local ids of the nodes that it chose. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
  /** Nodes with bodies that were started and are not settled, the outer ones first. */
  readonly open: readonly OpenComposite[];
}

/** A node with a body (a group, a parallel, a loop or a map) that was started and is not settled. */
export interface OpenComposite {
  /** Its address. */
  readonly at: string;
  readonly nodeId: string;
  readonly occurrence: number;
  readonly attempt: number;
  /** How many bodies it has in all, where that is known: the items of a map. */
  readonly total?: number;
  /** The index of the body that is to be opened next: of a map's next item, of a loop's next pass. */
  readonly next?: number;
  /** The bodies that are open. */
  readonly bodies: readonly OpenBody[];
}

/** One body that is open: a pass of a loop, an item of a map, what is within a group or a parallel. */
export interface OpenBody {
  /** Passes of a loop from 1, items of a map from 0; 0 for what has one body. */
  readonly index: number;
  /** The local ids of its nodes that are completed. */
  readonly done: readonly string[];
  /** The local ids of its nodes that failed and are not to be tried again; left out while there are none. */
  readonly failed?: readonly string[];
}

/** What a node may wait for that was started and does not run. */
export const AWAITED = ['approval', 'timer', 'signal', 'retry', 'execution'] as const;

/** See {@link AWAITED}. */
export type Awaiting = (typeof AWAITED)[number];

/** A node that was started and waits. */
export interface SuspendedNode extends NodeAttempt {
  readonly awaiting: Awaiting;
  /** Since when, as ISO 8601 in UTC. */
  readonly since: string;
  /** When the wait ends by itself, as ISO 8601 in UTC. */
  readonly dueAt?: string;
  /** The name of the signal. */
  readonly name?: string;
  /** The execution of a sub-workflow. */
  readonly childExecutionId?: string;
  /** Why the last attempt failed, for a retry. */
  readonly error?: ErrorRecord;
  /** What else belongs to the wait: what is to be approved and by whom. */
  readonly details?: JsonObject;
  /** What ended the wait, where the execution has not gone on with it yet: a decision, or what came with a signal. */
  readonly settled?: { readonly value: JsonValue };
}

/** A signal that came before anything waited for it. */
export interface KeptSignal {
  readonly name: string;
  /** What came with it. */
  readonly value: JsonValue;
  /** When it came, as ISO 8601 in UTC. */
  readonly at: string;
  /** Who sent it. */
  readonly by?: string;
}

/** Stands for a flat workflow, and for one in which nothing is open. */
export const NO_PROGRESS: Progress = Object.freeze({
  skipped: Object.freeze([]),
  choices: Object.freeze({}),
  open: Object.freeze([]),
});

/** Whether there is nothing to be kept of it. */
export function isNoProgress({ skipped, choices, open }: Progress): boolean {
  return skipped.length === 0 && open.length === 0 && Object.keys(choices).length === 0;
}
