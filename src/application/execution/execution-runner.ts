import type { Execution } from '../../domain/execution/execution.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { errorRecord } from '../context/error-record.js';
import { captureContext } from '../context/run-with-context.js';
import {
  concludeCancelled,
  concludeCompleted,
  concludeFailed,
  concludePaused,
  type Failure,
} from './conclude-execution.js';
import type { ExecutionResult } from './execution-result.js';
import { type BranchLine, ExecutionStep, type StepServices } from './execution-step.js';
import { Mailbox } from './mailbox.js';
import type { Stopwatch } from './stopwatch.js';
import { cancelNode, completeNode, failNode, type InFlight, startNodes, withoutConflict } from './node-steps.js';
import { type NodeOutcome, runNode } from './run-node.js';

/** What the runner is told: a node has settled, or somebody wants it to stop. */
type Message =
  { readonly kind: 'settled'; readonly nodeId: string; readonly outcome: NodeOutcome } | { readonly kind: 'asked' };

/** Somebody's wish that it stops. */
interface StopWish {
  readonly kind: 'pause' | 'cancel';
  readonly reason: string;
  /** Runs work in the context of who asked: the events that follow are theirs, and not those of who started it. */
  readonly asAsker: <Result>(work: () => Result) => Result;
}

/**
 * Runs one execution until it ends or stands still.
 *
 * One message at a time: each turn takes what happened, makes the step that follows from it, commits that, and only
 * then begins the work that it allows. What is in the store is therefore always true, wherever the process dies.
 */
export class ExecutionRunner {
  readonly #services: StepServices;
  readonly #workflow: Workflow;
  readonly #branch: BranchLine;
  readonly #stopwatch: Stopwatch;
  readonly #breakpoints: ReadonlySet<string>;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #mailbox = new Mailbox<Message>();
  #execution: Execution;
  #state: JsonObject;
  #failure: Failure | undefined;
  #isAbandoned = false;
  #wish: StopWish | undefined;

  /**
   * @param first the step that begins or resumes the execution, not committed yet
   * @param passed nodes whose breakpoints are not to stop it again
   */
  constructor(services: StepServices, workflow: Workflow, first: ExecutionStep, passed: ReadonlySet<string>) {
    this.#services = services;
    this.#workflow = workflow;
    this.#branch = first.branch;
    this.#stopwatch = first.stopwatch;
    this.#execution = first.execution;
    this.#state = first.state;
    this.#breakpoints = new Set(first.execution.snapshot.breakpoints.filter((nodeId) => !passed.has(nodeId)));
  }

  /** Stops before the next node, when what runs has settled. */
  askToPause(): void {
    this.#ask('pause', '');
  }

  /** Ends the execution now. What runs is told by its signal, and its result is not waited for. */
  askToCancel(reason: string): void {
    this.#ask('cancel', reason);
  }

  /**
   * Waits for what runs no longer, and leaves the execution as it was last committed. Whoever resumes it takes it over.
   */
  abandon(): void {
    this.#isAbandoned = true;
    this.#mailbox.put({ kind: 'asked' });
  }

  /**
   * Runs.
   *
   * @param causationId the event that the first nodes follow from
   * @returns `begun` resolves when the first step is durable, `result` when the execution has ended or stands still.
   *   Both reject when the store fails.
   */
  run(
    first: ExecutionStep,
    causationId: string,
  ): { readonly begun: Promise<void>; readonly result: Promise<ExecutionResult> } {
    let begin = (): void => undefined;
    const durable = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const result = this.#drive(first, causationId, begin);
    return { begun: Promise.race([durable, result.then(() => undefined)]), result };
  }

  async #drive(first: ExecutionStep, causationId: string, begin: () => void): Promise<ExecutionResult> {
    let step = first;
    let cause: string | undefined = causationId;
    try {
      for (;;) {
        const started = this.#startReady(step, cause);
        const result = this.#inFlight.size + started.length === 0 ? this.#conclude(step, cause) : undefined;
        await this.#commit(step, step === first);
        this.#execution = step.execution;
        this.#state = step.state;
        begin();
        if (result !== undefined) return result;
        for (const node of started) this.#begin(node);
        ({ step, cause } = this.#next(await this.#nextMessage()));
        if (this.#wish?.kind === 'cancel') return await this.#cancel(step, this.#wish);
      }
    } finally {
      this.#abortWork(new WaymarkError('WAYMARK_EXECUTION_STOPPED', `Execution ${this.#execution.id} has stopped.`));
    }
  }

  /** What begins an execution fails at once, so that whoever asked knows; what it has done is worth waiting for. */
  async #commit(step: ExecutionStep, isFirst: boolean): Promise<void> {
    await step.commit(isFirst ? 'at once' : 'patiently');
  }

  /** The next message that leads to a step: a wish to pause waits until what runs has settled. */
  async #nextMessage(): Promise<Message> {
    for (;;) {
      const message = await this.#mailbox.take();
      if (this.#isAbandoned) throw abandoned(this.#execution.id);
      if (message.kind === 'settled' || this.#wish?.kind === 'cancel' || this.#inFlight.size === 0) return message;
    }
  }

  /** Adds the start of the nodes that may run now to a step. */
  #startReady(step: ExecutionStep, causationId: string | undefined): readonly InFlight[] {
    if (this.#failure !== undefined || this.#wish !== undefined) return [];
    const ready = step.execution.snapshot.waiting.filter((nodeId) => !this.#breakpoints.has(nodeId));
    return startNodes(step, this.#workflow, ready, causationId, this.#services.factory.clock.monotonic());
  }

  #begin(inFlight: InFlight): void {
    const { nodeId } = inFlight.node;
    this.#inFlight.set(nodeId, inFlight);
    // Somebody cancelled while its start was being committed: it ends there with what runs, and its work is not begun.
    if (this.#wish?.kind === 'cancel') return;
    void runNode(this.#services, this.#workflow, this.#execution.snapshot, inFlight).then((outcome) =>
      this.#mailbox.put({ kind: 'settled', nodeId, outcome }),
    );
  }

  /** The step that follows from a message, and the event that what comes next is caused by. */
  #next(message: Message): { readonly step: ExecutionStep; readonly cause: string | undefined } {
    const step = new ExecutionStep(this.#services, this.#execution, this.#state, this.#branch, this.#stopwatch);
    const inFlight = message.kind === 'settled' ? this.#inFlight.get(message.nodeId) : undefined;
    if (message.kind === 'asked' || inFlight === undefined) return { step, cause: undefined };
    this.#inFlight.delete(message.nodeId);
    const outcome = withoutConflict(message.outcome, inFlight, this.#state);
    if (outcome.ok) return { step, cause: completeNode(step, this.#workflow, inFlight, outcome) };
    const error = errorRecord(outcome.error);
    const causationId = failNode(step, inFlight, outcome, error);
    this.#failure ??= { nodeId: message.nodeId, error, causationId };
    return { step, cause: causationId };
  }

  /** Nothing runs and nothing more may be started: the execution ends here, or stands still. */
  #conclude(step: ExecutionStep, causationId: string | undefined): ExecutionResult {
    if (this.#failure !== undefined) return concludeFailed(step, this.#failure);
    const { waiting } = step.execution.snapshot;
    if (waiting.length === 0) return concludeCompleted(step, this.#workflow, causationId);
    if (this.#wish !== undefined) return this.#wish.asAsker(() => concludePaused(step, [], causationId));
    return concludePaused(
      step,
      waiting.filter((nodeId) => this.#breakpoints.has(nodeId)),
      causationId,
    );
  }

  #cancel(step: ExecutionStep, { reason, asAsker }: StopWish): Promise<ExecutionResult> {
    const running = [...this.#inFlight.values()];
    this.#abortWork(new WaymarkError('WAYMARK_CANCELLED', `The execution was cancelled: ${reason}`));
    return asAsker(async () => {
      const now = this.#services.factory.clock.monotonic();
      for (const inFlight of running) cancelNode(step, inFlight, reason, now);
      const result = concludeCancelled(step, reason, running[0]?.node.nodeId);
      await step.commit();
      return result;
    });
  }

  #ask(kind: StopWish['kind'], reason: string): void {
    // A cancellation overrules a pause, and the first of several is the one that is recorded.
    if (this.#wish === undefined || (this.#wish.kind === 'pause' && kind === 'cancel')) {
      this.#wish = { kind, reason, asAsker: captureContext() };
    }
    this.#mailbox.put({ kind: 'asked' });
  }

  #abortWork(reason: WaymarkError): void {
    for (const { abort } of this.#inFlight.values()) abort.abort(reason);
    this.#inFlight.clear();
  }
}

function abandoned(executionId: string): WaymarkError {
  return new WaymarkError('WAYMARK_CLOSED', `Waymark was closed while execution ${executionId} was running.`, {
    hint: 'It is as it was last committed. Resume it to go on from there.',
    details: { executionId },
  });
}
