import { childWaits, goesOnAfterChild } from '../../../domain/execution/child-waits.js';
import type { ExecutionSnapshot, PauseReason } from '../../../domain/execution/execution-snapshot.js';
import { isTerminal } from '../../../domain/execution/execution-status.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { SubworkflowNode } from '../../../domain/workflow/nodes/workflow-node.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ActiveExecution } from '../active-executions.js';
import type { ExecutionHandle, ExecutionResult } from '../execution-result.js';
import { undoChild } from '../compensation/undo-child.js';
import type { Launch } from '../execution-services.js';
import { loadStep } from '../load-step.js';
import { settleSuspended } from '../node-steps.js';
import { prepareResume } from '../resume-execution.js';
import type { NodeOutcome } from '../run-node.js';
import { prepareStart } from '../start-execution.js';
import { cancelExecution } from '../stop-execution.js';
import type { VerbServices } from '../verb-services.js';
import { dueLaunch } from '../waiting/due-launch.js';
import { endOf, storedResult } from './child-end.js';
import type { ChildDone, ChildNode, ChildRuns, ChildUndoing, ChildWishes, EndedWait } from './child-runs.js';
import { findChild } from './find-child.js';
import { FASTER, LOOK_EVERY_MS, TRIES } from './look-again.js';
import { childFailed } from './flow-errors.js';
import { settleEnded } from './settle-ended.js';

/** The reasons to stand still that a child is resumed from with its parent: nobody else ends them. */
const RESUMED_WITH_PARENT: readonly (PauseReason | null)[] = ['requested', 'breakpoint', 'error'];

/** What a parent's work is aborted with that ends the execution for which it stands. */
const ENDS = ['WAYMARK_CANCELLED', 'WAYMARK_EXECUTION_TIMED_OUT'] as const;

/** What is no trouble in the background: whoever is concerned knows, or sees to it. */
const EXPECTED = [...FASTER, 'WAYMARK_CLOSED', 'WAYMARK_NOT_OWNER', 'WAYMARK_EXECUTION_NOT_FOUND'] as const;

/** What became of a child. */
interface ChildResult {
  readonly id: string;
  readonly result: ExecutionResult;
}

/** The executions of sub-workflows: each is one like any other, with a parent. */
export class ChildExecutions implements ChildRuns {
  readonly #services: VerbServices;

  constructor(services: VerbServices) {
    this.#services = services;
  }

  async run(child: ChildNode, wishes: ChildWishes): Promise<NodeOutcome> {
    const { clock } = this.#services.factory;
    const begunAt = clock.monotonic();
    const elapsed = (): number => Math.max(0, clock.monotonic() - begunAt);
    try {
      const { id, result } = await this.#result(child, wishes);
      return outcomeOf(child, id, result, elapsed());
    } catch (error) {
      return { ok: false, error, durationMs: elapsed() };
    }
  }

  cancel(executionId: string, reason: string): void {
    this.#inBackground(cancelExecution(this.#services, executionId, { reason }));
  }

  ended(
    {
      id,
      parentExecutionId,
      sourceCheckpointId,
    }: Pick<ExecutionSnapshot, 'id' | 'parentExecutionId' | 'sourceCheckpointId'>,
    result: ExecutionResult,
  ): void {
    // What was forked from an execution has it as its parent, and is not waited for by it.
    if (parentExecutionId === null || sourceCheckpointId !== null || result.status === 'paused') return;
    this.#inBackground(this.#tellParent(parentExecutionId, id, result));
  }

  stands(parentId: string): void {
    if (!this.#services.active.isClosing) this.#inBackground(this.#goOn(parentId));
  }

  async endedWaits(parent: ExecutionSnapshot, workflow: Workflow): Promise<readonly EndedWait[]> {
    const ended: EndedWait[] = [];
    for (const node of childWaits(parent)) {
      const definition = workflow.nodes.get(node.nodeId);
      const stored = await this.#services.executions.find(node.childExecutionId);
      if (stored === undefined || !isTerminal(stored.status) || definition?.kind !== 'workflow') continue;
      const result = await storedResult(this.#services, stored);
      ended.push({ node, result: endOf(definition, node.at ?? node.nodeId, stored.id, result) });
    }
    return ended;
  }

  undo(child: ChildDone, undoing: ChildUndoing): Promise<void> {
    return undoChild(this.#services, child, undoing);
  }

  /**
   * Lets a parent go on that stands still though an execution which it waits for has ended. `undefined` for any other.
   *
   * @throws WaymarkError `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_WORKFLOW_CHANGED`; `WAYMARK_VERSION_CONFLICT` when
   *   somebody else was faster
   */
  async takeUp(stored: ExecutionSnapshot): Promise<ExecutionHandle | undefined> {
    if (!goesOnAfterChild(stored) || childWaits(stored).length === 0) return undefined;
    const workflow = this.#services.registry.for(stored);
    const ended = await this.endedWaits(stored, workflow);
    if (ended.length === 0) return undefined;
    const step = await loadStep(this.#services, stored);
    const launch = dueLaunch(this.#services, step, workflow, undefined, (causationId) =>
      settleEnded(step, workflow, ended, causationId),
    );
    return this.#services.active.launch(launch);
  }

  /** Tells a parent that its child has ended: the run that it has here, or the one that stands still. */
  async #tellParent(parentId: string, childId: string, result: ExecutionResult): Promise<void> {
    const run = this.#services.active.find(parentId);
    if (run !== undefined) {
      if (await this.#tellRun(run, childId, result)) return;
      // A run that the store failed has told whoever waits for its result.
      await run.result.catch(() => undefined);
    }
    await this.#goOn(parentId);
  }

  /** Whether the run needs to be told nothing more. One that follows the child hears of it by itself. */
  async #tellRun({ runner }: ActiveExecution, childId: string, result: ExecutionResult): Promise<boolean> {
    if (runner.tell === undefined) return true;
    let waits = false;
    try {
      const told = await runner.tell((step, workflow) => {
        const node = childWaits(step.execution.snapshot).find(({ childExecutionId }) => childExecutionId === childId);
        if (node === undefined) throw new RangeError(`${step.execution.id} does not wait for ${childId}.`);
        waits = true;
        const definition = workflow.nodes.get(node.nodeId) as SubworkflowNode;
        return settleSuspended(step, workflow, node, endOf(definition, node.at ?? node.nodeId, childId, result));
      });
      return told === 'made';
    } catch (error) {
      if (waits) throw error;
      return true;
    }
  }

  /** Lets a parent go on whose workflow is loaded here. Any other is found by whoever recovers. */
  async #goOn(parentId: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const stored = await this.#services.executions.find(parentId);
      if (stored === undefined || this.#services.registry.find(stored) === undefined) return;
      try {
        await this.takeUp(stored);
        return;
      } catch (error) {
        if (tries >= TRIES || !WaymarkError.is(error, 'WAYMARK_VERSION_CONFLICT')) throw error;
      }
    }
  }

  /** What nobody waits for: trouble is reported, and the parent is found by whoever recovers. */
  #inBackground(work: Promise<unknown>): void {
    const { active, onError } = this.#services;
    void active.track(
      work.then(
        () => undefined,
        (error: unknown) => {
          if (!active.isClosing && !EXPECTED.some((code) => WaymarkError.is(error, code))) onError(error);
        },
      ),
    );
  }

  async #result(child: ChildNode, wishes: ChildWishes): Promise<ChildResult> {
    for (let tries = 1; ;) {
      try {
        const found = await this.#lookedAt(child, wishes);
        if (found !== undefined) return found;
        await this.#lookLater(wishes);
      } catch (error) {
        if (tries >= TRIES || !FASTER.some((code) => WaymarkError.is(error, code))) throw error;
        tries += 1;
      }
    }
  }

  /** The end of the child, or where it stands still; `undefined` while another process runs it. */
  async #lookedAt(child: ChildNode, wishes: ChildWishes): Promise<ChildResult | undefined> {
    const { active } = this.#services;
    const { id, stored } = await findChild(this.#services, child);
    const running = active.find(id);
    if (running !== undefined) return { id, result: await follow(running, wishes) };
    wishes.end.throwIfAborted();
    if (stored === undefined) return this.#launched(this.#start(child, id), wishes);
    const isRunning = stored.status === 'running';
    if (isRunning && !active.isLeftBehind(stored)) {
      return wishes.pause.aborted ? { id, result: await storedResult(this.#services, stored) } : undefined;
    }
    const isResumed = stored.status === 'paused' && RESUMED_WITH_PARENT.includes(stored.pauseReason);
    if (!isRunning && (!isResumed || wishes.pause.aborted)) {
      return { id, result: await storedResult(this.#services, stored) };
    }
    return this.#launched(await prepareResume(this.#services, id, {}), wishes);
  }

  #start({ parent, definition, state }: ChildNode, executionId: string): Launch {
    const input = definition.input === undefined ? state : definition.input(state);
    const { timeoutMs } = definition;
    const limit = timeoutMs === undefined ? {} : { timeoutMs };
    const options = { executionId, correlationId: parent.correlationId, ...limit };
    return prepareStart(this.#services, definition.workflow as Workflow, input, options, parent.id);
  }

  async #launched(launch: Launch, wishes: ChildWishes): Promise<ChildResult> {
    const { active } = this.#services;
    const { id } = launch.step.execution;
    const launched = active.launch(launch);
    // It may have come to its end once its first step is durable.
    const run = active.find(id);
    await launched;
    if (run === undefined) throw childFailed(id, id, 'is gone');
    return { id, result: await follow(run, wishes) };
  }

  /** Another process runs it: it is looked at now and then. */
  async #lookLater({ end, pause }: ChildWishes): Promise<void> {
    await this.#services.scheduler.delay(LOOK_EVERY_MS, AbortSignal.any([end, pause])).catch(() => undefined);
    end.throwIfAborted();
  }
}

async function follow(run: ActiveExecution, { end, pause }: ChildWishes): Promise<ExecutionResult> {
  const stop = (): void => {
    const reason: unknown = end.reason;
    // What is only left alone here goes on where somebody takes it over.
    const ends = ENDS.some((code) => WaymarkError.is(reason, code));
    if (ends && reason instanceof Error) run.runner.askToCancel(reason.message);
  };
  const hold = (): void => run.runner.askToPause();
  end.addEventListener('abort', stop, { once: true });
  pause.addEventListener('abort', hold, { once: true });
  if (pause.aborted) hold();
  if (end.aborted) stop();
  try {
    return await run.result;
  } finally {
    end.removeEventListener('abort', stop);
    pause.removeEventListener('abort', hold);
  }
}

function outcomeOf(
  { node, definition }: ChildNode,
  childExecutionId: string,
  result: ExecutionResult,
  durationMs: number,
): NodeOutcome {
  if (result.status === 'paused') {
    return { suspend: { awaiting: 'execution', childExecutionId, details: { reason: result.reason } } };
  }
  const ended = endOf(definition, node.at ?? node.nodeId, childExecutionId, result);
  return ended.ok ? { ...ended, durationMs } : { ...ended, durationMs };
}
