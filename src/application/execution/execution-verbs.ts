import type { BreakpointLike } from '../../domain/execution/breakpoints.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { ActiveExecutions } from './active-executions.js';
import { setBreakpoints } from './breakpoints/set-breakpoints.js';
import { prepareStep, type StepOptions } from './breakpoints/step-execution.js';
import type { ExecutionHandle, ExecutionResult } from './execution-result.js';
import type { ExecutionServices, RunOptions, VerbOptions } from './execution-services.js';
import type { VerbServices } from './verb-services.js';
import { labelExecution, type LabelledExecution } from './label-execution.js';
import { type ModifiedState, modifyState } from './modify-state.js';
import type { NodeReached } from './rerun-execution.js';
import { prepareResume, type ResumeOptions } from './resume-execution.js';
import { prepareRetry } from './retry-node.js';
import { rollbackExecution } from './rollback-execution.js';
import type { RollbackOptions, RollbackResult } from './rollback-result.js';
import { type NodeToSkip, prepareSkip } from './skip-node.js';
import { cancelExecution, pauseExecution } from './stop-execution.js';
import type { ThreadRefusal } from './thread/thread-engine.port.js';
import type { ThreadExecutions } from './thread/thread-executions.port.js';
import { VerbDesk } from './verb-desk.js';
import type { VerbOnce } from './verb-once.js';
import type { AnswerResult } from './waiting/answer-wait.js';
import { type ApproveOptions, approveNode, type RejectOptions, rejectNode } from './waiting/approve-node.js';
import { type SignalExecutionOptions, signalExecution } from './waiting/signal-execution.js';
import { ChildExecutions } from './flow/child-executions.js';
import { watchExecution } from './watch-execution.js';

/** What can be done to an execution that there is. `docs/executions.md` has a table of all of it. */
export abstract class ExecutionVerbs {
  protected readonly services: VerbServices;
  protected readonly active: ActiveExecutions;
  protected readonly threads: ThreadExecutions;
  protected readonly desk: VerbDesk;
  /** The executions of sub-workflows. */
  protected readonly children: ChildExecutions;

  /** @param threads executions that another engine runs */
  constructor(services: ExecutionServices, threads: ThreadExecutions) {
    this.active = new ActiveExecutions(services);
    this.services = { ...services, active: this.active };
    this.children = new ChildExecutions(this.services);
    this.active.useChildren(this.children);
    this.active.due.cancelWith((executionId, reason) => this.cancel(executionId, { reason }));
    this.threads = threads;
    this.desk = new VerbDesk(this.services);
  }

  /**
   * Stops an execution before its next node, when what runs has settled. Resolves when it stands still, or has ended.
   *
   * @throws IllegalTransitionError when it is not being run by this instance
   */
  pause(executionId: string, options: VerbOptions = {}): Promise<ExecutionResult> {
    return this.desk.do(
      'pause',
      options,
      () => [executionId],
      (once) => this.own(executionId, 'pause', pauseExecution(this.services, executionId, options, once)),
    );
  }

  /**
   * Lets a paused execution go on, with its state edited where a patch is given. An execution whose process was killed
   * is taken over; where that can't be proved (it ran on another host), `takeOver` says so.
   *
   * @throws IllegalTransitionError when it is neither paused nor left behind; WaymarkError
   *   `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_WORKFLOW_CHANGED`, `WAYMARK_UNDOING`
   */
  resume(executionId: string, options: ResumeOptions = {}): Promise<ExecutionHandle> {
    return this.desk.run(
      'resume',
      options,
      () => [executionId],
      () => this.own(executionId, 'resume', prepareResume(this.services, executionId, options)),
    );
  }

  /**
   * Ends an execution now. Nodes that run are told by their signal; what they return is not kept.
   *
   * @throws IllegalTransitionError when it has ended; WaymarkError `WAYMARK_NOT_OWNER` while somebody else runs it
   */
  cancel(executionId: string, options: VerbOptions = {}): Promise<ExecutionResult> {
    return this.desk.do(
      'cancel',
      options,
      () => [executionId],
      (once) => this.own(executionId, 'cancel', cancelExecution(this.services, executionId, options, once)),
    );
  }

  /**
   * Puts an execution back to one of its checkpoints, edited where a patch is given, and leaves it paused there. What it
   * goes back over is compensated first, the latest first, where the nodes say how (`docs/executions.md`).
   *
   * @throws IllegalTransitionError while it runs; WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`,
   *   `WAYMARK_CHECKPOINT_ELSEWHERE`, `WAYMARK_CHECKPOINT_ALTERED`, `WAYMARK_SUBGRAPH_CHECKPOINT`,
   *   `WAYMARK_COMPENSATION_FAILED`; `WAYMARK_WORKFLOW_NOT_REGISTERED` where something is to be compensated
   */
  rollback(executionId: string, checkpointId: string, options: RollbackOptions = {}): Promise<RollbackResult> {
    return this.desk.do(
      'rollback',
      options,
      () => [executionId, checkpointId],
      async (once) => {
        const thread = await this.threads.of(executionId);
        return (
          thread?.rollback(checkpointId, options, once) ??
          rollbackExecution(this.services, executionId, checkpointId, options, once)
        );
      },
    );
  }

  /**
   * Tries a node again that failed, as the next attempt of the same occurrence, and goes on. What failed beside it is
   * tried again too.
   *
   * @param node the node, and which time it was reached; the last one when left out
   * @throws IllegalTransitionError when nothing failed; WaymarkError `WAYMARK_NODE_NOT_FAILED`
   * @example
   * const run = await waymark.executions.retryNode(executionId, { nodeId: 'charge' }, { reason: 'the bank is back' });
   * await run.result();
   */
  retryNode(executionId: string, node: NodeReached, options: RunOptions = {}): Promise<ExecutionHandle> {
    return this.desk.run(
      'retryNode',
      options,
      () => [executionId, node],
      () => this.own(executionId, 'retryNode', prepareRetry(this.services, executionId, node, options)),
    );
  }

  /**
   * Passes a node over that failed, waits or is yet to run, as if it were done, and goes on.
   *
   * @param node the node, and what it is to have returned
   * @throws IllegalTransitionError while it runs, or when it has ended otherwise; WaymarkError
   *   `WAYMARK_NODE_NOT_OPEN`, `WAYMARK_NODE_AMBIGUOUS`
   * @example
   * await waymark.executions.skipNode(executionId, { nodeId: 'translate', output: { text: 'by hand' } }, { reason: 'done by hand' });
   */
  skipNode(executionId: string, node: NodeToSkip, options: RunOptions = {}): Promise<ExecutionHandle> {
    return this.desk.run(
      'skipNode',
      options,
      () => [executionId, node],
      () => this.own(executionId, 'skipNode', prepareSkip(this.services, executionId, node, options)),
    );
  }

  /**
   * Edits the state of a paused execution.
   *
   * @param patch a JSON Merge Patch (RFC 7396)
   * @throws IllegalTransitionError when it is not paused
   * @example
   * await waymark.executions.modifyState(executionId, { limit: 0.3 }, { reason: 'too strict', actor: 'user:ada' });
   */
  modifyState(
    executionId: string,
    patch: Readonly<Record<string, unknown>>,
    options: VerbOptions = {},
  ): Promise<ModifiedState> {
    return this.desk.do(
      'modifyState',
      options,
      () => [executionId, patch],
      (once) => this.own(executionId, 'modifyState', modifyState(this.services, executionId, patch, options, once)),
    );
  }

  /**
   * Gives an execution a name for people, or takes that away, whoever runs it.
   *
   * @param label the name; `null` for none
   * @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`
   */
  label(executionId: string, label: string | null, options: VerbOptions = {}): Promise<LabelledExecution> {
    return this.desk.do(
      'label',
      options,
      () => [executionId, label],
      (once) => this.own(executionId, 'label', labelExecution(this.services, executionId, label, options, once)),
    );
  }

  /**
   * Approves what a node waits for, and lets the execution go on. It goes on here where its workflow is registered; where
   * not, or when somebody has stopped it for another reason, the decision is durable, and `resume` goes on with it.
   *
   * @throws WaymarkError `WAYMARK_NOTHING_WAITS`, `WAYMARK_NODE_AMBIGUOUS`, `WAYMARK_NOT_AN_APPROVER`,
   *   `WAYMARK_NOT_OWNER` while another process runs it; IllegalTransitionError when it has ended
   * @example
   * const { outcome, run } = await waymark.executions.approve(executionId, { actor: 'user:ada', comment: 'looks good' });
   * if (outcome === 'continued') await run?.result();
   */
  approve(executionId: string, options: ApproveOptions = {}): Promise<AnswerResult> {
    return this.#answer(
      'approve',
      options,
      () => [executionId],
      (once) => approveNode(this.services, executionId, options, once),
    );
  }

  /**
   * Rejects what a node waits for: the node fails with `WAYMARK_APPROVAL_REJECTED`, or is done, as its definition says.
   *
   * @throws WaymarkError as {@link approve}
   * @example
   * await waymark.executions.reject(executionId, { actor: 'user:ada', reason: 'the figures of May are missing' });
   */
  reject(executionId: string, options: RejectOptions): Promise<AnswerResult> {
    return this.#answer(
      'reject',
      options,
      () => [executionId],
      (once) => rejectNode(this.services, executionId, options, once),
    );
  }

  /**
   * Sends a signal to the node that has waited for it longest. One that comes before its node waits is kept with the
   * execution until it does.
   *
   * @throws WaymarkError `WAYMARK_NOTHING_WAITS` when no node of the workflow waits for it at any time,
   *   `WAYMARK_TOO_MANY_SIGNALS`, `WAYMARK_NOT_OWNER`; IllegalTransitionError when it has ended
   * @example
   * await waymark.executions.signal(executionId, 'paid', { amount: 12.5 }, { actor: 'service:bank' });
   */
  signal(
    executionId: string,
    name: string,
    payload?: unknown,
    options: SignalExecutionOptions = {},
  ): Promise<AnswerResult> {
    return this.#answer(
      'signal',
      options,
      () => [executionId, name, payload],
      (once) => signalExecution(this.services, executionId, { name, payload }, once),
    );
  }

  /**
   * Lets the next node of a paused execution run, or the next ones, and stops again: `docs/stepping.md`. A node with a
   * body is a step of its own; the next one is within it.
   *
   * @throws as {@link resume}
   * @example
   * let result = await (await waymark.executions.step('run-1')).result();
   * while (result.status === 'paused') {
   *   console.log((await waymark.executions.inspect('run-1')).state);
   *   result = await (await waymark.executions.step('run-1')).result();
   * }
   */
  step(executionId: string, options: StepOptions = {}): Promise<ExecutionHandle> {
    return this.desk.run(
      'step',
      options,
      () => [executionId],
      () => this.own(executionId, 'step', prepareStep(this.services, executionId, options)),
    );
  }

  /**
   * Says where an execution that stands still, or that this instance runs, is to stop: in the place of what was said
   * before. Resolves when that is durable.
   *
   * @throws IllegalTransitionError when it has ended; WaymarkError `WAYMARK_NOT_OWNER`, `WAYMARK_UNKNOWN_NODE`,
   *   `WAYMARK_INVALID_EXPRESSION`, `WAYMARK_BREAKPOINT_FUNCTION`
   */
  setBreakpoints(
    executionId: string,
    breakpoints: readonly BreakpointLike[],
    options: Pick<VerbOptions, 'actor'> = {},
  ): Promise<ExecutionSnapshot> {
    return this.desk.do('setBreakpoints', options, undefined, () =>
      this.own(executionId, 'setBreakpoints', setBreakpoints(this.services, executionId, breakpoints)),
    );
  }

  /** A verb that ends a wait: what became of it is given again under the same key, with a handle where it went on. */
  #answer(
    verb: 'approve' | 'reject' | 'signal',
    options: VerbOptions,
    args: () => unknown,
    work: (once?: VerbOnce) => Promise<AnswerResult>,
  ): Promise<AnswerResult> {
    return this.desk.do(verb, options, args, work, ({ executionId, result }) => {
      const kept = result as unknown as AnswerResult;
      return kept.outcome === 'continued' ? { ...kept, run: watchExecution(this.services, executionId) } : kept;
    });
  }

  /** What finds no execution of Waymark's own, and so says what a thread is to be asked instead. */
  protected async own<Found>(executionId: string, verb: ThreadRefusal, finding: Promise<Found>): Promise<Found> {
    try {
      return await finding;
    } catch (error) {
      if (WaymarkError.is(error, 'WAYMARK_EXECUTION_NOT_FOUND')) {
        (await this.threads.of(executionId))?.refuse(verb);
      }
      throw error;
    }
  }
}
