import { CheckpointNodeBoundaryRecorded } from '../../../../domain/events/families/checkpoint.events.js';
import { GraphSuperstepCompleted, GraphSuperstepStarted } from '../../../../domain/events/families/graph.events.js';
import { nodePath } from './namespace.js';
import type { NodeRuns } from './node-runs.js';
import type { RunContext } from './run-context.js';
import type { Done } from './thread-memory.js';

interface OpenStep {
  readonly step: number;
  readonly namespace: string;
  /** The namespaces of its tasks, by their ids. */
  readonly tasks: Map<string, string>;
  readonly startedAt: number;
  /** Its `graph.superstep_started`. */
  startedId?: string | undefined;
  isAnnounced: boolean;
}

/** Tells of the supersteps of a run: those of the graph, and those of the sub-graphs in its nodes. */
export class Supersteps {
  readonly #run: RunContext;
  readonly #nodes: NodeRuns;
  /** Whether tasks may be done that were not begun in this run. */
  readonly #isResumed: boolean;
  /** What was completed in supersteps that this run goes on with. */
  #doneBefore: readonly Done[];
  readonly #open = new Map<string, OpenStep>();
  #announcing: OpenStep | undefined;
  /** The graphs that have completed a superstep in this run. */
  readonly #wentOn = new Set<string>();

  constructor(run: RunContext, nodes: NodeRuns, isResumed: boolean, doneBefore: readonly Done[]) {
    this.#run = run;
    this.#nodes = nodes;
    this.#isResumed = isResumed;
    this.#doneBefore = doneBefore;
  }

  /** A graph names one of the tasks of its superstep. They come one after another, before any of them begins. */
  task(namespace: string, step: number, name: string, taskId: string): void {
    let open = this.#open.get(namespace);
    if (open?.step !== step) {
      this.finish(namespace);
      this.announce();
      const startedAt = this.#run.events.now();
      open = { step, namespace, tasks: new Map(), startedAt, isAnnounced: false };
      this.#open.set(namespace, open);
      this.#announcing = open;
    }
    open.tasks.set(taskId, `${namespace === '' ? '' : `${namespace}|`}${name}:${taskId}`);
  }

  /** Tells of the superstep whose tasks were named, if there is one: something comes after it. */
  announce(): void {
    const open = this.#announcing;
    this.#announcing = undefined;
    if (open === undefined) return;
    open.isAnnounced = true;
    open.startedId = this.#run.events.tell(GraphSuperstepStarted, this.#payload(open), {
      causationId: this.#nodes.causeWithin(open.namespace),
    });
  }

  /** The tasks of a superstep are done, and their writes are in the state. */
  completed(namespace: string, step: number, checkpointId?: string): void {
    const open = this.#open.get(namespace);
    if (open?.step === step) this.#complete(open, checkpointId);
  }

  /** A graph goes on, or has come to its end: its superstep was completed unless something kept one of its nodes from it. */
  finish(namespace: string, checkpointId?: string): void {
    const open = this.#open.get(namespace);
    if (open !== undefined) this.#complete(open, checkpointId);
  }

  /** The node of a namespace has returned: so have the graphs within it. */
  finishWithin(namespace: string): void {
    for (const inner of this.#open.keys()) {
      if (inner === namespace || inner.startsWith(`${namespace}|`)) this.finish(inner);
    }
  }

  /** Nothing more comes of what is open. */
  close(): void {
    this.announce();
    this.#open.clear();
  }

  #complete(open: OpenStep, checkpointId: string | undefined): void {
    const { events, executionId } = this.#run;
    this.#open.delete(open.namespace);
    if (this.#announcing === open) this.announce();
    const mayHaveBegunBefore = this.#isResumed && !this.#wentOn.has(open.namespace);
    this.#wentOn.add(open.namespace);
    for (const [taskId, namespace] of open.tasks) {
      // What was left to do in the first step of a run that went on need not be all of the step.
      if (this.#nodes.attemptOf(taskId) !== undefined || mayHaveBegunBefore) continue;
      this.#nodes.skipped(namespace, 'its result was in the cache');
    }
    const durationMs = Math.max(0, events.now() - open.startedAt);
    events.tell(GraphSuperstepCompleted, { ...this.#payload(open), durationMs }, { causationId: open.startedId });
    if (open.namespace === this.#run.root()) this.#nodes.wentOn();
    const doneBefore = this.#takeDoneBefore(open.namespace);
    if (checkpointId === undefined) return;
    const exit = { executionId, checkpointId, boundary: 'exit' } as const;
    for (const { nodeId, occurrence, startedId } of doneBefore) {
      const payload = { ...exit, nodeId, occurrence, nodeStatus: 'completed' } as const;
      events.tell(CheckpointNodeBoundaryRecorded, payload, { causationId: startedId });
    }
    for (const taskId of open.tasks.keys()) {
      const node = this.#nodes.attemptOf(taskId);
      if (node === undefined) continue;
      const { nodeId, occurrence } = node;
      const nodeStatus = this.#nodes.hasFailed(taskId) ? 'failed' : 'completed';
      events.tell(
        CheckpointNodeBoundaryRecorded,
        { ...exit, nodeId, occurrence, nodeStatus },
        { causationId: node.startedId },
      );
    }
  }

  /** What a graph need not do again in the superstep that it went on with: the checkpoint after that holds it as well. */
  #takeDoneBefore(namespace: string): readonly Done[] {
    const around = namespace === this.#run.root() ? '' : `${nodePath(namespace, this.#run.root())}/`;
    const isIn = ({ nodeId }: Done): boolean => nodeId.startsWith(around) && !nodeId.slice(around.length).includes('/');
    const found = this.#doneBefore.filter(isIn);
    // When the graph itself goes on, so has everything within it.
    this.#doneBefore = around === '' ? [] : this.#doneBefore.filter((done) => !isIn(done));
    return found;
  }

  #payload({ namespace, step, tasks }: OpenStep) {
    const { executionId, threadId, callId } = this.#run;
    const root = this.#run.root();
    return {
      executionId,
      threadId,
      callId,
      ...(namespace === root ? {} : { nodeId: nodePath(namespace, root) }),
      step: Math.max(0, step),
      // A task that another one called is within that: it knows better where it is.
      nodeIds: [...tasks].map(([id, task]) => this.#nodes.attemptOf(id)?.nodeId ?? nodePath(task, root)),
    };
  }
}
