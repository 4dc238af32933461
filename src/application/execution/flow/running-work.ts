import { childWaits } from '../../../domain/execution/child-waits.js';
import type { Execution } from '../../../domain/execution/execution.js';
import type { NodeAttempt } from '../../../domain/execution/node-attempt.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import { addressOf } from '../../../domain/execution/standing.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExecutionStep } from '../execution-step.js';
import type { StepServices } from '../step-services.js';
import type { InFlight } from '../node-steps.js';
import { type NodeOutcome, runNode } from '../run-node.js';
import type { ChildRuns } from './child-runs.js';
import { settleEnded } from './settle-ended.js';
import { FlowJudge } from './flow-judge.js';

/** How the end of work reaches the run: for the node at an address. */
export interface WorkListener {
  settled(at: string, outcome: NodeOutcome): void;
  /** What became of the execution of a node that has waited for it since before the run. */
  child(at: string, outcome: NodeOutcome): void;
}

/** The work that goes on in a run: of its nodes, and of the executions of sub-workflows. */
export class RunningWork {
  readonly #services: StepServices;
  readonly #workflow: Workflow;
  readonly #children: ChildRuns | undefined;
  readonly #listener: WorkListener;
  readonly #inFlight = new Map<string, InFlight>();
  /** Nodes that wait for an execution which is being looked at. */
  readonly #lookedAt = new Map<string, AbortController>();
  /** Aborts when the executions of sub-workflows are to stop before their next node. */
  readonly #pause = new AbortController();
  /** Executions whose nodes are given up, with why: they end once that is durable. */
  readonly #abandoned = new Map<string, string>();

  constructor(services: StepServices, workflow: Workflow, children: ChildRuns | undefined, listener: WorkListener) {
    this.#services = services;
    this.#workflow = workflow;
    this.#children = children;
    this.#listener = listener;
  }

  /** How much goes on that the run will hear of. */
  get size(): number {
    return this.#inFlight.size + this.#lookedAt.size;
  }

  /** Notes work that is to begin: it can be given up from now on. */
  add(inFlight: InFlight): void {
    this.#inFlight.set(addressOf(inFlight.node), inFlight);
  }

  /** Begins the work of a node whose start is durable. */
  begin(inFlight: InFlight, execution: Execution): void {
    const at = addressOf(inFlight.node);
    void this.#work(inFlight, execution).then((outcome) => {
      // What was given up meanwhile, and started again, is another one.
      if (this.#inFlight.get(at) === inFlight) this.#listener.settled(at, outcome);
    });
  }

  /** Takes out a node whose work has ended. `undefined` when it was given up. */
  take(at: string): InFlight | undefined {
    const inFlight = this.#inFlight.get(at);
    this.#inFlight.delete(at);
    return inFlight;
  }

  /** The execution at an address was looked at. */
  looked(at: string): void {
    this.#lookedAt.delete(at);
  }

  /** Tells work that it is given up: its outcome is not waited for. */
  giveUp(nodes: readonly (NodeAttempt | SuspendedNode)[]): void {
    for (const node of nodes) {
      const at = addressOf(node);
      const reason = new WaymarkError('WAYMARK_CANCELLED', `${at} was given up.`);
      this.take(at)?.abort.abort(reason);
      if ('childExecutionId' in node && node.childExecutionId !== undefined) {
        this.#abandoned.set(node.childExecutionId, reason.message);
      }
    }
  }

  /** What was given up is durable: the executions that nodes have waited for end now. */
  endAbandoned(): void {
    for (const [executionId, reason] of this.#abandoned) this.#children?.cancel(executionId, reason);
    this.#abandoned.clear();
  }

  /** Asks the executions of sub-workflows to stop before their next node: those that are looked at too, and later ones. */
  pauseChildren(): void {
    this.#pause.abort();
  }

  /** Looks at the executions that nodes have waited for since before this run: they may have ended, or go on with it. */
  lookAtChildren(step: ExecutionStep): void {
    const children = this.#children;
    if (children === undefined) return;
    const parent = step.execution.snapshot;
    for (const node of childWaits(parent)) {
      const { childExecutionId } = node;
      const definition = this.#workflow.nodes.get(node.nodeId);
      if (definition?.kind !== 'workflow') continue;
      const at = addressOf(node);
      const abort = new AbortController();
      this.#lookedAt.set(at, abort);
      const state = new FlowJudge(this.#services.expressions, this.#workflow.tree, step).view(at);
      const child = { parent, node, definition, state, childExecutionId };
      const looked = children.run(child, { end: abort.signal, pause: this.#pause.signal });
      void looked.then((outcome) => this.#listener.child(at, outcome));
    }
  }

  /** Whether nothing goes on, and executions of sub-workflows are waited for. */
  isIdleBut({ execution }: ExecutionStep): boolean {
    return this.size === 0 && this.#children !== undefined && childWaits(execution.snapshot).length > 0;
  }

  /**
   * Adds to a step what became of executions that have ended, and that nobody could tell of. Resolves with the event that
   * what follows is caused by; `undefined` where none has ended.
   */
  async hearEnded(step: ExecutionStep): Promise<{ readonly cause: string | undefined } | undefined> {
    // Where the store is away the commit waits for it; and they are looked at once more when the run stands still.
    const ended = await this.#children?.endedWaits(step.execution.snapshot, this.#workflow).catch(() => []);
    if (ended === undefined || ended.length === 0) return undefined;
    return { cause: settleEnded(step, this.#workflow, ended) };
  }

  /** Tells all of it to end, and waits for none of it. */
  abort(reason: WaymarkError): void {
    for (const { abort } of this.#inFlight.values()) abort.abort(reason);
    for (const abort of this.#lookedAt.values()) abort.abort(reason);
    this.#inFlight.clear();
    this.#lookedAt.clear();
  }

  #work(inFlight: InFlight, { snapshot }: Execution): Promise<NodeOutcome> {
    const { node, compiled, baseState, abort, problem } = inFlight;
    const { definition } = compiled;
    if (problem !== undefined) return Promise.resolve({ ok: false, error: problem, durationMs: 0 });
    if (definition.kind !== 'workflow' || this.#children === undefined) {
      return runNode(this.#services, this.#workflow, snapshot, inFlight);
    }
    const child = { parent: snapshot, node, definition, state: baseState };
    return this.#children.run(child, { end: abort.signal, pause: this.#pause.signal });
  }
}
