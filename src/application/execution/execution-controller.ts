import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import type { ExecutionQuery } from '../../domain/execution/execution.repository.port.js';
import { isRecorded } from '../../domain/execution/recorded.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { type Inspection, inspectExecution } from './breakpoints/inspect-execution.js';
import {
  type BatchItems,
  type BatchOptions,
  type BatchOutcome,
  type BatchValues,
  type BatchVerb,
  batchVerb,
  type BatchVerbs,
} from './batch-verbs.js';
import { finishUndoing } from './compensation/finish-undoing.js';
import { assertExpressions } from './flow/check-expressions.js';
import type { ExecutionHandle } from './execution-result.js';
import { type ExecutionServices, findExecution } from './execution-services.js';
import { ExecutionVerbs } from './execution-verbs.js';
import { type ForkOptions, prepareFork } from './fork-execution.js';
import { ExecutionRecorder } from './record/execution-recorder.js';
import { forkRecording } from './record/fork-recording.js';
import { prepareRestart, type RestartOptions } from './restart-execution.js';
import { assertNodeReached, checkpointBefore, type NodeReached } from './rerun-execution.js';
import { previewRollback, type RollbackPreview } from './preview-rollback.js';
import { recoverExecutions, type RecoverOptions, type Recovery, type TakeUps } from './recover-executions.js';
import type { ThreadExecutions } from './thread/thread-executions.port.js';
import { prepareStart, type StartOptions } from './start-execution.js';
import { toExecutionQuery, withThreads } from './execution-query.js';
import type { VerbOnce } from './verb-once.js';

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
export class ExecutionController extends ExecutionVerbs {
  /** Records executions that runners of the host's run. */
  readonly recorder: ExecutionRecorder;
  readonly #takeUps: TakeUps = {
    wake: (stored) => this.active.due.wake(stored),
    hear: (stored) => this.children.takeUp(stored),
    undo: (stored) => finishUndoing(this.services, stored),
  };

  readonly #batchVerbs: BatchVerbs = {
    pause: ({ executionId }, why) => this.pause(executionId, why),
    resume: ({ executionId }, why) => this.resume(executionId, why),
    cancel: ({ executionId }, why) => this.cancel(executionId, why),
    restart: ({ executionId }, why) => this.restart(executionId, why),
    rollback: ({ executionId, checkpointId }, why) => this.rollback(executionId, checkpointId, why),
    retryNode: ({ executionId, node }, why) => this.retryNode(executionId, node, why),
    skipNode: ({ executionId, node }, why) => this.skipNode(executionId, node, why),
    modifyState: ({ executionId, patch }, why) => this.modifyState(executionId, patch, why),
    label: ({ executionId, label }, why) => this.label(executionId, label, why),
  };

  /** @param threads executions that another engine runs */
  constructor(services: ExecutionServices, threads: ThreadExecutions) {
    super(services, threads);
    this.recorder = new ExecutionRecorder(this.services);
  }

  /**
   * Starts an execution. When it resolves, the execution is durable and running.
   *
   * @throws WaymarkError `WAYMARK_INVALID_INPUT` when the workflow's schema refuses the input, `WAYMARK_UNKNOWN_NODE`
   *   for a breakpoint that is not a node, `WAYMARK_VERSION_CONFLICT` when `executionId` is taken
   */
  start(workflow: Workflow, input: unknown = {}, options: StartOptions = {}): Promise<ExecutionHandle> {
    return this.desk.run(
      'start',
      options,
      () => [workflow.id, workflow.graph.hash, input],
      () => prepareStart(this.services, workflow, input, options),
    );
  }

  /** Makes a definition known, so that its executions can be resumed and forked: `start` does so. */
  register(workflow: Workflow): void {
    assertExpressions(this.services.expressions, workflow);
    this.services.registry.register(workflow);
  }

  /**
   * Takes up what nobody sees to: executions whose owner is gone, or has let its lease expire, are taken over; those
   * whose time has come, or whose sub-workflow has ended, go on; compensations that were left are finished. Where several processes do so at once, one of
   * them has each execution.
   *
   * Executions that can't be taken up, because their workflow is not registered here, are left as they are, with the
   * reason.
   *
   * @returns what became of each. The handle of one that runs here now tells how it ends
   * @throws WaymarkError `WAYMARK_STORE_…` when the store can't be asked
   * @example
   * for (const found of await waymark.executions.recover()) {
   *   if (found.action === 'left') console.warn(`${found.executionId} was left: ${found.reason}`);
   *   else console.log(`${found.executionId}: ${found.action}`);
   * }
   */
  recover(options: RecoverOptions = {}): Promise<readonly Recovery[]> {
    return this.desk.do('recover', options, undefined, async () => {
      const recovered = await recoverExecutions(this.services, options, this.#takeUps);
      await this.active.due.addStored();
      return recovered;
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
    return this.desk.handle(
      'fork',
      options,
      () => [checkpointId],
      (once) => this.#fork(checkpointId, options, false, once),
    );
  }

  /**
   * Starts a new execution from the entry, with the input of another one, whatever became of that. It runs on the
   * definition that is loaded now.
   *
   * @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`, `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_INVALID_INPUT`
   * @example
   * const again = await waymark.executions.restart(run.id, { reason: 'the source was down', actor: 'user:ada' });
   */
  restart(executionId: string, options: RestartOptions = {}): Promise<ExecutionHandle> {
    return this.desk.run(
      'restart',
      options,
      () => [executionId],
      () => this.own(executionId, 'restart', prepareRestart(this.services, executionId, options)),
    );
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
    return this.desk.handle(
      'rerun',
      options,
      () => [executionId, node],
      async (once) => this.#fork(await this.checkpointBefore(executionId, node), options, true, once),
    );
  }

  /**
   * The checkpoint that {@link rerun} begins at.
   *
   * @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`, `WAYMARK_OCCURRENCE_NOT_FOUND`
   */
  async checkpointBefore(executionId: string, node: NodeReached): Promise<string> {
    assertNodeReached(node);
    const thread = await this.threads.of(executionId);
    return thread?.checkpointBefore(node) ?? checkpointBefore(this.services, executionId, node);
  }

  /**
   * Does a verb to several executions, some at once: one that fails stops no other.
   *
   * @returns what became of each, in the order of the items
   * @throws InvalidArgumentError for a verb, an option or a list that is none
   * @example
   * const failed = await waymark.executions.list({ status: 'failed' });
   * const items = failed.map(({ id }) => ({ executionId: id }));
   * for (const outcome of await waymark.executions.batch('restart', items, { reason: 'the source is back' })) {
   *   if (!outcome.ok) console.error(`${outcome.executionId}: ${String(outcome.error)}`);
   * }
   */
  batch<Verb extends BatchVerb>(
    verb: Verb,
    items: readonly BatchItems[Verb][],
    options: BatchOptions = {},
  ): Promise<readonly BatchOutcome<BatchValues[Verb]>[]> {
    return batchVerb(this.#batchVerbs, verb, items, options);
  }

  /**
   * Looks at where an execution, or a thread as one, stands: what may start next, what runs and waits, its state and its
   * breakpoints. Changes nothing.
   */
  async inspect(executionId: string): Promise<Inspection> {
    return inspectExecution(this.services.tree, await this.get(executionId));
  }

  /**
   * What {@link rollback} would do: which nodes it goes back over, which of them it compensates, and which files of the
   * workspace it writes and takes away. Nothing is changed.
   *
   * @throws what the rollback would throw; WaymarkError `WAYMARK_THREAD_VERB` for a thread
   * @example
   * const { files } = await waymark.executions.previewRollback(executionId, checkpointId);
   * console.log(`${files?.restored.length ?? 0} written, ${files?.removed.length ?? 0} taken away`);
   */
  previewRollback(executionId: string, checkpointId: string): Promise<RollbackPreview> {
    return this.own(executionId, 'previewRollback', previewRollback(this.services, executionId, checkpointId));
  }

  /** An execution, or a thread as one (`docs/langgraph.md`). @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND` */
  async get(executionId: string): Promise<ExecutionSnapshot> {
    try {
      return await findExecution(this.services, executionId);
    } catch (error) {
      const thread = await this.threads.of(executionId);
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
    return withThreads(await this.services.executions.list(asked), await this.threads.list(asked), asked);
  }

  /**
   * Whether an execution is recorded as running, and its process is provably gone or has let its lease expire: `resume`
   * and `recover` take it over.
   */
  isOrphan(execution: ExecutionSnapshot): boolean {
    return this.active.isOrphan(execution);
  }

  /**
   * Pauses what runs, so that it can be resumed later, waits for verbs that are under way, and starts nothing more.
   *
   * @param graceMs how long to wait for nodes that run, in milliseconds. Those that have not settled by then are told
   *   by their signal, and their executions are left as they were last committed: `resume` takes them over.
   */
  close(graceMs: number): Promise<void> {
    return this.active.close(graceMs);
  }

  async #fork(
    checkpointId: string,
    options: ForkOptions,
    anew: boolean,
    once: VerbOnce | undefined,
  ): Promise<ExecutionHandle> {
    const { executionId } = await this.services.tree.get(checkpointId);
    const thread = await this.threads.of(executionId);
    if (thread !== undefined) return thread.fork(checkpointId, options, anew, once);
    if (isRecorded(await findExecution(this.services, executionId))) {
      return forkRecording(this.services, checkpointId, options, once);
    }
    return this.desk.launch(await prepareFork(this.services, checkpointId, options), options.signal, once);
  }
}
