import type { ExecutionSnapshot } from '../../domain/execution/execution.js';
import type { ExecutionQuery } from '../../domain/execution/execution.repository.port.js';
import { IllegalTransitionError, transition } from '../../domain/execution/execution-status.js';
import { versionConflict } from '../../domain/execution/version-conflict.error.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { runWithContext } from '../context/run-with-context.js';
import { concludeCancelled } from './conclude-execution.js';
import type { ExecutionHandle, ExecutionResult } from './execution-result.js';
import { ExecutionRunner } from './execution-runner.js';
import { type ExecutionServices, findExecution, type Launch, type VerbOptions } from './execution-services.js';
import { type ForkOptions, prepareFork } from './fork-execution.js';
import { assertNodeReached, checkpointBefore, type NodeReached } from './rerun-execution.js';
import { loadStep, prepareResume, type ResumeOptions } from './resume-execution.js';
import { rollbackExecution, type RollbackOptions, type RollbackResult } from './rollback-execution.js';
import type { ThreadExecutions } from './thread/thread-executions.port.js';
import { settlesWithin } from '../shared/settles-within.js';
import { prepareStart, type StartOptions } from './start-execution.js';
import { toExecutionQuery, withThreads } from './execution-query.js';
import { assertVerbOptions, reasonOfAbort } from './verb-options.js';

interface Active {
  readonly runner: ExecutionRunner;
  readonly result: Promise<ExecutionResult>;
}

/**
 * Runs workflows: start, pause, resume, cancel, roll back, fork.
 *
 * Each verb is one transaction with its events. `running` and the intent to run a node are durable before its work
 * begins; a node's result, the checkpoint and the events are one commit.
 *
 * @example
 * const run = await waymark.executions.start(workflow, { name: 'Ada' }, { actor: 'user:ada' });
 * const result = await run.result();
 * if (result.status === 'failed') {
 *   await waymark.executions.rollback(run.id, checkpointId, { reason: 'limit too strict', statePatch: { limit: 0.3 } });
 *   await (await waymark.executions.resume(run.id)).result();
 * }
 */
export class ExecutionController {
  readonly #services: ExecutionServices;
  readonly #threads: ThreadExecutions;
  readonly #active = new Map<string, Active>();
  readonly #underWay = new Set<Promise<unknown>>();
  #closing = false;

  /** @param threads executions that another engine runs */
  constructor(services: ExecutionServices, threads: ThreadExecutions) {
    this.#services = services;
    this.#threads = threads;
  }

  /**
   * Starts an execution. When it resolves, the execution is durable and running.
   *
   * @throws WaymarkError `WAYMARK_INVALID_INPUT` when the workflow's schema refuses the input, `WAYMARK_UNKNOWN_NODE`
   *   for a breakpoint that is not a node, `WAYMARK_VERSION_CONFLICT` when `executionId` is taken
   */
  start(workflow: Workflow, input: unknown = {}, options: StartOptions = {}): Promise<ExecutionHandle> {
    return this.#as('start', options, () =>
      this.#launch(prepareStart(this.#services, workflow, input, options), options.signal),
    );
  }

  /** Makes a definition known, so that its executions can be resumed and forked: `start` does so. */
  register(workflow: Workflow): void {
    this.#services.registry.register(workflow);
  }

  /**
   * Lets a paused execution go on, with its state edited where a patch is given. An execution whose process was killed
   * is taken over; where that can't be proved (it ran on another host), `takeOver` says so.
   *
   * @throws IllegalTransitionError when it is neither paused nor left behind; WaymarkError
   *   `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_WORKFLOW_CHANGED`
   */
  resume(executionId: string, options: ResumeOptions = {}): Promise<ExecutionHandle> {
    return this.#as('resume', options, async () => {
      if (this.#active.has(executionId)) throw new IllegalTransitionError(executionId, 'running', 'resume');
      const isLeftBehind = (owner: string): boolean => this.#isLeftBehind(executionId, owner);
      const prepared = prepareResume(this.#services, executionId, options, isLeftBehind);
      return this.#launch(await this.#own(executionId, 'resume', prepared), options.signal);
    });
  }

  /**
   * Stops an execution before its next node, when what runs has settled. Resolves when it stands still, or has ended.
   *
   * @throws IllegalTransitionError when it is not being run by this instance
   */
  async pause(executionId: string, options: Pick<VerbOptions, 'actor'> = {}): Promise<ExecutionResult> {
    assertVerbOptions('pause', options);
    const active = this.#active.get(executionId);
    if (active === undefined) {
      const { status } = await this.#own(executionId, 'pause', findExecution(this.#services, executionId));
      throw new IllegalTransitionError(executionId, status, 'pause');
    }
    await this.#as('pause', options, () => active.runner.askToPause());
    return active.result;
  }

  /**
   * Ends an execution now. Nodes that run are told by their signal; what they return is not kept.
   *
   * @throws IllegalTransitionError when it has ended, or is run by somebody else
   */
  async cancel(executionId: string, options: VerbOptions = {}): Promise<ExecutionResult> {
    assertVerbOptions('cancel', options);
    const reason = options.reason ?? 'no reason given';
    const active = this.#active.get(executionId);
    if (active !== undefined) {
      await this.#as('cancel', options, () => active.runner.askToCancel(reason));
      const result = await active.result;
      // It was already pausing when the wish came.
      if (result.status !== 'paused') return result;
    }
    return this.#as('cancel', options, () =>
      this.#own(executionId, 'cancel', this.#cancelStanding(executionId, reason)),
    );
  }

  /**
   * Puts an execution back to one of its checkpoints, edited where a patch is given, and leaves it paused there.
   *
   * @throws IllegalTransitionError while it runs; WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`,
   *   `WAYMARK_CHECKPOINT_ELSEWHERE`, `WAYMARK_CHECKPOINT_ALTERED`, `WAYMARK_SUBGRAPH_CHECKPOINT`
   */
  rollback(executionId: string, checkpointId: string, options: RollbackOptions = {}): Promise<RollbackResult> {
    return this.#as('rollback', options, async () => {
      const thread = await this.#threads.of(executionId);
      return (
        thread?.rollback(checkpointId, options) ?? rollbackExecution(this.#services, executionId, checkpointId, options)
      );
    });
  }

  /**
   * Starts a new execution that continues at a checkpoint with its state, edited where a patch is given. The original
   * is untouched. One of a thread is paused at once: its graph goes on with it.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`, `WAYMARK_CHECKPOINT_ALTERED`,
   *   `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_SUBGRAPH_CHECKPOINT`
   */
  fork(checkpointId: string, options: ForkOptions = {}): Promise<ExecutionHandle> {
    return this.#as('fork', options, () => this.#fork(checkpointId, options));
  }

  /**
   * Starts a new execution that continues right before a node: the n-th time that it was reached, or the last one. What
   * was done beside it by then stays done.
   *
   * @throws WaymarkError as {@link checkpointBefore} and {@link fork}
   * @example
   * const again = await waymark.executions.rerun(run.id, { nodeId: 'review', occurrence: 2 }, { reason: 'new rules' });
   */
  rerun(executionId: string, node: NodeReached, options: ForkOptions = {}): Promise<ExecutionHandle> {
    const before = (): Promise<string> => this.checkpointBefore(executionId, node);
    return this.#as('rerun', options, async () => this.#fork(await before(), options, true));
  }

  /**
   * The checkpoint that {@link rerun} begins at.
   *
   * @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`, `WAYMARK_OCCURRENCE_NOT_FOUND`
   */
  async checkpointBefore(executionId: string, node: NodeReached): Promise<string> {
    assertNodeReached(node);
    const thread = await this.#threads.of(executionId);
    return thread?.checkpointBefore(node) ?? checkpointBefore(this.#services, executionId, node);
  }

  /** An execution, or a thread as one (`docs/langgraph.md`). @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND` */
  async get(executionId: string): Promise<ExecutionSnapshot> {
    try {
      return await findExecution(this.#services, executionId);
    } catch (error) {
      const thread = await this.#threads.of(executionId);
      if (thread === undefined) throw error;
      return thread.snapshot();
    }
  }

  /**
   * Executions and threads, newest first; 50 when no limit is given. With a filter, the newest 200 threads are looked at.
   *
   * @throws InvalidArgumentError for a key, a status or a limit that there is not
   */
  async list(query: Partial<ExecutionQuery> = {}): Promise<readonly ExecutionSnapshot[]> {
    const asked = toExecutionQuery(query);
    return withThreads(await this.#services.executions.list(asked), await this.#threads.list(asked), asked);
  }

  /**
   * Whether an execution is recorded as running and its process is provably gone: `resume` takes it over.
   */
  isOrphan(execution: ExecutionSnapshot): boolean {
    return (
      execution.status === 'running' && execution.owner !== null && this.#isLeftBehind(execution.id, execution.owner)
    );
  }

  /**
   * Pauses what runs, so that it can be resumed later, waits for verbs that are under way, and starts nothing more.
   *
   * @param graceMs how long to wait for nodes that run, in milliseconds. Those that have not settled by then are told
   *   by their signal, and their executions are left as they were last committed: `resume` takes them over.
   */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const active = [...this.#active.values()];
    for (const { runner } of active) runner.askToPause();
    // A run that the store failed has told whoever waits for its result.
    const settled = Promise.allSettled([...active.map(({ result }) => result), ...this.#underWay]);
    if (!(await settlesWithin(settled, graceMs, this.#services.scheduler))) {
      for (const { runner } of this.#active.values()) runner.abandon();
      await settled;
    }
    this.#services.identity.close();
  }

  #isLeftBehind(executionId: string, owner: string): boolean {
    const { identity } = this.#services;
    return owner === identity.self ? !this.#active.has(executionId) : identity.isGone(owner);
  }

  async #fork(checkpointId: string, options: ForkOptions, anew = false): Promise<ExecutionHandle> {
    const { executionId } = await this.#services.tree.get(checkpointId);
    const thread = await this.#threads.of(executionId);
    if (thread !== undefined) return thread.fork(checkpointId, options, anew);
    return this.#launch(await prepareFork(this.#services, checkpointId, options), options.signal);
  }

  /** What finds no execution of Waymark's own, and so says what a thread is to be asked instead. */
  async #own<Found>(executionId: string, verb: 'resume' | 'pause' | 'cancel', finding: Promise<Found>): Promise<Found> {
    try {
      return await finding;
    } catch (error) {
      if (WaymarkError.is(error, 'WAYMARK_EXECUTION_NOT_FOUND')) {
        (await this.#threads.of(executionId))?.refuse(verb);
      }
      throw error;
    }
  }

  /** Runs a prepared execution. Resolves once its first step is durable. */
  async #launch({ workflow, step, causationId, passed }: Launch, signal?: AbortSignal): Promise<ExecutionHandle> {
    signal?.throwIfAborted();
    if (this.#closing) throw new WaymarkError('WAYMARK_CLOSED', 'Waymark is closing and starts nothing more.');
    const { id, snapshot } = step.execution;
    // Somebody was faster: its run must not be lost sight of when this one fails.
    if (this.#active.has(id)) throw versionConflict(snapshot);
    const runner = new ExecutionRunner(this.#services, workflow, step, passed);
    const { result, begun } = runner.run(step, causationId);
    this.#active.set(id, { runner, result });
    const cancel = (): void => runner.askToCancel(reasonOfAbort(signal?.reason));
    signal?.addEventListener('abort', cancel, { once: true });
    const release = (): void => {
      this.#active.delete(id);
      signal?.removeEventListener('abort', cancel);
    };
    result.then(release, release);
    await begun;
    return { id, result: () => result };
  }

  async #cancelStanding(executionId: string, reason: string): Promise<ExecutionResult> {
    const stored = await findExecution(this.#services, executionId);
    transition(executionId, stored.status, 'cancel');
    if (stored.status === 'running' && !this.isOrphan(stored)) {
      throw new WaymarkError(
        'WAYMARK_NOT_OWNER',
        `Execution ${executionId} is run by ${stored.owner ?? 'another process'}.`,
        {
          hint: 'Cancel it in the process that runs it; when you know that it is gone, resume it here with takeOver first.',
        },
      );
    }
    const step = await loadStep(this.#services, stored);
    const result = concludeCancelled(step, reason, undefined);
    await step.commit();
    return result;
  }

  async #as<Result>(
    name: Parameters<typeof assertVerbOptions>[0],
    options: Pick<VerbOptions, 'actor'>,
    work: () => Result | Promise<Result>,
  ): Promise<Result> {
    assertVerbOptions(name, options);
    const verb = runWithContext({ actor: options.actor }, async () => work());
    this.#underWay.add(verb);
    try {
      return await verb;
    } finally {
      this.#underWay.delete(verb);
    }
  }
}
