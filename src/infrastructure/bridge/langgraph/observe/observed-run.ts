import { getConfig } from './langgraph-package.js';
import type { AdapterServices } from '../../../../application/shared/adapter-services.js';
import { runInAmbience } from '../../../../application/context/run-with-context.js';
import type { BreakpointMoment } from '../../../../domain/execution/breakpoints.js';
import { GraphCustomEmitted } from '../../../../domain/events/families/graph.events.js';
import { asJson } from './as-json.js';
import { type CallbackTarget, ObservingCallbacks } from './callbacks.js';
import { type CallPlace, Calls } from './calls.js';
import { CheckpointCount } from './checkpoint-count.js';
import type { Ending } from './eagerly.js';
import { ExecutionStory, reasonOfAbort } from './execution-story.js';
import { isDrained } from './graph-errors.js';
import { type GraphConfig, type GraphLoop, isRecord, OBSERVED, STEPPING, STREAM, type StreamTarget } from './graph.js';
import { GraphStops } from './graph-stops.js';
import { namespaceAround, nodePath, toId } from './namespace.js';
import { type NodeRun, NodeRuns } from './node-runs.js';
import type { RunContext } from './run-context.js';
import type { RunSetup } from './run-setup.js';
import { type NamedCheckpoint, StreamTap, type TapTarget } from './stream-tap.js';
import { Supersteps } from './supersteps.js';
import { timeLimit } from './time-limit.js';
import { withCallbacks, withoutCallbacks } from './with-callbacks.js';

/** What is written with a node's stream writer has no name of its own. */
const WRITTEN = 'custom';

/** One run of a graph: what comes from it, in the order in which it comes, becomes events. */
export class ObservedRun implements CallbackTarget, TapTarget, Ending {
  readonly calls: Calls;
  readonly #services: AdapterServices;
  readonly #setup: RunSetup;
  readonly #story: ExecutionStory;
  readonly #nodes: NodeRuns;
  readonly #supersteps: Supersteps;
  readonly #stops: GraphStops;
  /** The latest checkpoint of each graph, as it names it. */
  readonly #checkpoints = new Map<string, string>();
  readonly #interrupts: unknown[] = [];
  #tap: StreamTap | undefined;
  #callbacks: ObservingCallbacks | undefined;
  #other: StreamTarget | undefined;
  #root: string | undefined;
  #isInterrupted = false;
  #isOver = false;
  #output: unknown;
  #counted: CheckpointCount | undefined;

  constructor(services: AdapterServices, setup: RunSetup) {
    this.#services = services;
    this.#setup = setup;
    this.#story = new ExecutionStory(setup);
    const context = this.#context();
    const isResumed = setup.goesOn && setup.goneBackTo === undefined;
    const open = setup.memory.takeOpen();
    if (!isResumed) setup.memory.forgetDone();
    this.#nodes = new NodeRuns(context, setup.memory, isResumed ? open : new Map());
    this.#supersteps = new Supersteps(context, this.#nodes, isResumed, setup.memory.done);
    this.calls = new Calls(context);
    this.#stops = new GraphStops(setup.graph, setup.stops, (node) => setup.memory.next(toId(node, 'node')).occurrence);
    setup.events.onTold((event) => setup.memory.see(event));
  }

  /** The configuration of the run, with what tells of it: the user's own callbacks and streams stay as they are. */
  config(config: GraphConfig): GraphConfig {
    this.#other = config.configurable?.[STREAM] as StreamTarget | undefined;
    this.#tap = new StreamTap(this, this.#other);
    this.#callbacks = new ObservingCallbacks(this);
    return {
      ...config,
      callbacks: withCallbacks(config.callbacks, this.#callbacks),
      configurable: this.configurable(config.configurable ?? {}),
    };
  }

  /** What a graph is called with, and what observing adds. */
  configurable(configurable: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const { [STEPPING]: _stepping, ...given } = configurable;
    return { ...given, [OBSERVED]: this, [STREAM]: this.#tap };
  }

  /** What a graph is called with, as it was without observing. */
  without(configurable: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const { [OBSERVED]: _run, ...rest } = configurable;
    if (rest[STREAM] !== this.#tap) return rest;
    const { [STREAM]: _tap, ...others } = rest;
    return this.#other === undefined ? others : { ...others, [STREAM]: this.#other };
  }

  /** What LangGraph is to be given as the nodes to stop at, in the place of those it was to have. */
  stopList(when: BreakpointMoment, given: unknown): unknown {
    return this.#stops.list(when, given, (work) => this.attempt(work));
  }

  /** The graph is ready to run its supersteps. */
  driven(loop: GraphLoop): void {
    this.#stops.attach(loop);
  }

  /** The graph that runs. */
  get graph(): unknown {
    return this.#setup.graph;
  }

  /** Begins the run. Events that are made within it belong to it. */
  begin<Result>(work: () => Result): Result {
    const { events } = this.#setup;
    const { clock, ids } = this.#services.factory;
    const { executionId, thread } = this.#setup;
    if (thread !== undefined) this.#counted = this.attempt(() => new CheckpointCount(this.#services.bus, executionId));
    this.#release = this.#services.running.begin(executionId);
    this.#story.begin();
    const { correlationId } = events;
    return runInAmbience({ clock, ids, context: { correlationId, causationId: this.#story.beganId } }, work);
  }

  attempt<Result>(work: () => Result): Result | undefined {
    return this.#isOver ? undefined : this.#setup.events.attempt(work);
  }

  // What the graph says of its progress.

  task(namespace: string, step: number, name: string, taskId: string): void {
    this.#root ??= namespace;
    if (namespace === this.#root) this.#stops.superstep(step);
    this.#supersteps.task(namespace, step, name, taskId);
  }

  settled(_namespace: string, taskId: string): void {
    this.#supersteps.announce();
    this.#nodes.settled(taskId);
  }

  checkpoint(namespace: string, checkpoint: NamedCheckpoint): void {
    this.#root ??= namespace;
    this.#supersteps.announce();
    const { id, step, source } = checkpoint;
    const isNamed = id !== undefined && this.#setup.namesCheckpoints;
    if (namespace === this.#root) this.#story.reached(checkpoint);
    if (isNamed) this.#checkpoints.set(namespace, id);
    if (source === 'loop') this.#supersteps.completed(namespace, step, isNamed ? id : undefined);
  }

  stateReached(namespace: string, checkpointId: string, step: number): void {
    this.#root ??= namespace;
    this.#supersteps.announce();
    // Where checkpoints are kept, their word on it comes next.
    if (this.#setup.thread === undefined) this.#supersteps.completed(namespace, step);
    else if (this.#setup.namesCheckpoints) this.#checkpoints.set(namespace, checkpointId);
  }

  interrupted(namespace: string, values: readonly unknown[]): void {
    this.#supersteps.announce();
    // What a sub-graph asks, the graph around it asks as well.
    if (namespace !== (this.#root ?? namespace) && values.length > 0) return;
    this.#isInterrupted = true;
    this.#interrupts.push(...values);
  }

  hide(config: Record<string, unknown>): void {
    const { configurable, callbacks } = config;
    if (isRecord(configurable)) config['configurable'] = this.without(configurable);
    if (callbacks === undefined || this.#callbacks === undefined) return;
    config['callbacks'] = withoutCallbacks(callbacks, this.#callbacks);
    if (config['callbacks'] === undefined) delete config['callbacks'];
  }

  // What its nodes do.

  nodeStarted(callbackId: string, namespace: string, name: string): NodeRun {
    this.#supersteps.announce();
    return this.#nodes.started(callbackId, namespace, name, this.#checkpoints.get(namespaceAround(namespace)));
  }

  nodeReturned(callbackId: string, output: unknown): void {
    const namespace = this.#nodes.namespaceOf(callbackId);
    if (namespace !== undefined) this.#supersteps.finishWithin(namespace);
    this.#nodes.returned(callbackId, output);
  }

  nodeThrew(callbackId: string, error: unknown): void {
    this.#nodes.threw(callbackId, error, this.#stopped());
  }

  sent(name: string, data: unknown, { node }: CallPlace): void {
    this.#tellSent(name, data, node?.nodeId, node?.startedId);
  }

  /** Something was written with a node's stream writer. */
  written(chunk: unknown): void {
    this.attempt(() => {
      const namespace: unknown = getConfig()?.configurable?.['checkpoint_ns'];
      const within = typeof namespace === 'string' ? namespace : '';
      const nodeId = within === '' ? undefined : nodePath(within, this.#root ?? '');
      this.#tellSent(WRITTEN, chunk, nodeId, this.#nodes.causeWithin(within));
    });
  }

  graphReturned(output: unknown): void {
    this.#output = output;
  }

  // How it ends.

  async completed(): Promise<void> {
    const root = this.#root ?? '';
    const standstill = this.#isInterrupted ? await this.#standstill(this.#reasonToWait()) : undefined;
    this.#end(() => {
      const holds = this.#stops.isAfterStep && this.#setup.namesCheckpoints ? standstill?.checkpointId : undefined;
      if (!this.#isInterrupted || this.#nodes.waiting.length === 0) this.#supersteps.finish(root, holds);
      this.#supersteps.close();
      this.#nodes.close('the graph ended');
      if (standstill !== undefined) this.#story.paused(standstill);
      else if (this.#isInterrupted) this.#story.cancelled('it stopped to wait, and nothing keeps its state', undefined);
      else this.#story.completed(this.#output, this.#nodes.completed, this.#counted?.created ?? 0);
    });
  }

  async failed(error: unknown): Promise<void> {
    const standstill = isDrained(error) ? await this.#standstill('requested') : undefined;
    this.#end(() => {
      const reason = this.#stopped();
      const nodeId = this.#nodes.running?.nodeId;
      this.#nodes.close(reason ?? 'the graph failed');
      this.#supersteps.close();
      if (standstill !== undefined) this.#story.paused(standstill);
      else if (reason !== undefined) this.#story.cancelled(reason, nodeId);
      else this.#story.failed(error, this.#nodes.failedAt, this.#checkpoints.get(this.#root ?? ''));
    });
  }

  #end(tell: () => void): void {
    this.attempt(tell);
    this.#isOver = true;
    this.#release();
    this.#counted?.stop();
  }

  #release = (): void => undefined;

  /** Where the thread stands; `undefined` where there is nothing to come back to. */
  async #standstill(reason: 'approval' | 'breakpoint' | 'requested') {
    const { graph, thread, events } = this.#setup;
    if (thread === undefined) return undefined;
    const snapshot = await events.attemptAsync(() => graph.getState({ configurable: { thread_id: thread } }));
    const named = snapshot?.config.configurable?.['checkpoint_id'];
    const checkpointId = typeof named === 'string' ? named : this.#checkpoints.get(this.#root ?? '');
    if (checkpointId === undefined) return undefined;
    const { waiting } = this.#nodes;
    const nodeIds = waiting.length > 0 ? waiting : (snapshot?.next ?? []).map((node) => nodePath(node, ''));
    const next = reason === 'breakpoint' ? (snapshot?.next ?? []) : undefined;
    const stops = (next === undefined ? [] : events.attempt(() => this.#stops.standingAt(next))) ?? [];
    return { checkpointId, nodeIds, values: this.#interrupts, reason, stops };
  }

  #reasonToWait(): 'approval' | 'breakpoint' {
    return this.#interrupts.length > 0 ? 'approval' : 'breakpoint';
  }

  #stopped(): string | undefined {
    const { signal } = this.#setup;
    return signal?.aborted === true ? reasonOfAbort(signal) : undefined;
  }

  #tellSent(name: string, data: unknown, nodeId: string | undefined, causationId: string | undefined): void {
    const { events, executionId, callId } = this.#setup;
    const at = nodeId === undefined ? {} : { nodeId };
    const payload = { executionId, threadId: this.#story.threadId, callId, ...at, name };
    this.#supersteps.announce();
    events.tell(
      GraphCustomEmitted,
      { ...payload, data: asJson(data) },
      {
        causationId: causationId ?? this.#story.beganId,
        otherwise: { ...payload, data: null },
      },
    );
  }

  #context(): RunContext {
    const { events, executionId, callId, thread, graph } = this.#setup;
    return {
      events,
      executionId,
      threadId: this.#story.threadId,
      callId,
      isKept: thread !== undefined,
      beganId: () => this.#story.beganId,
      timeLimit: (nodeId, elapsedMs) => timeLimit(graph.nodes, nodeId, elapsedMs),
      root: () => this.#root ?? '',
    };
  }
}
