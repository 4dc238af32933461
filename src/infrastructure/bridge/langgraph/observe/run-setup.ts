import { isCommand } from './langgraph-package.js';
import type { AdapterServices } from '../../../../application/shared/adapter-services.js';
import { currentContext } from '../../../../application/context/run-with-context.js';
import { hashedKey, threadKey } from '../../../../domain/checkpoint/thread/graph-thread.js';
import { WaymarkError } from '../../../../domain/shared/errors.js';
import { identifierProblem } from '../../../../domain/shared/identifiers.js';
import { CHECKPOINTER, type Graph, type GraphConfig, isRecord, STEPPING } from './graph.js';
import { type GraphNames, reasonOf } from './observe-options.js';
import type { CheckedBreakpoint } from './graph-breakpoints.js';
import type { StopsAsked } from './graph-stops.js';
import { RunEvents } from './run-events.js';
import { type ThreadMemories, ThreadMemory } from './thread-memory.js';

/** A past checkpoint that a run goes back to. */
export interface GoneBackTo {
  readonly checkpointId: string;
  /** Of one that Waymark holds: identifies its state. */
  readonly stateHash: string | undefined;
  readonly reason: string;
}

/** What is known of a run before it begins. */
export interface RunSetup {
  readonly graph: Graph;
  readonly names: GraphNames;
  readonly events: RunEvents;
  readonly memory: ThreadMemory;
  readonly executionId: string;
  /** The thread, where its state is kept. */
  readonly thread: string | undefined;
  readonly callId: string;
  readonly input: unknown;
  /** Whether it goes on from where the thread stands. */
  readonly goesOn: boolean;
  readonly goneBackTo: GoneBackTo | undefined;
  /** Whether the checkpoints that the graph names are stored: most are not with `durability: 'exit'`. */
  readonly namesCheckpoints: boolean;
  /** The nodes that it is to stop at. */
  readonly breakpoints: readonly string[];
  readonly stops: StopsAsked;
  readonly signal: AbortSignal | undefined;
}

/** What every run of an observed graph is set up with. */
export interface SetupServices {
  readonly services: AdapterServices;
  readonly memories: ThreadMemories;
  readonly graph: Graph;
  readonly names: GraphNames;
  readonly breakpoints: readonly CheckedBreakpoint[];
}

/** Finds out whose run it is, and what was before it. Never rejects: what can't be found out is reported, and done without. */
export async function setUpRun(
  { services, memories, graph, names, breakpoints }: SetupServices,
  input: unknown,
  config: GraphConfig,
): Promise<RunSetup> {
  const configurable = { ...graph.config?.configurable, ...config.configurable };
  const { actor, reason } = reasonOf({ configurable });
  const ambient = currentContext();
  const nextId = (): string => services.factory.ids.next();
  const given = config.runId !== undefined && identifierProblem(config.runId) === undefined ? config.runId : undefined;
  const callId = given ?? nextId();
  const correlationId = ambient?.correlationId ?? callId;
  const events = new RunEvents(services, {
    ...ambient,
    correlationId,
    ...(actor === undefined ? {} : { actor }),
  });
  const saver = checkpointerOf(graph, configurable);
  const named: unknown = configurable['thread_id'];
  const thread = saver !== undefined && (typeof named === 'string' || typeof named === 'number') ? String(named) : '';
  const found = thread === '' ? undefined : await events.attemptAsync(() => executionOf(services, thread));
  const executionId = thread === '' ? nextId() : (found ?? threadKey(thread));
  // A run without a thread is the only one of its execution.
  const memory = thread === '' ? new ThreadMemory() : memories.of(executionId);
  if (thread !== '') await events.attemptAsync(() => memory.catchUp(services.log, executionId));
  const goneBackTo = await events.attemptAsync(() =>
    goesBackTo(services, saver, thread, executionId, configurable, reason),
  );
  const begins = await events.attemptAsync(() => beginsThread(saver, thread, input));
  const before = config.interruptBefore ?? graph.interruptBefore;
  // Whoever has nothing to come back to would be ended by a breakpoint.
  if (thread === '' && breakpoints.length > 0) events.report(unkept());
  return {
    graph,
    names,
    events,
    memory,
    executionId,
    thread: thread === '' ? undefined : thread,
    callId,
    input,
    goesOn: thread !== '' && begins !== true && (input === null || input === undefined || isCommand(input)),
    goneBackTo,
    namesCheckpoints: thread !== '' && durabilityOf(config, configurable) !== 'exit',
    breakpoints: nodesOf(before, breakpoints),
    stops: {
      breakpoints: thread === '' ? [] : breakpoints,
      expressions: services.expressions,
      before,
      after: config.interruptAfter ?? graph.interruptAfter,
      isStep: configurable[STEPPING] === true,
    },
    signal: config.signal,
  };
}

/** The execution that a thread is, or will be: as the saver has it. */
export async function executionOf({ store }: AdapterServices, thread: string): Promise<string> {
  const known = await store.threads.thread(thread);
  if (known !== undefined) return known.executionId;
  const key = threadKey(thread);
  return (await store.executions.find(key)) === undefined ? key : hashedKey(thread);
}

/** Whether a command is the first that a thread is given: LangGraph puts a checkpoint then before it says so. */
async function beginsThread(saver: Saver | undefined, thread: string, input: unknown): Promise<boolean> {
  if (saver === undefined || thread === '' || !isCommand(input)) return false;
  const { resume, update, goto } = input;
  // A mere answer is for a thread that asked.
  const goes = Array.isArray(goto) ? goto.length > 0 : goto !== undefined;
  if (resume !== undefined && update === undefined && !goes) return false;
  return (await saver.getTuple({ configurable: { thread_id: thread, checkpoint_ns: '' } })) === undefined;
}

/** A part of LangGraph's `BaseCheckpointSaver`. */
interface Saver {
  getTuple(config: GraphConfig): Promise<{ readonly config: GraphConfig } | undefined>;
}

function checkpointerOf(graph: Graph, configurable: Readonly<Record<string, unknown>>): Saver | undefined {
  if (graph.checkpointer === false) return undefined;
  const saver = configurable[CHECKPOINTER] ?? graph.checkpointer;
  return isRecord(saver) && typeof saver['getTuple'] === 'function' ? (saver as unknown as Saver) : undefined;
}

async function goesBackTo(
  { store, checkpoints }: AdapterServices,
  saver: Saver | undefined,
  thread: string,
  executionId: string,
  configurable: Readonly<Record<string, unknown>>,
  reason = 'run from a past checkpoint',
): Promise<GoneBackTo | undefined> {
  const checkpointId = requestedCheckpoint(configurable);
  if (saver === undefined || thread === '' || checkpointId === undefined) return undefined;
  const head = await saver.getTuple({ configurable: { thread_id: thread, checkpoint_ns: '' } });
  if (head === undefined || head.config.configurable?.['checkpoint_id'] === checkpointId) return undefined;
  const held = await store.threads.find({ threadId: thread, namespace: '', checkpointId });
  const checkpoint = held === undefined ? undefined : await checkpoints.get(held.id);
  const isItsOwn = checkpoint?.executionId === executionId;
  return { checkpointId: held?.id ?? checkpointId, stateHash: isItsOwn ? checkpoint.stateHash : undefined, reason };
}

/** The checkpoint of the graph itself that a run is to begin at; that of a sub-graph comes with those around it. */
function requestedCheckpoint(configurable: Readonly<Record<string, unknown>>): string | undefined {
  const { checkpoint_ns: namespace = '', checkpoint_id: id, checkpoint_map: map } = configurable;
  const around = isRecord(map) ? map[''] : undefined;
  const requested = namespace === '' ? id : around;
  return typeof requested === 'string' && identifierProblem(requested) === undefined ? requested : undefined;
}

function durabilityOf(config: GraphConfig, configurable: Readonly<Record<string, unknown>>): unknown {
  if (config.durability !== undefined) return config.durability;
  return config.checkpointDuring === false ? 'exit' : configurable['__pregel_durability'];
}

function nodesOf(before: unknown, breakpoints: readonly CheckedBreakpoint[]): readonly string[] {
  const asked = Array.isArray(before) ? before.map(String) : [];
  const nodes = new Set([...asked, ...breakpoints.map(({ node }) => node)]);
  return [...nodes].filter((node) => identifierProblem(node) === undefined);
}

function unkept(): WaymarkError {
  return new WaymarkError(
    'WAYMARK_BREAKPOINT_UNKEPT',
    'A run whose state nothing keeps does not stop at breakpoints.',
    {
      hint: 'Compile the graph with a checkpointer, and call it with a thread_id.',
    },
  );
}
