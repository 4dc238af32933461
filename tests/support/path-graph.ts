import { Annotation } from '@langchain/langgraph';

/** A state that remembers what wrote to it, in order. */
export const State = Annotation.Root({
  path: Annotation<string[]>({ reducer: (left, right) => left.concat(right), default: () => [] }),
});

/** A node of a graph with that state. */
export type Node = (state: typeof State.State) => Partial<typeof State.State>;

/** A node that writes its name. */
export const says =
  (name: string): Node =>
  () => ({ path: [name] });

/** How a thread is called. */
export const thread = (thread_id = 't-1', more: object = {}) => ({ configurable: { thread_id, ...more } });
