import type { NodeAttempt } from '../../domain/execution/node-attempt.js';
import {
  CheckpointNodeBoundaryRecorded,
  NodeCancelled,
  NodeCompleted,
  NodeFailed,
  NodeStarted,
} from '../../domain/events/families/index.js';
import type { ErrorRecord } from '../../domain/events/families/fields.js';
import { type JsonObject, type JsonValue, setOwn } from '../../domain/shared/json.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { stateConflict } from './execution-errors.js';
import type { ExecutionStep } from './execution-step.js';
import type { NodeOutcome, NodeToRun } from './run-node.js';

/** A node whose work is going on. */
export interface InFlight extends NodeToRun {
  /** When it began, in milliseconds on the monotonic clock. */
  readonly begunAt: number;
}

/** Adds the start of nodes to a step. Their work may begin once the step is durable. */
export function startNodes(
  step: ExecutionStep,
  workflow: Workflow,
  nodeIds: readonly string[],
  causationId: string | undefined,
  begunAt: number,
): readonly InFlight[] {
  if (nodeIds.length === 0) return [];
  step.execution = step.execution.startNodes(nodeIds);
  const { id: executionId, headCheckpointId, running } = step.execution.snapshot;
  return running.slice(-nodeIds.length).map((node): InFlight => {
    const definition = workflow.nodes.get(node.nodeId);
    const startedId = step.emit(
      NodeStarted,
      {
        executionId,
        ...node,
        nodeName: definition?.name ?? node.nodeId,
        nodeKind: definition?.kind ?? 'task',
        entryCheckpointId: headCheckpointId,
      },
      causationId,
    );
    emitBoundary(step, node, { boundary: 'entry', nodeStatus: 'running', checkpointId: headCheckpointId }, startedId);
    return { node, startedId, baseState: step.state, begunAt, abort: new AbortController() };
  });
}

/**
 * Adds a node's result to a step: the state with it, its checkpoint, and what it makes ready. Returns the id of
 * `node.completed`.
 */
export function completeNode(
  step: ExecutionStep,
  workflow: Workflow,
  { node, startedId }: InFlight,
  { output, durationMs }: NodeOutcome & { readonly ok: true },
): string {
  const { nodeId, occurrence } = node;
  const completed = new Set([...step.execution.completedIds, nodeId]);
  step.execution = step.execution.completeNode(nodeId, workflow.graph.readyAfter(nodeId, completed));
  step.state = assign(step.state, output);
  if (workflow.graph.ends.includes(nodeId)) {
    step.execution = step.execution.withOutput(assign((step.execution.snapshot.output ?? {}) as JsonObject, output));
  }
  const checkpointId = step.newId();
  const payload = { executionId: step.execution.id, ...node, durationMs, exitCheckpointId: checkpointId };
  const cause = step.emit(NodeCompleted, payload, startedId);
  step.checkpoint('exit', { nodeId, occurrence }, cause, checkpointId);
  emitBoundary(step, node, { boundary: 'exit', nodeStatus: 'completed', checkpointId }, cause);
  return cause;
}

/** Adds a node's failure to a step. Returns the id of `node.failed`. */
export function failNode(
  step: ExecutionStep,
  { node, startedId }: InFlight,
  { error: thrown, durationMs }: NodeOutcome & { readonly ok: false },
  error: ErrorRecord,
): string {
  step.execution = step.execution.failNode(node.nodeId);
  const payload = { executionId: step.execution.id, ...node, error, durationMs, recoverable: isRecoverable(thrown) };
  return step.emit(NodeFailed, payload, startedId);
}

/** Adds the end of work that is given up to a step. */
export function cancelNode(
  step: ExecutionStep,
  { node, startedId, begunAt }: InFlight,
  reason: string,
  now: number,
): void {
  const durationMs = Math.max(0, now - begunAt);
  step.emit(NodeCancelled, { executionId: step.execution.id, ...node, reason, durationMs }, startedId);
}

/**
 * A result that sets a key which a parallel node has changed since this one started is a failure: either would lose.
 */
export function withoutConflict(outcome: NodeOutcome, inFlight: InFlight, state: JsonObject): NodeOutcome {
  if (!outcome.ok) return outcome;
  const keys = Object.keys(outcome.output).filter((key) => state[key] !== inFlight.baseState[key]);
  if (keys.length === 0) return outcome;
  return { ok: false, error: stateConflict(inFlight.node.nodeId, keys), durationMs: outcome.durationMs };
}

function emitBoundary(
  step: ExecutionStep,
  { nodeId, occurrence }: NodeAttempt,
  boundary: { readonly boundary: 'entry' | 'exit'; readonly nodeStatus: string; readonly checkpointId: string },
  causationId: string,
): void {
  const payload = { executionId: step.execution.id, nodeId, occurrence, ...boundary };
  step.emit(CheckpointNodeBoundaryRecorded, payload, causationId);
}

/** The state with a node's result: each key replaces the one of that name. */
function assign(state: JsonObject, output: JsonObject): JsonObject {
  const result: Record<string, JsonValue> = {};
  for (const [key, value] of [...Object.entries(state), ...Object.entries(output)]) setOwn(result, key, value);
  return Object.freeze(result);
}

/** An error may say that going back can't help, with `recoverable: false`. */
function isRecoverable(error: unknown): boolean {
  return !(typeof error === 'object' && error !== null && 'recoverable' in error && error.recoverable === false);
}
