import { type AdapterHost, type AdapterServices, servicesOf } from '../../../../application/shared/adapter-services.js';
import { InvalidArgumentError } from '../../../../domain/shared/errors.js';
import { eagerly } from './eagerly.js';
import {
  CHECKPOINTER,
  type Graph,
  type GraphClass,
  type GraphConfig,
  type GraphLoop,
  type GraphSnapshot,
  isRecord,
  OBSERVED,
  STEPPING,
  type Superstep,
} from './graph.js';
import { assertStops, type CheckedBreakpoint, checkedBreakpoints } from './graph-breakpoints.js';
import { type GraphNames, graphNames, type ObserveOptions } from './observe-options.js';
import { ObservedRun } from './observed-run.js';
import { setUpRun } from './run-setup.js';
import { ThreadMemories } from './thread-memory.js';
import { tellOfEdits } from './tell-of-edits.js';
import { watchWriter } from './watch-writer.js';

/** A graph whose runs Waymark records. */
export type ObservedGraph<Compiled> = Compiled & {
  /**
   * Runs one superstep of a thread, and stops. Resolves with where the thread stands then: `next` is empty when it has
   * come to its end.
   *
   * @param config names the thread: `{ configurable: { thread_id } }`
   * @param input what the thread begins with, or a `Command` for what it waits for; it goes on where it stands when left out
   * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` without a thread, or a checkpointer; whatever a node throws
   */
  step(config: GraphConfig, input?: unknown): Promise<SnapshotOf<Compiled>>;
};

/** What the graph's own `getState` resolves with. */
type SnapshotOf<Compiled> = Compiled extends { getState(...given: never[]): Promise<infer Snapshot> }
  ? Snapshot
  : GraphSnapshot;

const memories = new WeakMap<AdapterHost, ThreadMemories>();

/**
 * The same graph, whose runs Waymark records: what starts, waits, goes on, fails and ends, its supersteps, its nodes with
 * occurrences and attempts, and the calls of models, tools and retrievers in them.
 *
 * It is used as the one it was made from: `invoke`, `stream`, `streamEvents`, `batch`, `getState`, `getStateHistory` and
 * `updateState` return what they would, in the order they would, to whatever callbacks and stream modes there are. The
 * graph that was given stays as it was, and is not observed.
 *
 * With a checkpointer, a thread is an execution: its id is the thread's (see `docs/observing-langgraph.md`), and all runs
 * of the thread belong to it, each with a correlation id of its own. Without one, each run is an execution.
 *
 * Nothing that goes wrong in observing reaches the graph: it is told of as `system.error_raised`.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` for anything but a compiled graph and a `Waymark`
 * @example
 * import { MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
 * import { createWaymark } from 'waymark';
 * import { observe } from 'waymark/langgraph';
 *
 * const waymark = await createWaymark({ storage: 'memory:' });
 * const builder = new StateGraph(MessagesAnnotation).addNode('answer', () => ({ messages: ['42'] })).addEdge(START, 'answer');
 * const graph = observe(builder.compile({ checkpointer: new MemorySaver() }), waymark);
 * await graph.invoke({ messages: ['why?'] }, { configurable: { thread_id: 'q-1' } });
 * await waymark.flush();
 * for (const { message } of await waymark.log.query({ executionId: 'q-1' })) console.log(message);
 */
export function observe<Compiled extends object>(
  graph: Compiled,
  waymark: AdapterHost,
  options: ObserveOptions = {},
): ObservedGraph<Compiled> {
  assertGraph(graph);
  const services = servicesOf(waymark);
  const observing: Observing = {
    services,
    names: graphNames(graph, options),
    memories: memoriesOf(waymark),
    breakpoints: checkedBreakpoints(graph, services.expressions, options.breakpoints),
  };
  const Observed = observedClass(graph.constructor as GraphClass, observing);
  // As LangGraph's own `withConfig` makes a graph from another.
  return new Observed({ ...graph }) as Graph & ObservedGraph<Compiled>;
}

interface Observing {
  readonly services: AdapterServices;
  readonly names: GraphNames;
  readonly memories: ThreadMemories;
  readonly breakpoints: readonly CheckedBreakpoint[];
}

/** A class of graphs whose runs are told of. What is made from one of them, by `withConfig`, is of it as well. */
function observedClass(Base: GraphClass, observing: Observing): GraphClass {
  const { services } = observing;
  return class ObservedGraph extends Base {
    override async *_streamIterator(
      input: unknown,
      config: GraphConfig = {},
    ): AsyncGenerator<unknown, void, undefined> {
      // A sub-graph of a graph that is observed belongs to that one's run.
      if (runOf(config) !== undefined) return yield* super._streamIterator(input, config);
      const run = new ObservedRun(services, await setUpRun({ ...observing, graph: this }, input, config));
      const begin = (): AsyncGenerator<unknown, void, undefined> => super._streamIterator(input, run.config(config));
      return yield* run.begin(() => eagerly(begin(), run));
    }

    override _defaults(config: GraphConfig): unknown[] {
      const defaults = super._defaults(config);
      const [run, completed] = [runOf(config), defaults[CONFIG]];
      if (run?.graph !== this || !isRecord(completed)) return defaults;
      watchWriter(completed, (chunk) => run.written(chunk));
      return defaults
        .with(BEFORE, run.stopList('before', defaults[BEFORE]))
        .with(AFTER, run.stopList('after', defaults[AFTER]));
    }

    override async _runLoop(params: LoopParams): Promise<void> {
      const run = runOf(params.config);
      if (run?.graph === this) run.driven(params.loop);
      return super._runLoop(params);
    }

    /** See {@link ObservedGraph}. */
    async step({ configurable, ...config }: GraphConfig, input: unknown = null): Promise<GraphSnapshot> {
      assertThread(this, configurable);
      assertStops(Base.prototype as Partial<Graph>);
      await this.invoke(input, { ...config, configurable: { ...configurable, [STEPPING]: true } });
      return this.getState({ configurable: { thread_id: configurable['thread_id'] } });
    }

    override async _validateContext(context: unknown): Promise<unknown> {
      const configurable = isRecord(context) ? context : {};
      const run = runOf({ configurable });
      if (run === undefined) return super._validateContext(context);
      // A schema that allows nothing else must not find what observing adds.
      const validated = await super._validateContext(run.without(configurable));
      return isRecord(validated) ? run.configurable(validated) : validated;
    }

    override async bulkUpdateState(config: GraphConfig, supersteps: readonly Superstep[]): Promise<GraphConfig> {
      const updated = await super.bulkUpdateState(config, supersteps);
      // A graph hands what is for one of its sub-graphs to that, with the checkpointer.
      if (!(CHECKPOINTER in (config.configurable ?? {}))) await tellOfEdits(services, config, supersteps, updated);
      return updated;
    }
  };
}

/** Where `_defaults` gives back the configuration that the nodes see, and the nodes to stop before, and after. */
const [CONFIG, BEFORE, AFTER] = [4, 5, 6] as const;

/** What a graph runs its supersteps with. */
interface LoopParams {
  readonly loop: GraphLoop;
  readonly config: GraphConfig;
}

type Configurable = Readonly<Record<string, unknown>>;

function assertThread(graph: Graph, configurable: Configurable | undefined): asserts configurable is Configurable {
  const isKept = isRecord(graph.checkpointer) && configurable?.['thread_id'] !== undefined;
  if (isKept) return;
  throw new InvalidArgumentError('A graph is stepped through in a thread, whose state is kept between the steps.', {
    hint: "Compile it with a checkpointer, and name the thread: step({ configurable: { thread_id: 'q-1' } }).",
  });
}

/** The run that a configuration belongs to. */
function runOf({ configurable }: GraphConfig): ObservedRun | undefined {
  const run = configurable?.[OBSERVED];
  return run instanceof ObservedRun ? run : undefined;
}

function memoriesOf(waymark: AdapterHost): ThreadMemories {
  const known = memories.get(waymark) ?? new ThreadMemories();
  memories.set(waymark, known);
  return known;
}

function assertGraph(graph: unknown): asserts graph is Graph {
  const isGraph = isRecord(graph) && METHODS.every((method) => typeof graph[method] === 'function');
  if (isGraph) return;
  throw new InvalidArgumentError('observe() can tell of the runs of a compiled LangGraph graph only.', {
    hint: 'Give it what `new StateGraph(…).compile()` or `entrypoint(…)` returned.',
  });
}

const METHODS = ['_streamIterator', '_defaults', '_validateContext', 'bulkUpdateState', 'getState', 'getName'] as const;
