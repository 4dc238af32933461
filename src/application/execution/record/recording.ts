import { ExecutionPaused } from '../../../domain/events/families/execution.events.js';
import type { PauseReason } from '../../../domain/execution/execution-snapshot.js';
import { addressOf } from '../../../domain/execution/standing.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { JsonObject, JsonValue } from '../../../domain/shared/json.js';
import { errorRecord } from '../../context/error-record.js';
import { captureContext, runWithContext } from '../../context/run-with-context.js';
import type { LiveRun } from '../active-executions.js';
import { concludeCancelled, concludeFailed } from '../conclude-execution.js';
import type { ExecutionResult } from '../execution-result.js';
import type { VerbServices } from '../verb-services.js';
import type { AtEnd } from '../execution-runner.js';
import type { ExecutionStep } from '../execution-step.js';
import type { LostLease } from '../lease-keeper.js';
import { CheckpointNames } from './checkpoint-names.js';
import {
  cancelRecorded,
  completeRecorded,
  concludeRecorded,
  failRecorded,
  giveUp,
  putBack,
  type NodeFacts,
  type NodePlace,
  type StartedNode,
  startRecorded,
} from './recorded-steps.js';
import type { Slot } from './recorded-state.js';
import { assertOpen, assertStill, isRunning } from './recording-checks.js';
import { nodeNotRunning, nodeRunning, recordingClosed, recordingPausing } from './recording-errors.js';
import { StepQueue } from './step-queue.js';

/** A node of the host's that runs, and how it is told to stop. */
interface Running extends StartedNode {
  readonly abort: AbortController;
}

/** Somebody's wish that it pauses once nothing runs. */
interface PauseWish {
  readonly reason: PauseReason;
  readonly asAsker: <Result>(work: () => Result) => Result;
}

/**
 * One execution as a runner of the host's records it: each change is a step of the same aggregate, with the same events,
 * that is durable when its promise resolves.
 */
export class Recording implements LiveRun {
  readonly services: VerbServices;
  readonly id: string;
  readonly actor: string | undefined;
  /** Resolves when it has ended or stands still. */
  readonly result: Promise<ExecutionResult>;
  readonly #queue: StepQueue;
  readonly #running = new Map<string, Running>();
  readonly #children = new Set<Recording>();
  readonly #stop = new AbortController();
  readonly #atEnd: AtEnd[] = [];
  readonly #names: CheckpointNames;
  #cause: string | undefined;
  #failure: { readonly thrown: unknown; readonly nodeId: string; readonly causationId: string } | undefined;
  #wish: PauseWish | undefined;
  #settleResult:
    { readonly resolve: (result: ExecutionResult) => void; readonly reject: (error: unknown) => void } | undefined;

  /**
   * @param step the one that begins it, or goes on with it: {@link begin} commits it
   * @param causationId the event that what comes first follows from
   */
  constructor(services: VerbServices, step: ExecutionStep, causationId: string | undefined, actor: string | undefined) {
    this.services = services;
    this.id = step.execution.id;
    this.actor = actor;
    this.#cause = causationId;
    this.#names = new CheckpointNames(this.id, services.checkpoints);
    this.#queue = new StepQueue(services, step, (error) => this.#give(error));
    this.result = new Promise((resolve, reject) => {
      this.#settleResult = { resolve, reject };
    });
    // Who waits for it is told; nobody need wait.
    this.result.catch(() => undefined);
  }

  /** Commits its first step. */
  async begin(first: ExecutionStep): Promise<void> {
    await this.#queue.begin(first);
  }

  get snapshot(): ExecutionStep['execution']['snapshot'] {
    return this.#queue.execution.snapshot;
  }

  /** The whole state, with what is kept of the recording. */
  get state(): JsonObject {
    return this.#queue.state;
  }

  /** Aborts when it is cancelled, or given up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Starts a node. Resolves when that is durable: now its work may begin. */
  start(
    place: NodePlace,
    facts: NodeFacts,
    outer: StartedNode | undefined,
    abort: AbortController,
  ): Promise<StartedNode> {
    const { address } = place;
    return this.#change((step) => {
      assertOpen(step, 'start a node');
      if (this.#wish !== undefined) throw recordingPausing(this.id);
      if (isRunning(step, address)) throw nodeRunning(this.id, [address], 'be started again');
      const begunAt = this.services.factory.clock.monotonic();
      const started = startRecorded(step, place, facts, outer?.startedId ?? this.#cause, begunAt);
      this.#running.set(address, { ...started, abort });
      return started;
    });
  }

  /** Records a node's result. */
  async complete(
    started: StartedNode,
    slot: Slot,
    result: { readonly output: JsonValue | undefined; readonly into: string | undefined },
  ): Promise<void> {
    const durationMs = this.#elapsed(started);
    await this.#settle(started, 'complete', (step) => completeRecorded(step, started, slot, result, durationMs));
  }

  /** Records a node's failure. The execution goes on: what follows is for the host to say. */
  async fail(started: StartedNode, thrown: unknown): Promise<void> {
    const durationMs = this.#elapsed(started);
    await this.#settle(started, 'fail', (step) => {
      const causationId = failRecorded(step, started, thrown, durationMs);
      this.#failure = { thrown, nodeId: started.node.nodeId, causationId };
      return causationId;
    });
  }

  /** Adds a checkpoint of the host's, with its name where it has one. */
  async checkpoint(next: (step: ExecutionStep, checkpointId: string) => JsonObject, label?: string): Promise<string> {
    if (label !== undefined) await this.#names.look(label);
    const made = await this.#change((step) => {
      assertOpen(step, 'make a checkpoint');
      const checkpointId = step.newId();
      step.state = next(step, checkpointId);
      step.checkpoint('manual', undefined, this.#cause, checkpointId);
      if (label !== undefined) this.#names.give(step, checkpointId, label, this.#cause);
      return checkpointId;
    });
    if (label !== undefined) this.#names.confirm(made, label);
    return made;
  }

  /** Ends it with its result. */
  conclude(output: JsonValue): Promise<ExecutionResult> {
    return this.#ending((step) => {
      assertStill(step, 'complete');
      return concludeRecorded(step, output, this.#cause);
    });
  }

  /** Ends it with a failure. What runs is told to stop. */
  concludeFailed(thrown: unknown): Promise<ExecutionResult> {
    return this.#ending((step) => {
      const known = this.#failure?.thrown === thrown ? this.#failure : undefined;
      this.#cancelRunning(step, 'the execution failed');
      // What is not done is to be done again when somebody goes back to where it failed.
      for (const node of step.execution.snapshot.running) giveUp(step, node);
      const failure = { nodeId: known?.nodeId ?? null, causationId: known?.causationId ?? this.#cause };
      return concludeFailed(step, { ...failure, error: errorRecord(thrown) });
    });
  }

  /** Ends it before its end. What runs is told to stop, and what it returns is not kept. */
  cancel(reason: string, atEnd?: AtEnd): Promise<ExecutionResult> {
    if (atEnd !== undefined) this.#atEnd.push(atEnd);
    const ended = this.#ending((step) => {
      const [first] = step.execution.snapshot.running;
      this.#cancelRunning(step, reason);
      for (const node of [...step.execution.snapshot.running].reverse()) putBack(step, node);
      return concludeCancelled(step, reason, first?.nodeId);
    });
    for (const child of this.#children) child.askToCancel(`its parent was cancelled: ${reason}`);
    return ended;
  }

  /** Lets it stand still as soon as nothing runs; nothing more is started from now on. */
  async pause(reason: PauseReason, atEnd?: AtEnd): Promise<ExecutionResult> {
    if (atEnd !== undefined) this.#atEnd.push(atEnd);
    this.#wish ??= { reason, asAsker: captureContext() };
    for (const child of this.#children) child.askToPause();
    const ended = await this.#change((step) => {
      assertOpen(step, 'pause');
      return this.#standStill(step, this.#cause);
    });
    if (ended !== undefined) this.#ended(ended);
    return this.result;
  }

  askToPause(_reason?: string, atEnd?: AtEnd): void {
    this.pause('requested', atEnd).catch(() => undefined);
  }

  askToCancel(reason: string, atEnd?: AtEnd): void {
    // Too late, or the store failed: the result tells.
    this.cancel(reason, atEnd).catch(() => undefined);
  }

  abandon(lost?: LostLease): void {
    this.#give(lost?.error ?? recordingClosed(this.id));
  }

  /** Keeps a child in sight, which is paused and cancelled with this one. */
  adopt(child: Recording): void {
    this.#children.add(child);
    const release = (): void => void this.#children.delete(child);
    child.result.then(release, release);
  }

  /** Runs work in the name of whoever records. */
  as<Result>(work: () => Result): Result {
    return this.actor === undefined ? work() : runWithContext({ actor: this.actor }, work);
  }

  async #settle(started: StartedNode, verb: string, add: (step: ExecutionStep) => string): Promise<void> {
    const address = addressOf(started.node);
    const { cause, ended } = await this.#change((step) => {
      assertOpen(step, `${verb} ${address}`);
      if (!isRunning(step, address)) throw nodeNotRunning(this.id, address, verb);
      const causationId = add(step);
      return { cause: causationId, ended: this.#standStill(step, causationId) };
    });
    this.#running.delete(address);
    this.#cause = cause;
    if (ended !== undefined) this.#ended(ended);
  }

  /** Pauses it within a step where somebody wants that and nothing runs any more. */
  #standStill(step: ExecutionStep, causationId: string | undefined): ExecutionResult | undefined {
    const { running, headCheckpointId: checkpointId } = step.execution.snapshot;
    const wish = this.#wish;
    if (wish === undefined || running.length > 0) return undefined;
    const { reason } = wish;
    wish.asAsker(() => {
      step.execution = step.execution.pause(reason);
      const payload = { executionId: this.id, checkpointId, reason, elapsedMs: step.elapsedMs() };
      step.emit(ExecutionPaused, payload, causationId);
    });
    const { waiting: nextNodeIds } = step.execution.snapshot;
    return this.#conclude(step, { status: 'paused', executionId: this.id, reason, checkpointId, nextNodeIds });
  }

  async #ending(conclude: (step: ExecutionStep) => ExecutionResult): Promise<ExecutionResult> {
    const result = await this.#change((step) => {
      assertOpen(step, 'end');
      return this.#conclude(step, conclude(step));
    });
    this.#ended(result);
    return result;
  }

  /** Adds what others want to keep with the end to its step. */
  #conclude(step: ExecutionStep, result: ExecutionResult): ExecutionResult {
    for (const add of this.#atEnd) add(step, result);
    return result;
  }

  #ended(result: ExecutionResult): void {
    const stopped =
      result.status === 'cancelled'
        ? new WaymarkError('WAYMARK_CANCELLED', `The execution was cancelled: ${result.reason}`)
        : new WaymarkError('WAYMARK_EXECUTION_STOPPED', `Execution ${this.id} has stopped.`);
    for (const { abort } of this.#running.values()) abort.abort(stopped);
    this.#running.clear();
    if (result.status === 'cancelled') this.#stop.abort(stopped);
    this.#settleResult?.resolve(result);
  }

  #cancelRunning(step: ExecutionStep, reason: string): void {
    const now = this.services.factory.clock.monotonic();
    for (const node of step.execution.snapshot.running) {
      const running = this.#running.get(addressOf(node));
      if (running !== undefined) cancelRecorded(step, running, reason, now);
    }
  }

  /** Makes a change durable. */
  #change<Result>(apply: (step: ExecutionStep) => Result): Promise<Result> {
    return this.as(() => this.#queue.change(apply));
  }

  /** Records no more: it stays as it was last committed. */
  #give(error: unknown): void {
    this.#queue.break(error);
    for (const { abort } of this.#running.values()) abort.abort(error);
    this.#stop.abort(error);
    this.#settleResult?.reject(error);
  }

  #elapsed({ begunAt }: StartedNode): number {
    return Math.max(0, this.services.factory.clock.monotonic() - begunAt);
  }
}
