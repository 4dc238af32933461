/** What a run of a graph is configured with, as far as observing it goes: a part of LangGraph's config. */
export interface GraphConfig {
  readonly configurable?: Readonly<Record<string, unknown>> | undefined;
  readonly callbacks?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly runId?: string | undefined;
  readonly durability?: string | undefined;
  readonly checkpointDuring?: boolean | undefined;
  readonly interruptBefore?: unknown;
  readonly interruptAfter?: unknown;
}

/** What a thread stands at. */
export interface GraphSnapshot {
  readonly next: readonly string[];
  readonly config: GraphConfig;
}

/** A node of a compiled graph. */
export interface GraphNode {
  readonly triggers?: readonly string[];
  /** How long it may take, in milliseconds: `{ runTimeout, idleTimeout }`. */
  readonly timeout?: unknown;
  /** The graph that it is. */
  readonly subgraphs?: readonly unknown[];
  readonly tags?: readonly string[];
}

/** A task of a superstep. */
export interface GraphTask {
  readonly name: string;
  /** What it wrote: nothing while it has not ended. */
  readonly writes: readonly unknown[];
}

/** What drives a run, superstep by superstep: a part of LangGraph's `PregelLoop`. */
export interface GraphLoop {
  readonly channels: Readonly<Record<string, { get(): unknown }>>;
  /** The tasks of the superstep that is under way, or that comes next. */
  readonly tasks: Readonly<Record<string, GraphTask>>;
  readonly step: number;
  readonly status: string;
}

/** A compiled graph, as far as observing it goes: a part of LangGraph's `Pregel`. */
export interface Graph {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  readonly config?: GraphConfig | undefined;
  readonly checkpointer?: unknown;
  readonly interruptBefore?: unknown;
  readonly interruptAfter?: unknown;
  /** The channels that make up the state. */
  readonly streamChannelsAsIs: string | readonly string[];
  getName(): string;
  getState(config: GraphConfig): Promise<GraphSnapshot>;
  bulkUpdateState(config: GraphConfig, supersteps: readonly Superstep[]): Promise<GraphConfig>;
  /** What `invoke`, `stream`, `streamEvents` and `batch` all come down to. */
  _streamIterator(input: unknown, options?: GraphConfig): AsyncGenerator<unknown, void, undefined>;
  /** Completes the configuration of a run; the fifth thing it gives back is what the nodes will see. */
  _defaults(config: GraphConfig): unknown[];
  /** Runs what a run has been made ready for. */
  _runLoop(run: { readonly loop: GraphLoop; readonly config: GraphConfig }): Promise<void>;
  invoke(input: unknown, config: GraphConfig): Promise<unknown>;
  /** Holds what a run is called with to the schema of the graph's context. */
  _validateContext(context: unknown): Promise<unknown>;
}

/** One step of edits to a thread's state. */
export interface Superstep {
  readonly updates: readonly { readonly values?: unknown; readonly asNode?: string | undefined }[];
}

/** The class of a compiled graph. It can be made anew from its own fields: LangGraph's `withConfig` does so. */
export type GraphClass = new (fields: object) => Graph;

/** What a graph that runs pushes to whoever listens: where in the graph, in which stream mode, and what. */
export type StreamChunk = readonly [namespace: readonly string[], mode: string, payload: unknown];

/** Where a graph that runs pushes its chunks, as LangGraph passes it on to sub-graphs. */
export interface StreamTarget {
  readonly modes: ReadonlySet<string>;
  push(chunk: StreamChunk): void;
}

/** A sub-graph finds in its configuration, under this key, that the graph around it is observed already. */
export const OBSERVED = '__waymark_observed';
/** Says, in the configuration of a run, that it is to stop after one superstep. */
export const STEPPING = '__waymark_stepping';
/** Where a graph looks for somebody else who wants its chunks. */
export const STREAM = '__pregel_stream';
/** Where a graph hands its checkpointer on to sub-graphs. */
export const CHECKPOINTER = '__pregel_checkpointer';

/** Whether a value has keys that can be looked at. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
