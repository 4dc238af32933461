import type { JsonObject } from '../../shared/json.js';
import type { NodeOptions } from './node-options.js';
import type { FailurePolicy, MapNode, MapSource, NodeBody } from './workflow-node.js';

/** A map as it is declared. */
export interface MapOptions<State extends object, ItemState extends object> extends NodeOptions<State> {
  /** The key of a list in the state, a function that gives a list, or an expression made with `expr`. */
  readonly over: MapSource<State>;
  /** The key under which the body sees its item; `item` when left out. */
  readonly as?: string;
  /** A node, or a graph: what is done for every item. */
  readonly each: NodeBody<ItemState>;
  /** How many items are worked on at once at most; all of them when left out. */
  readonly concurrency?: number;
  /** The key of the list that holds, for each item, what its nodes returned. */
  readonly into: string;
  /** `fail-fast` when left out: the first failure cancels what runs for other items. `collect` lets all settle. */
  readonly onFailure?: FailurePolicy;
}

/**
 * Declares a body that is run for every item of a list. It sees the state with its item and with what its own nodes
 * have returned so far; what other items return it doesn't see.
 *
 * @example
 * const measure = task<{ file: string; size?: number }>(({ state }) => ({ size: state.file.length }));
 * map({ over: 'files', as: 'file', each: measure, concurrency: 4, into: 'sizes' });
 */
export function map<State extends object = JsonObject, ItemState extends object = JsonObject>(
  options: MapOptions<State, ItemState>,
): MapNode<State> {
  // A body is typed by the state that it sees, which is not that of the nodes around the map.
  const each = options.each as unknown as NodeBody;
  return Object.freeze({ as: 'item', onFailure: 'fail-fast', ...options, each, kind: 'map' });
}
