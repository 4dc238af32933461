import { childWaits } from '../../domain/execution/child-waits.js';
import { dueAtOf } from '../../domain/execution/due.js';
import type { Execution } from '../../domain/execution/execution.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { captureContext } from '../context/run-with-context.js';
import { BreakpointWatch, type Released } from './breakpoints/breakpoint-watch.js';
import { conditionsBy } from './breakpoints/condition.js';
import { completedIn, type ReachedBy, readyNode } from './breakpoints/reached-node.js';
import { concludeCancelled, concludeTimedOut } from './conclude-execution.js';
import { finishUndoFailure } from './compensation/undo-failure.js';
import type { UndoServices } from './compensation/undo-services.js';
import type { ExecutionResult } from './execution-result.js';
import { type BranchLine, ExecutionStep } from './execution-step.js';
import type { FlowMemory } from './flow/flow-memory.js';
import type { LostLease } from './lease-keeper.js';
import { Mailbox } from './mailbox.js';
import type { Stopwatch } from './stopwatch.js';
import type { ChildRuns } from './flow/child-runs.js';
import { concludeRun, isPastDeadline, settleChild } from './flow/conclude-run.js';
import { giveUpAll } from './flow/give-up-all.js';
import type { AtEnd, Message, NextStep, StopWish } from './flow/run-messages.js';
import { RunningWork } from './flow/running-work.js';
import { startReady, type StartedWork } from './flow/start-ready.js';
import { settleWork } from './node-steps.js';
import type { NodeOutcome } from './run-node.js';
import { endDueWaits } from './waiting/end-waits.js';
import { type Change, Told } from './waiting/told.js';
import { executionTimedOut } from './waiting/waiting-errors.js';
import { WakeTimer } from './waiting/wake-timer.js';

export type { AtEnd } from './flow/run-messages.js';

/**
 * Runs one execution until it ends or stands still.
 *
 * One message at a time: each turn takes what happened, makes the step that follows from it, commits that, and only
 * then begins the work that it allows. What is in the store is therefore always true, wherever the process dies.
 */
export class ExecutionRunner {
  readonly #services: UndoServices;
  readonly #workflow: Workflow;
  readonly #branch: BranchLine;
  readonly #stopwatch: Stopwatch;
  readonly #watch: BreakpointWatch;
  readonly #memory: FlowMemory;
  readonly #work: RunningWork;
  readonly #goesOnByItself: boolean;
  readonly #children: ChildRuns | undefined;
  readonly #mailbox = new Mailbox<Message>();
  #execution: Execution;
  #state: JsonObject;
  #abandonment: WaymarkError | undefined;
  #isCommitting = false;
  #wish: StopWish | undefined;
  readonly #atEnd: AtEnd[] = [];
  readonly #timer: WakeTimer;
  #hasEnded = false;
  /** Aborts when compensations must not go on here. */
  readonly #undoing = new AbortController();

  /**
   * @param first the step that begins or resumes the execution, not committed yet
   * @param released what breakpoints and steps let go
   * @param children the executions of sub-workflows
   * @param goesOnByItself whether nobody has resumed it: executions that stand still for another reason stay so then
   */
  constructor(
    services: UndoServices,
    workflow: Workflow,
    first: ExecutionStep,
    released: Released,
    children?: ChildRuns,
    goesOnByItself = false,
  ) {
    this.#services = services;
    this.#goesOnByItself = goesOnByItself;
    this.#children = children;
    this.#workflow = workflow;
    this.#branch = first.branch;
    this.#stopwatch = first.stopwatch;
    this.#execution = first.execution;
    this.#state = first.state;
    this.#memory = first.memory;
    this.#work = new RunningWork(services, workflow, children, {
      settled: (at, outcome) => this.#mailbox.put({ kind: 'settled', at, outcome }),
      child: (at, outcome) => this.#mailbox.put({ kind: 'child', at, outcome }),
    });
    const { scheduler, factory } = services;
    this.#timer = new WakeTimer({ scheduler, clock: factory.clock }, () => this.#mailbox.put({ kind: 'due' }));
    const { breakpoints } = first.execution.snapshot;
    this.#watch = new BreakpointWatch(breakpoints, released, conditionsBy(services.expressions));
  }

  /** Whether it waits for executions of sub-workflows, as it was last committed. */
  get waitsForChildren(): boolean {
    return childWaits(this.#execution.snapshot).length > 0;
  }

  /** Stops before the next node, when what runs has settled. */
  askToPause(reason = '', atEnd?: AtEnd): void {
    this.#work.pauseChildren();
    this.#ask('pause', reason, atEnd);
  }

  /** Ends the execution now. What runs is told by its signal, and its result is not waited for. */
  askToCancel(reason: string, atEnd?: AtEnd): void {
    this.#ask('cancel', reason, atEnd);
  }

  /**
   * Waits for what runs no longer, and leaves the execution as it was last committed. Whoever resumes it takes it over.
   *
   * @param lost why, where the execution is no longer this instance's: what runs is told at once
   */
  abandon(lost?: LostLease): void {
    // A step that waits for the store has nothing left to stop: its version will tell whether somebody was faster.
    if (lost?.how === 'expired' && this.#isCommitting && this.#work.size === 0) return;
    this.#abandonment ??= lost?.error ?? abandoned(this.#execution.id);
    this.#undoing.abort(this.#abandonment);
    if (lost !== undefined) this.#work.abort(lost.error);
    this.#mailbox.put({ kind: 'asked' });
  }

  /**
   * Makes a change in a step of its own. Resolves when that is durable, or with `gone` when the run has ended before.
   *
   * @throws whatever makes the change impossible, or fails its commit
   */
  tell(change: Change): Promise<'made' | 'gone'> {
    const told = new Told(change);
    if (this.#hasEnded) told.gone();
    else this.#mailbox.put({ kind: 'told', told });
    return told.outcome;
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
    const { maxInMemoryWaitMs } = this.#services;
    let next: NextStep = { step: first, cause: causationId };
    try {
      for (;;) {
        const { step } = next;
        let { started, cause } = this.#startReady(step, next.cause);
        if (step === first && !this.#goesOnByItself) this.#work.lookAtChildren(step);
        // Before it stands still it hears of what has ended elsewhere meanwhile.
        while (started.length === 0 && this.#work.isIdleBut(step)) {
          const heard = await this.#work.hearEnded(step);
          if (heard === undefined) break;
          ({ started, cause } = this.#startReady(step, heard.cause ?? cause));
        }
        const result =
          this.#work.size + started.length === 0
            ? concludeRun(
                step,
                this.#workflow,
                { wish: this.#wish, watch: this.#watch, by: this.#reachedBy(step), maxInMemoryWaitMs },
                cause,
              )
            : undefined;
        if (result !== undefined) this.#addAtEnd(step, result);
        await this.#commit(step, step === first);
        this.#execution = step.execution;
        this.#state = step.state;
        if (result !== undefined) this.#note(step);
        this.#work.endAbandoned();
        begin();
        next.told?.made();
        if (result !== undefined) return await this.#undone(step, result);
        if (this.#abandonment !== undefined) throw this.#abandonment;
        this.#begin(started);
        this.#arm();
        next = await this.#nextStep();
        if (this.#wish?.kind === 'cancel') return await this.#cancel(next.step, this.#wish);
        if (next.isOver === true) return await this.#timeOut(next.step);
      }
    } catch (error) {
      next.told?.failed(error);
      throw error;
    } finally {
      this.#end();
      this.#work.abort(new WaymarkError('WAYMARK_EXECUTION_STOPPED', `Execution ${this.#execution.id} has stopped.`));
    }
  }

  /** What begins an execution fails at once, so that whoever asked knows; what it has done is worth waiting for. */
  async #commit(step: ExecutionStep, isFirst: boolean): Promise<void> {
    this.#isCommitting = true;
    try {
      await step.commit(isFirst ? 'at once' : 'patiently');
    } finally {
      this.#isCommitting = false;
    }
  }

  /** The next message that leads to a step: a wish to pause waits until what runs has settled. */
  async #nextMessage(): Promise<Message> {
    for (;;) {
      const message = await this.#mailbox.take();
      if (this.#abandonment !== undefined) throw this.#abandonment;
      if (message.kind !== 'asked' || this.#wish?.kind === 'cancel' || this.#work.size === 0) return message;
    }
  }

  /** Adds the start of the nodes that may run now to a step. */
  #startReady(step: ExecutionStep, causationId: string | undefined): StartedWork {
    this.#note(step);
    // Whoever goes on past the time limit finds it over, however short the work is that is left.
    if (this.#wish !== undefined || isPastDeadline(step)) return { started: [], cause: causationId };
    this.#watch.follow(step.execution.snapshot.breakpoints);
    const by = this.#reachedBy(step);
    const started = startReady(this.#services.expressions, this.#workflow, step, causationId, (at, facts) => {
      if (this.#watch.isIdle) return true;
      // What was opened on the way may have come to its end already.
      this.#note(step);
      this.#watch.completed(completedIn(facts), by);
      return this.#watch.mayStart(readyNode(by, at));
    });
    this.#note(step);
    return started;
  }

  #reachedBy(step: ExecutionStep): ReachedBy {
    return { expressions: this.#services.expressions, workflow: this.#workflow, step };
  }

  /** Looks at what a step completed and gave up: breakpoints after nodes, and work that is to end. */
  #note(step: ExecutionStep): void {
    const { completed, cancelled } = step.memory.takeNotes();
    this.#watch.completed(completed, this.#reachedBy(step));
    this.#work.giveUp(cancelled);
  }

  #begin(started: StartedWork['started']): void {
    for (const inFlight of started) {
      this.#work.add(inFlight);
      // Somebody cancelled while its start was being committed: it ends with what runs, and its work is not begun.
      if (this.#wish?.kind !== 'cancel') this.#work.begin(inFlight, this.#execution);
    }
  }

  /** The step that follows from the next message that something follows from. */
  async #nextStep(): Promise<NextStep> {
    for (;;) {
      const next = this.#next(await this.#nextMessage());
      if (next !== undefined) return next;
    }
  }

  #next(message: Message): NextStep | undefined {
    const step = new ExecutionStep(this.#services, this.#execution, this.#state, this.#branch, this.#stopwatch);
    step.memory = this.#memory;
    switch (message.kind) {
      case 'asked':
        return { step, cause: undefined };
      case 'due':
        if (isPastDeadline(step)) return { step, cause: undefined, isOver: true };
        return this.#afterWaits(step, endDueWaits(step, this.#workflow));
      case 'told': {
        const added = message.told.addTo(step, this.#workflow);
        if (added !== undefined) return { step, ...added, told: message.told };
        // A wish to cancel must not wait for something else to happen.
        return this.#wish?.kind === 'cancel' ? { step, cause: undefined } : undefined;
      }
      case 'settled':
        return this.#settle(step, message.at, message.outcome);
      case 'child':
        this.#work.looked(message.at);
        return { step, cause: settleChild(step, this.#workflow, message.at, message.outcome) };
    }
  }

  /** What follows from waits that are over; `undefined` where none was. */
  #afterWaits(step: ExecutionStep, cause: string | undefined): NextStep | undefined {
    if (step.execution !== this.#execution) return { step, cause };
    this.#arm();
    return undefined;
  }

  /** What follows from the end of a node's work; `undefined` where that was given up. */
  #settle(step: ExecutionStep, at: string, outcome: NodeOutcome): NextStep | undefined {
    const inFlight = this.#work.take(at);
    return inFlight && { step, cause: settleWork(step, this.#workflow, inFlight, outcome) };
  }

  /** Sets the timer to the next time at which something happens by itself. */
  #arm(): void {
    const dueAt = dueAtOf(this.#execution.snapshot);
    this.#timer.set(dueAt === null ? undefined : Date.parse(dueAt));
  }

  /** Nothing is listened to any more. */
  #end(): void {
    this.#hasEnded = true;
    this.#timer.stop();
    for (const message of this.#mailbox.drain()) if (message.kind === 'told') message.told.gone();
  }

  /** Adds to the step that ends the run what others want kept with it. */
  #addAtEnd(step: ExecutionStep, result: ExecutionResult): void {
    if (step.execution.snapshot.undoing === null) for (const add of this.#atEnd) add(step, result);
  }

  /** What is to be undone before it fails is undone now. Nothing is listened to meanwhile. */
  async #undone(step: ExecutionStep, result: ExecutionResult): Promise<ExecutionResult> {
    const { execution, branch, stopwatch } = step;
    if (execution.snapshot.undoing === null) return result;
    this.#end();
    if (this.#abandonment !== undefined) throw this.#abandonment;
    const begun = { workflow: this.#workflow, execution, branch, stopwatch, children: this.#children };
    return finishUndoFailure(this.#services, begun, this.#undoing.signal, (last, failed) =>
      this.#addAtEnd(last, failed),
    );
  }

  #cancel(step: ExecutionStep, { reason, asAsker }: StopWish): Promise<ExecutionResult> {
    this.#work.abort(new WaymarkError('WAYMARK_CANCELLED', `The execution was cancelled: ${reason}`));
    return asAsker(async () => {
      const result = concludeCancelled(step, reason, step.execution.snapshot.running[0]?.nodeId);
      this.#note(step);
      for (const add of this.#atEnd) add(step, result);
      await step.commit();
      this.#work.endAbandoned();
      return result;
    });
  }

  /** Ends it because its time is up. What runs is told by its signal. */
  async #timeOut(step: ExecutionStep): Promise<ExecutionResult> {
    const limitMs = step.execution.snapshot.timeoutMs ?? 0;
    const error = executionTimedOut(step.execution.id, limitMs);
    this.#work.abort(error);
    giveUpAll(step, error.message);
    const result = concludeTimedOut(step, this.#workflow, limitMs, step.execution.snapshot.running[0]?.nodeId);
    this.#note(step);
    this.#addAtEnd(step, result);
    await this.#commit(step, false);
    this.#work.endAbandoned();
    return this.#undone(step, result);
  }

  #ask(kind: StopWish['kind'], reason: string, atEnd?: AtEnd): void {
    if (atEnd !== undefined) this.#atEnd.push(atEnd);
    // A cancellation overrules a pause, and the first of several is the one that is recorded.
    if (this.#wish === undefined || (this.#wish.kind === 'pause' && kind === 'cancel')) {
      this.#wish = { kind, reason, asAsker: captureContext() };
    }
    this.#mailbox.put({ kind: 'asked' });
  }
}

function abandoned(executionId: string): WaymarkError {
  return new WaymarkError('WAYMARK_CLOSED', `Waymark was closed while execution ${executionId} was running.`, {
    hint: 'It is as it was last committed. Resume it to go on from there.',
    details: { executionId },
  });
}
