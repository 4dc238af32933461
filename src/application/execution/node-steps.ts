import type { Execution } from '../../domain/execution/execution.js';
import type { SuspendedNode } from '../../domain/execution/progress.js';
import { addressOf } from '../../domain/execution/standing.js';
import type { ErrorRecord } from '../../domain/events/families/fields.js';
import { NodeRetryScheduled, NodeTimedOut } from '../../domain/events/families/node.events.js';
import { staticId } from '../../domain/workflow/address.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { type Happening, settle } from '../../domain/workflow/planner/plan.js';
import type { Fact } from '../../domain/workflow/planner/fact.js';
import type { CompiledNode, WorkflowTree } from '../../domain/workflow/workflow-tree.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { errorRecord } from '../context/error-record.js';
import { stateConflict } from './execution-errors.js';
import type { ExecutionStep } from './execution-step.js';
import { unknownChoice } from './flow/flow-errors.js';
import { assign, framesOf, ownState, withResult } from './flow/state-scope.js';
import { tellBoundary, tellFacts, type Told, type Worked } from './flow/tell-facts.js';
import { retryAfter } from './retry-policy.js';
import type { NodeOutcome, NodeToRun } from './run-node.js';
import { announceWait } from './waiting/announce-wait.js';
import { takeKeptSignal } from './waiting/kept-signals.js';
import { retrySuspension, type Suspension } from './waiting/suspension.js';
import { resultOf, type WaitResult } from './waiting/wait-result.js';

/** A node whose work is going on. */
export interface InFlight extends NodeToRun {
  readonly compiled: CompiledNode;
  /** When it began, in milliseconds on the monotonic clock. */
  readonly begunAt: number;
  /** Where its result goes, as it was then: the state, or that of the item of a map. */
  readonly baseOwn: JsonObject;
  /** Why its work can't even begin. */
  readonly problem?: unknown;
}

type Failed = Extract<NodeOutcome, { readonly ok: false }>;

/**
 * Adds to a step how a node's work ended, and all that follows from it but the start of others. Returns the event that
 * what comes next is caused by.
 */
export function settleWork(
  step: ExecutionStep,
  workflow: Workflow,
  inFlight: InFlight,
  given: NodeOutcome,
): string | undefined {
  const at = addressOf(inFlight.node);
  const outcome = withoutConflict(given, inFlight, ownState(step.state, framesOf(workflow.tree, at)));
  if (outcome.ok === undefined) return suspendNode(step, workflow, inFlight, outcome.suspend);
  const worked = { at, durationMs: outcome.durationMs, causationId: inFlight.startedId };
  if (outcome.ok) return completeNode(step, workflow, worked, outcome.output);
  return retryNode(step, workflow, inFlight, outcome) ?? failNode(step, workflow, worked, outcome.error);
}

/**
 * Adds to a step what became of a node that waited. Returns what follows from that is caused by.
 *
 * @param causationId what ended the wait, where an event tells of it
 */
export function settleSuspended(
  step: ExecutionStep,
  workflow: Workflow,
  node: SuspendedNode,
  result: WaitResult,
  causationId?: string,
): string | undefined {
  const at = addressOf(node);
  if (result === 'again') {
    follow(step, workflow.tree, { kind: 'again', at }, causationId);
    return causationId;
  }
  const durationMs = Math.max(0, Date.parse(step.now()) - Date.parse(node.since));
  const worked = { at, durationMs, causationId: causationId ?? step.memory.spans.get(at)?.startedId };
  if (result.ok) return completeNode(step, workflow, worked, result.output);
  return failNode(step, workflow, worked, result.error);
}

/** Adds to a step that somebody passes a node over, which is ready, waits or has failed. What follows it goes on. */
export function skipNode(
  step: ExecutionStep,
  workflow: Workflow,
  at: string,
  reason: string,
  causationId?: string,
): string | undefined {
  return follow(step, workflow.tree, { kind: 'skipped', at, reason }, causationId).cause;
}

/** The first node of an execution that failed so that all of it does. */
export function failureOf({ snapshot }: Execution): string | undefined {
  const top = snapshot.failed.find((node) => !addressOf(node).includes('/'));
  return top && addressOf(top);
}

/**
 * Adds a result to a step: the state with it, its checkpoint, and what follows. Returns the id of the last event that
 * tells of it.
 */
function completeNode(step: ExecutionStep, workflow: Workflow, worked: Worked, output: JsonObject): string | undefined {
  const { at } = worked;
  const { tree } = workflow;
  const compiled = tree.get(staticId(at));
  const chosen = compiled?.kind === 'decision' ? (output['chosen'] as readonly string[]) : undefined;
  const unknown = chosen?.find((id) => !followersOf(tree, compiled).includes(id));
  if (compiled !== undefined && unknown !== undefined) {
    return failNode(step, workflow, worked, unknownChoice(at, unknown, followersOf(tree, compiled)));
  }
  const state = chosen === undefined ? output : {};
  step.state = withResult(step.state, framesOf(tree, at), state);
  keepOutput(step, tree, at, state);
  const happening: Happening = { kind: 'completed', at, ...(chosen === undefined ? {} : { chosen }) };
  return follow(step, tree, happening, worked.causationId, worked).cause;
}

/** Adds a failure to a step that is one for good. Returns the id of the last event that tells of it. */
function failNode(step: ExecutionStep, { tree }: Workflow, worked: Worked, error: unknown): string | undefined {
  return follow(step, tree, { kind: 'failed', at: worked.at, error }, worked.causationId, worked).cause;
}

function follow(
  step: ExecutionStep,
  tree: WorkflowTree,
  happening: Happening,
  causationId: string | undefined,
  worked?: Worked,
): { readonly cause: string | undefined } {
  const plan = settle(tree, step.execution.standing, step.execution.doneAtTop, happening);
  step.execution = step.execution.advance(plan);
  return recordFacts(step, plan.facts, causationId, worked);
}

/** What recording facts came to. */
export interface RecordedFacts extends Pick<Told, 'begun'> {
  /** The event that what comes next is caused by. */
  readonly cause: string | undefined;
  /** Whether a checkpoint was made that holds all of it. */
  readonly hasCheckpoint: boolean;
}

/**
 * Adds facts to a step: their events, and after them the checkpoint of what is completed.
 */
export function recordFacts(
  step: ExecutionStep,
  facts: readonly Fact[],
  causationId: string | undefined,
  worked?: Worked,
): RecordedFacts {
  const { cause, completed, checkpointId, begun } = tellFacts(step, facts, causationId, worked);
  if (completed === undefined) return { cause, begun, hasCheckpoint: false };
  const { nodeId, occurrence } = completed.node;
  step.checkpoint('exit', { nodeId, occurrence }, completed.causationId, checkpointId);
  const boundary = { boundary: 'exit', nodeStatus: 'completed', checkpointId } as const;
  tellBoundary(step, completed.node, boundary, completed.causationId);
  return { cause, begun, hasCheckpoint: true };
}

function suspendNode(
  step: ExecutionStep,
  workflow: Workflow,
  { node, startedId }: InFlight,
  suspension: Suspension,
): string | undefined {
  const suspended: SuspendedNode = { ...node, ...suspension, since: step.now() };
  follow(step, workflow.tree, { kind: 'suspended', node: suspended }, startedId);
  const definition = workflow.nodes.get(node.nodeId);
  const kept = suspension.name === undefined ? undefined : takeKeptSignal(step, suspension);
  if (kept !== undefined && definition !== undefined) {
    return settleSuspended(step, workflow, suspended, resultOf(suspended, definition, kept.value), startedId);
  }
  return announceWait(step, suspended, definition?.name ?? node.nodeId, startedId);
}

/** Lets a node that failed wait for its next try, where its policy allows one. */
function retryNode(
  step: ExecutionStep,
  workflow: Workflow,
  { node, startedId }: InFlight,
  { error: thrown, limitMs }: Failed,
): string | undefined {
  const { nodeId, occurrence, attempt } = node;
  const payload = { executionId: step.execution.id, nodeId, occurrence, attempt };
  const timedOutId = limitMs === undefined ? undefined : step.emit(NodeTimedOut, { ...payload, limitMs }, startedId);
  const definition = workflow.nodes.get(nodeId) as Parameters<typeof retryAfter>[0];
  const retry = retryAfter(definition, attempt, thrown);
  if (retry === undefined) return undefined;
  const { delayMs } = retry;
  const error: ErrorRecord = errorRecord(thrown);
  const cause = step.emit(
    NodeRetryScheduled,
    { ...payload, error, delayMs, nextAttempt: attempt + 1 },
    timedOutId ?? startedId,
  );
  const at = addressOf(node);
  const suspension = retrySuspension(error, delayMs, Date.parse(step.now()));
  const suspended: SuspendedNode = { ...node, ...suspension, since: step.now() };
  follow(step, workflow.tree, { kind: 'suspended', node: suspended }, cause);
  step.memory.spans.delete(at);
  if (delayMs === 0) follow(step, workflow.tree, { kind: 'again', at }, cause);
  return cause;
}

/**
 * A result that sets a key which a parallel node has changed since this one started is a failure: either would lose.
 */
function withoutConflict(outcome: NodeOutcome, { node, baseOwn, compiled }: InFlight, own: JsonObject): NodeOutcome {
  if (outcome.ok !== true || compiled.kind === 'decision') return outcome;
  const keys = Object.keys(outcome.output).filter((key) => own[key] !== baseOwn[key]);
  if (keys.length === 0) return outcome;
  return { ok: false, error: stateConflict(addressOf(node), keys), durationMs: outcome.durationMs };
}

/**
 * Keeps what the state was given for a node, as far as that is a part of the execution's output: what last nodes return.
 * Of a map that is last it is the whole list, whichever of its nodes returned something.
 */
export function keepOutput(step: ExecutionStep, tree: WorkflowTree, at: string, result: JsonObject): void {
  const [outer] = framesOf(tree, at);
  if (!isLast(tree, tree.get(staticId(outer?.at ?? at)))) return;
  const key = outer?.map.into;
  addOutput(step, key === undefined ? result : { [key]: step.state[key] ?? null });
}

function addOutput(step: ExecutionStep, output: JsonObject): void {
  step.execution = step.execution.withOutput(assign((step.execution.snapshot.output ?? {}) as JsonObject, output));
}

/** Whether nothing follows a node, nor those that it is within. */
function isLast(tree: WorkflowTree, node: CompiledNode | undefined): boolean {
  for (let at = node; at !== undefined; at = at.parent) {
    if (!(at.parent?.body ?? tree.root).graph.isEnd(at.localId)) return false;
  }
  return node !== undefined;
}

function followersOf(tree: WorkflowTree, node: CompiledNode | undefined): readonly string[] {
  return node === undefined ? [] : (node.parent?.body ?? tree.root).graph.successors(node.localId);
}
