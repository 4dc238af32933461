import type { Graph, GraphLoop } from './graph.js';

/** The state of a run as it is now: the channels of the graph's state that hold something. */
export function stateOf(
  { streamChannelsAsIs: names }: Pick<Graph, 'streamChannelsAsIs'>,
  { channels }: Pick<GraphLoop, 'channels'>,
): Readonly<Record<string, unknown>> {
  const state: [string, unknown][] = [];
  for (const name of typeof names === 'string' ? [names] : names) {
    try {
      state.push([name, channels[name]?.get()]);
    } catch {
      // LangGraph's word for a channel that nothing was written to yet.
    }
  }
  return Object.freeze(Object.fromEntries(state));
}
