/**
 * `waymark/langgraph`: LangGraph.js on Waymark. Its packages are optional: install `@langchain/langgraph` and
 * `@langchain/core` beside Waymark.
 *
 * @packageDocumentation
 */
export {
  importThreads,
  type ImportThreadsOptions,
  type ImportThreadsPhase,
  type ImportThreadsResult,
} from './composition/import-threads.js';
export { WaymarkSaver, type WaymarkSaverOptions } from './composition/waymark-saver.js';
export { observe, type ObservedGraph } from './infrastructure/bridge/langgraph/observe/observe.js';
export type { GraphCallReason, ObserveOptions } from './infrastructure/bridge/langgraph/observe/observe-options.js';
export type {
  GraphBreakpoint,
  GraphBreakpointScope,
  GraphCondition,
} from './infrastructure/bridge/langgraph/observe/graph-breakpoints.js';
