import { ExecutionRecovered } from '../../domain/events/families/execution.events.js';
import { type BreakpointLike, STEP_BREAKPOINT } from '../../domain/execution/breakpoints.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { addressOf } from '../../domain/execution/standing.js';
import { IllegalTransitionError } from '../../domain/execution/execution-status.js';
import { checkBreakpoints } from './breakpoints/check-breakpoints.js';
import { editState } from './edit-state.js';
import {
  assertSettled,
  assertWorkThere,
  findExecution,
  type Launch,
  type RunOptions,
  toStatePatch,
} from './execution-services.js';
import { emitHistory, loadStep, resumeStep } from './load-step.js';
import { assertKnown, mapNodes } from './map-nodes.js';
import type { VerbServices } from './verb-services.js';
import { endDueWaits } from './waiting/end-waits.js';
import { checkTimeLimit } from './waiting/time-limit.js';

/** How to resume an execution. */
export interface ResumeOptions extends RunOptions {
  /** A JSON Merge Patch (RFC 7396) to apply to the state first. */
  readonly statePatch?: Readonly<Record<string, unknown>>;
  /** Where to stop, instead of where it was to. */
  readonly breakpoints?: readonly BreakpointLike[];
  /**
   * Takes a running execution over though its owner may be there. Only when you know that the owner is gone: if it is
   * not, the work of a node is done by both, and the first that records wins; the other's run ends with
   * `WAYMARK_VERSION_CONFLICT`.
   */
  readonly takeOver?: boolean;
  /**
   * How long it may take in all from now on, in milliseconds, counted from its start: instead of the limit it has, which
   * may have passed. `null` for as long as it takes.
   */
  readonly timeoutMs?: number | null;
  /**
   * Goes on with a definition that has changed since the execution began: new ids of nodes, by their old ones, and `{}`
   * where all keep theirs. Only for one that is paused. Recorded with `execution.resumed`.
   */
  readonly mapNodes?: Readonly<Record<string, string>>;
}

/**
 * Prepares a paused execution to go on. One that is recorded as running by an owner who is provably gone (its process
 * was killed), or whose lease has expired, is taken over: its work that had begun is begun again, as the same occurrence.
 *
 * @param choose for a step: which of the nodes that are ready may start, and no others
 */
export async function prepareResume(
  services: VerbServices,
  executionId: string,
  options: ResumeOptions,
  choose?: (waiting: readonly string[]) => readonly string[],
): Promise<Launch> {
  const patch = toStatePatch(options.statePatch);
  const found = await findExecution(services, executionId);
  const stored = mapped(services, found, options.mapNodes);
  const { status, owner } = stored;
  const verb = choose === undefined ? 'resume' : 'step';
  if (services.active.find(executionId) !== undefined && status === 'running') {
    throw new IllegalTransitionError(executionId, status, verb);
  }
  const isLeft = owner !== null && (options.takeOver === true || services.active.isLeftBehind(stored));
  const orphanOf = status === 'running' && isLeft && choose === undefined ? owner : undefined;
  if (orphanOf === undefined && status !== 'paused') throw new IllegalTransitionError(executionId, status, verb);
  assertSettled(stored, verb);
  assertWorkThere(stored, verb);
  const workflow = services.registry.for(stored);
  assertKnown(stored, workflow);
  const given = options.breakpoints;
  const kept = given === undefined ? stored.breakpoints : checkBreakpoints(services, workflow, given);
  const chosen = choose?.(stored.waiting);
  const breakpoints = chosen === undefined ? kept : [...kept, STEP_BREAKPOINT];
  const timeoutMs = options.timeoutMs === null ? null : (checkTimeLimit(options.timeoutMs) ?? stored.timeoutMs);
  const step = await loadStep(services, { ...stored, breakpoints, timeoutMs });
  const cause = await emitHistory(services, step, executionId);
  // What had begun has passed its breakpoint.
  const begun = [...stored.running, ...stored.interrupted].map(addressOf);
  const ready = step.execution.position.nextNodeIds;
  const passed = new Set(orphanOf === undefined ? ready : begun);
  if (orphanOf === undefined) {
    const causationId = resumeStep(
      services,
      step,
      { nodeIds: chosen ?? ready, patch, reason: options.reason, mapNodes: options.mapNodes },
      cause,
    );
    const begins = endDueWaits(step, workflow, causationId) ?? causationId;
    return {
      workflow,
      step,
      causationId: begins,
      passed,
      ...(chosen === undefined ? {} : { stepping: new Set(chosen) }),
    };
  }
  if (options.takeOver !== true) step.takesOver(stored);
  step.execution = step.execution.recover(services.identity.self);
  const idleMs = Math.max(0, services.factory.clock.now() - Date.parse(stored.updatedAt));
  const causationId = step.emit(
    ExecutionRecovered,
    { executionId, checkpointId: stored.headCheckpointId, previousOwner: orphanOf, idleMs },
    cause,
  );
  step.surround({ kind: 'taken-over' }, causationId);
  if (patch !== undefined) editState(step, patch, options.reason ?? 'edited on recovery', causationId);
  return { workflow, step, causationId: endDueWaits(step, workflow, causationId) ?? causationId, passed };
}

/** An execution on the definition as it is now, where that is asked for. */
function mapped(services: VerbServices, found: ExecutionSnapshot, names: unknown): ExecutionSnapshot {
  if (names === undefined) return found;
  if (found.status !== 'paused') throw new IllegalTransitionError(found.id, found.status, 'resume');
  return mapNodes(found, services.registry.latest(found), names);
}
