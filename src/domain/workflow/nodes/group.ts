import type { JsonObject } from '../../shared/json.js';
import type { NodeOptions } from './node-options.js';
import type { GraphBody, GroupNode } from './workflow-node.js';

/** A group as it is declared. */
export type GroupOptions<State extends object = JsonObject> = NodeOptions<State> & GraphBody<State>;

/**
 * Declares a graph as one node: what follows it waits for all of it.
 *
 * @example
 * group({ nodes: { fetch: task(() => ({ page: '<p>' })), parse: task(() => ({ words: 1 })) }, edges: { fetch: 'parse' } });
 */
export function group<State extends object = JsonObject>(options: GroupOptions<State>): GroupNode<State> {
  const { nodes, edges, entry, ...rest } = options;
  const body = Object.freeze({ nodes, edges, ...(entry === undefined ? {} : { entry }) });
  return Object.freeze({ ...rest, kind: 'group', body });
}
