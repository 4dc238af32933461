import { BaseCallbackHandler } from './langgraph-package.js';
import type { Serialized } from '@langchain/core/load/serializable';
import type { BaseMessage } from '@langchain/core/messages';
import type { LLMResult } from '@langchain/core/outputs';
import type { CallPlace, Calls } from './calls.js';
import { isRecord } from './graph.js';
import { modelAnswer, modelOf } from './model-answer.js';
import type { NodeRun } from './node-runs.js';

type Metadata = Record<string, unknown>;

/** Who wants to know of a graph's nodes and of what is called in them. */
export interface CallbackTarget {
  readonly calls: Calls;
  /** Does what must not break the graph; nothing once the run is over. */
  attempt<Result>(work: () => Result): Result | undefined;
  nodeStarted(callbackId: string, namespace: string, name: string): NodeRun;
  nodeReturned(callbackId: string, output: unknown): void;
  nodeThrew(callbackId: string, error: unknown): void;
  /** Something was sent by name, with LangChain's `dispatchCustomEvent`. */
  sent(name: string, data: unknown, place: CallPlace): void;
  /** The graph itself returned. */
  graphReturned(output: unknown): void;
}

// LangGraph tags the run of each node with its superstep, and what nobody is to see.
const STEP = 'graph:step:';
const HIDDEN = 'langsmith:hidden';

/**
 * LangChain's callbacks, as they come from a graph that runs: what is a node, what is called in which node, and from
 * which call.
 */
export class ObservingCallbacks extends BaseCallbackHandler {
  readonly name = 'waymark';
  readonly #target: CallbackTarget;
  /** What everything that runs is in. */
  readonly #places = new Map<string, CallPlace>();
  #graphId: string | undefined;

  constructor(target: CallbackTarget) {
    // LangChain waits for the handler, so that what is told comes in the order in which it happens.
    super({ _awaitHandler: true });
    this.#target = target;
  }

  // The declaration in LangChain names the parameters behind the third in another order than they come in.
  override handleChainStart(
    _chain: Serialized,
    _inputs: unknown,
    runId: string,
    parentRunId?: string,
    tags: string[] = [],
    metadata: Metadata = {},
    _type?: string,
    name?: string,
  ): void {
    this.#target.attempt(() => {
      this.#graphId ??= runId;
      const namespace = metadata['langgraph_checkpoint_ns'];
      const isNode = tags.some((tag) => tag.startsWith(STEP)) && !tags.includes(HIDDEN);
      if (!isNode || typeof namespace !== 'string') return this.#enter(runId, this.#within(parentRunId));
      const node = this.#target.nodeStarted(runId, namespace, name ?? String(metadata['langgraph_node']));
      return this.#enter(runId, { node });
    });
  }

  override handleChainEnd(output: unknown, runId: string): void {
    this.#target.attempt(() => {
      this.#places.delete(runId);
      if (runId === this.#graphId) this.#target.graphReturned(output);
      else this.#target.nodeReturned(runId, output);
    });
  }

  override handleChainError(error: unknown, runId: string): void {
    this.#target.attempt(() => {
      this.#places.delete(runId);
      this.#target.nodeThrew(runId, error);
    });
  }

  override handleChatModelStart(
    model: Serialized,
    messages: BaseMessage[][],
    runId: string,
    parentRunId?: string,
    extraParams?: Record<string, unknown>,
    _tags?: string[],
    metadata?: Metadata,
  ): void {
    this.#modelAsked(model, messages[0], runId, parentRunId, extraParams, metadata);
  }

  override handleLLMStart(
    model: Serialized,
    prompts: string[],
    runId: string,
    parentRunId?: string,
    extraParams?: Record<string, unknown>,
    _tags?: string[],
    metadata?: Metadata,
  ): void {
    this.#modelAsked(model, prompts[0], runId, parentRunId, extraParams, metadata);
  }

  override handleLLMNewToken(_token: string, _index: unknown, runId: string): void {
    this.#target.attempt(() => this.#target.calls.chunkArrived(runId));
  }

  override handleChatModelStreamEvent(event: unknown, runId: string): void {
    // Of the events about an answer, those that bring a part of it.
    if (!isRecord(event) || !String(event['event']).endsWith('delta')) return;
    this.#target.attempt(() => this.#target.calls.chunkArrived(runId));
  }

  override handleLLMEnd(
    output: LLMResult,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    extraParams?: Record<string, unknown>,
  ): void {
    // An answer from a cache comes as a single token.
    const isCached = extraParams?.['cached'] === true;
    this.#leave(runId, (calls) => calls.modelAnswered(runId, modelAnswer(output), isCached));
  }

  override handleLLMError(error: unknown, runId: string): void {
    this.#leave(runId, (calls) => calls.modelFailed(runId, error));
  }

  override handleToolStart(
    tool: Serialized,
    input: string,
    runId: string,
    parentRunId?: string,
    _tags?: string[],
    _metadata?: Metadata,
    name?: string,
  ): void {
    this.#target.attempt(() => {
      const place = this.#within(parentRunId);
      this.#target.calls.toolCalled(runId, place, name ?? nameOf(tool), input);
      this.#enter(runId, { ...place, callId: runId });
    });
  }

  override handleToolEnd(output: unknown, runId: string): void {
    this.#leave(runId, (calls) => calls.toolReturned(runId, output));
  }

  override handleToolError(error: unknown, runId: string): void {
    this.#leave(runId, (calls) => calls.toolThrew(runId, error));
  }

  override handleRetrieverStart(_retriever: Serialized, query: string, runId: string, parentRunId?: string): void {
    this.#target.attempt(() => {
      const place = this.#within(parentRunId);
      this.#target.calls.retrieverAsked(runId, place, query);
      this.#enter(runId, { ...place, callId: runId });
    });
  }

  override handleRetrieverEnd(documents: readonly unknown[], runId: string): void {
    this.#leave(runId, (calls) => calls.retrieverFound(runId, documents.length));
  }

  override handleRetrieverError(_error: unknown, runId: string): void {
    // There is no event for it: the node that it is called in fails, or goes on without documents.
    this.#places.delete(runId);
  }

  override handleCustomEvent(name: string, data: unknown, runId: string): void {
    this.#target.attempt(() => this.#target.sent(name, data, this.#within(runId)));
  }

  #modelAsked(
    model: Serialized,
    input: unknown,
    runId: string,
    parentRunId: string | undefined,
    extraParams: unknown,
    metadata: unknown,
  ): void {
    this.#target.attempt(() => {
      const place = this.#within(parentRunId);
      const { model: name, provider } = modelOf(model, extraParams, metadata);
      this.#target.calls.modelAsked(runId, place, name, provider, input);
      this.#enter(runId, { ...place, callId: runId });
    });
  }

  #within(runId: string | undefined): CallPlace {
    return (runId === undefined ? undefined : this.#places.get(runId)) ?? {};
  }

  #enter(runId: string, place: CallPlace): void {
    this.#places.set(runId, place);
  }

  #leave(runId: string, tell: (calls: Calls) => void): void {
    this.#target.attempt(() => {
      this.#places.delete(runId);
      tell(this.#target.calls);
    });
  }
}

function nameOf(tool: unknown): string {
  const { name, id } = isRecord(tool) ? tool : {};
  if (typeof name === 'string') return name;
  const last: unknown = Array.isArray(id) ? id.at(-1) : undefined;
  return typeof last === 'string' ? last : 'unknown';
}
