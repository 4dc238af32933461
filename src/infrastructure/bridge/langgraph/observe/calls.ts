import { isGraphBubbleUp } from './langgraph-package.js';
import { errorRecord } from '../../../../application/context/error-record.js';
import { LlmCompleted, LlmFailed, LlmStarted, LlmStreamed } from '../../../../domain/events/families/llm.events.js';
import { RetrieverCompleted, RetrieverStarted } from '../../../../domain/events/families/retriever.events.js';
import { ToolCompleted, ToolFailed, ToolStarted } from '../../../../domain/events/families/tool.events.js';
import { asJson } from './as-json.js';
import type { ModelAnswer } from './model-answer.js';
import type { NodeRun } from './node-runs.js';
import type { RunContext } from './run-context.js';

/** Where a call stands: the node that it is made in, and the call that it is made from. */
export interface CallPlace {
  readonly node?: NodeRun | undefined;
  readonly callId?: string | undefined;
}

interface Call {
  /** The model or the tool. */
  readonly name: string;
  readonly place: CallPlace;
  readonly startedAt: number;
  /** The event that tells of its start. */
  readonly startedId: string | undefined;
  chunks: number;
  firstChunkAt: number;
  lastChunkAt: number;
}

/** Tells of the calls of models, tools and retrievers within one run. */
export class Calls {
  readonly #run: RunContext;
  readonly #calls = new Map<string, Call>();

  constructor(run: RunContext) {
    this.#run = run;
  }

  modelAsked(callId: string, place: CallPlace, model: string, provider: string | undefined, input: unknown): void {
    const { events } = this.#run;
    const payload = { ...this.#common(callId, place), model, ...(provider === undefined ? {} : { provider }) };
    const isWanted = events.keeps(LlmStarted.type, 'input');
    const startedId = events.tell(LlmStarted, isWanted ? { ...payload, input: asJson(input) } : payload, {
      causationId: this.#cause(place),
      otherwise: payload,
    });
    this.#began(callId, model, place, startedId);
  }

  /** A part of an answer arrived. */
  chunkArrived(callId: string): void {
    const call = this.#calls.get(callId);
    if (call === undefined) return;
    call.lastChunkAt = this.#run.events.now();
    if (call.chunks === 0) call.firstChunkAt = call.lastChunkAt;
    call.chunks += 1;
  }

  modelAnswered(callId: string, { output, ...answer }: ModelAnswer, isCached: boolean): void {
    const call = this.#ended(callId);
    if (call === undefined) return;
    const { events } = this.#run;
    const common = { ...this.#common(callId, call.place), model: call.name };
    const telling = { causationId: call.startedId };
    if (call.chunks > 0 && !isCached) {
      const durationMs = Math.max(0, call.lastChunkAt - call.firstChunkAt);
      events.tell(LlmStreamed, { ...common, chunks: call.chunks, durationMs }, telling);
    }
    const payload = { ...common, ...answer, durationMs: this.#elapsed(call) };
    const isWanted = events.keeps(LlmCompleted.type, 'output');
    events.tell(LlmCompleted, isWanted ? { ...payload, output: asJson(output()) } : payload, {
      ...telling,
      otherwise: payload,
    });
  }

  modelFailed(callId: string, error: unknown): void {
    const call = this.#ended(callId);
    if (call === undefined) return;
    const payload = { ...this.#common(callId, call.place), model: call.name, durationMs: this.#elapsed(call) };
    this.#run.events.tell(LlmFailed, { ...payload, error: errorRecord(error) }, { causationId: call.startedId });
  }

  toolCalled(callId: string, place: CallPlace, toolName: string, input: string): void {
    const { events } = this.#run;
    const payload = { ...this.#common(callId, place), toolName };
    const isWanted = events.keeps(ToolStarted.type, 'input');
    const startedId = events.tell(ToolStarted, isWanted ? { ...payload, input: asJson(parsed(input)) } : payload, {
      causationId: this.#cause(place),
      otherwise: payload,
    });
    this.#began(callId, toolName, place, startedId);
  }

  toolReturned(callId: string, output: unknown): void {
    const call = this.#ended(callId);
    if (call === undefined) return;
    const { events } = this.#run;
    const payload = { ...this.#common(callId, call.place), toolName: call.name, durationMs: this.#elapsed(call) };
    const isWanted = events.keeps(ToolCompleted.type, 'output');
    events.tell(ToolCompleted, isWanted ? { ...payload, output: asJson(output) } : payload, {
      causationId: call.startedId,
      otherwise: payload,
    });
  }

  toolThrew(callId: string, error: unknown): void {
    const call = this.#ended(callId);
    // A tool that waits for somebody throws as well; the node that it is called in tells of that.
    if (call === undefined || isGraphBubbleUp(error)) return;
    const payload = { ...this.#common(callId, call.place), toolName: call.name, durationMs: this.#elapsed(call) };
    this.#run.events.tell(ToolFailed, { ...payload, error: errorRecord(error) }, { causationId: call.startedId });
  }

  retrieverAsked(callId: string, place: CallPlace, query: string): void {
    const { events } = this.#run;
    const payload = this.#common(callId, place);
    const isWanted = events.keeps(RetrieverStarted.type, 'query');
    const startedId = events.tell(RetrieverStarted, isWanted ? { ...payload, query } : payload, {
      causationId: this.#cause(place),
      otherwise: payload,
    });
    this.#began(callId, 'retriever', place, startedId);
  }

  retrieverFound(callId: string, documents: number): void {
    const call = this.#ended(callId);
    if (call === undefined) return;
    const payload = { ...this.#common(callId, call.place), documents, durationMs: this.#elapsed(call) };
    this.#run.events.tell(RetrieverCompleted, payload, { causationId: call.startedId });
  }

  #began(callId: string, name: string, place: CallPlace, startedId: string | undefined): void {
    const startedAt = this.#run.events.now();
    this.#calls.set(callId, { name, place, startedAt, startedId, chunks: 0, firstChunkAt: 0, lastChunkAt: 0 });
  }

  #ended(callId: string): Call | undefined {
    const call = this.#calls.get(callId);
    this.#calls.delete(callId);
    return call;
  }

  /** The call that it is made from, or the node, or the run. */
  #cause({ node, callId }: CallPlace): string | undefined {
    const outer = callId === undefined ? undefined : this.#calls.get(callId)?.startedId;
    return outer ?? node?.startedId ?? this.#run.beganId();
  }

  #common(callId: string, place: CallPlace) {
    return {
      executionId: this.#run.executionId,
      ...(place.node === undefined ? {} : { nodeId: place.node.nodeId }),
      callId,
      ...(place.callId === undefined ? {} : { parentCallId: place.callId }),
    };
  }

  #elapsed(call: Call): number {
    return Math.max(0, this.#run.events.now() - call.startedAt);
  }
}

/** LangChain hands a tool's arguments over as text, which is JSON where there are several. */
function parsed(input: string): unknown {
  try {
    return JSON.parse(input) as unknown;
  } catch {
    // One argument, as it was given.
    return input;
  }
}
