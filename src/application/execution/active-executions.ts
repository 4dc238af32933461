import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { versionConflict } from '../../domain/execution/version-conflict.error.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { settlesWithin } from '../shared/settles-within.js';
import type { ExecutionHandle, ExecutionResult } from './execution-result.js';
import type { ChildRuns } from './flow/child-runs.js';
import { ExecutionRunner } from './execution-runner.js';
import type { ExecutionServices, Launch } from './execution-services.js';
import { reasonOfAbort } from './reason-of-abort.js';
import { DueExecutions, type Run } from './waiting/due-executions.js';

/** What runs an execution: the engine's runner, or a recording of one that a runner of the host's runs. */
export type LiveRun = Pick<ExecutionRunner, 'askToPause' | 'askToCancel' | 'abandon'> &
  Partial<Pick<ExecutionRunner, 'tell'>>;

/** An execution that this instance runs. */
export interface ActiveExecution extends Run {
  readonly runner: LiveRun;
}

/** The executions that this instance runs, and the verbs that are under way. */
export class ActiveExecutions {
  /** Those that stand still until a time that this instance waits for. */
  readonly due: DueExecutions;
  readonly #services: ExecutionServices;
  readonly #active = new Map<string, ActiveExecution>();
  readonly #underWay = new Set<Promise<unknown>>();
  #children: ChildRuns | undefined;
  #closing = false;

  constructor(services: ExecutionServices) {
    this.#services = services;
    this.due = new DueExecutions(services, (launch, signal) => this.launch(launch, signal));
  }

  /** Whether it starts nothing more. */
  get isClosing(): boolean {
    return this.#closing;
  }

  /** The run of an execution, or `undefined` where this instance does not run it. */
  find(executionId: string): ActiveExecution | undefined {
    return this.#active.get(executionId);
  }

  /** Runs a prepared execution. Resolves once its first step is durable. */
  async launch(
    { workflow, step, causationId, passed, stepping, goesOnByItself }: Launch,
    signal?: AbortSignal,
  ): Promise<ExecutionHandle> {
    this.assertFree(step.execution.snapshot, signal);
    const { id } = step.execution;
    const runner = new ExecutionRunner(
      this.#services,
      workflow,
      step,
      {
        passed,
        ...(stepping === undefined ? {} : { step: stepping }),
      },
      this.#children,
      goesOnByItself,
    );
    const { result, begun } = runner.run(step, causationId);
    const run: ActiveExecution = { runner, result, begun };
    this.attach(id, run, signal);
    this.#tellFamily(step.execution.snapshot, run, runner);
    await begun;
    return this.handleOf(id, run);
  }

  /** What starts and watches the executions of sub-workflows. */
  get children(): ChildRuns | undefined {
    return this.#children;
  }

  /** The executions of sub-workflows are started and watched by these. */
  useChildren(children: ChildRuns): void {
    this.#children = children;
  }

  /** An execution has ended: the parent of a sub-workflow's goes on. */
  ended(
    execution: Pick<ExecutionSnapshot, 'id' | 'parentExecutionId' | 'sourceCheckpointId'>,
    result: ExecutionResult,
  ): void {
    this.#children?.ended(execution, result);
  }

  /** Tells the parent that it has ended; one that stands still looks whether one that it waits for has. */
  #tellFamily(execution: ExecutionSnapshot, run: Run, runner: ExecutionRunner): void {
    run.result.then(
      (result) => {
        this.ended(execution, result);
        if (result.status === 'paused' && runner.waitsForChildren) this.#children?.stands(execution.id);
      },
      () => {
        // Whoever waits for the run is told.
      },
    );
  }

  /** A handle of a run. It goes on to wait where the run stands still until a time that this instance waits for. */
  handleOf(executionId: string, run: Run): ExecutionHandle {
    return { id: executionId, result: () => this.due.lastResult(executionId, run) };
  }

  /** @throws WaymarkError `WAYMARK_CLOSED`, `WAYMARK_VERSION_CONFLICT`; whatever the signal was aborted with */
  assertFree(execution: Pick<ExecutionSnapshot, 'id' | 'version'>, signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (this.#closing) throw new WaymarkError('WAYMARK_CLOSED', 'Waymark is closing and starts nothing more.');
    // Somebody was faster: its run must not be lost sight of when this one fails.
    if (this.#active.has(execution.id)) throw versionConflict(execution);
  }

  /** Keeps a run in sight, so that it can be paused and cancelled, until its result settles. */
  attach(executionId: string, active: ActiveExecution, signal?: AbortSignal): void {
    this.#active.set(executionId, active);
    this.due.goesOn(executionId, active);
    const cancel = (): void => active.runner.askToCancel(reasonOfAbort(signal?.reason));
    signal?.addEventListener('abort', cancel, { once: true });
    const { leases, surroundings } = this.#services;
    leases.hold(executionId, (lost) => active.runner.abandon(lost));
    const release = (): void => {
      this.#active.delete(executionId);
      leases.release(executionId);
      // Those that close wait for it: whoever comes next finds the workspace free.
      const leaving = surroundings.leave(executionId);
      if (leaving !== undefined) void this.track(leaving);
      signal?.removeEventListener('abort', cancel);
    };
    active.result.then((result) => {
      release();
      if (result.status !== 'paused' || result.dueAt === undefined) return;
      this.due.add(executionId, result.dueAt, active, result.reason === 'timer' ? signal : undefined);
    }, release);
  }

  /** Keeps a verb in sight until it has settled: {@link close} waits for it. */
  async track<Result>(verb: Promise<Result>): Promise<Result> {
    this.#underWay.add(verb);
    try {
      return await verb;
    } finally {
      this.#underWay.delete(verb);
    }
  }

  /**
   * Whether the owner of an execution is provably gone, is this instance and runs it no more, or has let its lease
   * expire.
   */
  isLeftBehind(execution: Pick<ExecutionSnapshot, 'id' | 'owner' | 'leaseExpiresAt'>): boolean {
    const { identity, leases } = this.#services;
    const { id, owner } = execution;
    if (owner === null || this.#active.has(id)) return false;
    return owner === identity.self || identity.isGone(owner) || leases.isExpired(execution);
  }

  /** Whether an execution is recorded as running, and whoever ran it is gone. */
  isOrphan(execution: ExecutionSnapshot): boolean {
    return execution.status === 'running' && this.isLeftBehind(execution);
  }

  /** Pauses what runs, waits for the verbs that are under way, and starts nothing more: see `ExecutionController.close`. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const active = [...this.#active.values()];
    for (const { runner } of active) runner.askToPause();
    // A run that the store failed has told whoever waits for its result.
    const settled = Promise.allSettled([...active.map(({ result }) => result), ...this.#underWay]);
    const { scheduler, surroundings, factory } = this.#services;
    const until = factory.clock.monotonic() + graceMs;
    if (!(await settlesWithin(settled, graceMs, scheduler))) {
      // Whoever waits for work to stop does so no longer, nor does anybody after this.
      surroundings.close();
      for (const { runner } of this.#active.values()) runner.abandon();
      await settled;
    }
    // What ended meanwhile leaves its workspace when its work has stopped, if that does.
    if (this.#underWay.size > 0) {
      const left = Promise.allSettled(this.#underWay);
      await settlesWithin(left, Math.max(0, until - factory.clock.monotonic()), scheduler);
      surroundings.close();
      await left;
    }
    surroundings.close();
    await this.due.close();
    this.#services.leases.close();
    this.#services.identity.close();
  }
}
