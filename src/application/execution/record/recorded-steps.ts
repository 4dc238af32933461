import type { NodeAttempt } from '../../../domain/execution/node-attempt.js';
import {
  CheckpointNodeBoundaryRecorded,
  ExecutionCompleted,
  NodeCancelled,
  NodeCompleted,
  NodeFailed,
  NodeStarted,
} from '../../../domain/events/families/index.js';
import { addressOf, type Standing } from '../../../domain/execution/standing.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../../../domain/shared/json.js';
import { errorRecord } from '../../context/error-record.js';
import type { ExecutionResult } from '../execution-result.js';
import type { ExecutionStep } from '../execution-step.js';
import { isRecoverable } from '../retry-policy.js';
import { type Slot, withHostKeys, withResult } from './recorded-state.js';

/** A node whose `node.started` is durable. */
export interface StartedNode {
  readonly node: NodeAttempt;
  readonly startedId: string;
  /** When it began, in milliseconds on the monotonic clock. */
  readonly begunAt: number;
}

/** Which node: its id, and where it is. */
export interface NodePlace {
  readonly nodeId: string;
  readonly address: string;
}

/** What a host says of a node. */
export interface NodeFacts {
  /** For people. */
  readonly name: string;
  readonly kind: string;
}

/**
 * Adds the start of a node to a step: its next occurrence, or the next attempt of the one that failed or was
 * interrupted.
 */
export function startRecorded(
  step: ExecutionStep,
  { nodeId, address }: NodePlace,
  { name, kind }: NodeFacts,
  causationId: string | undefined,
  begunAt: number,
): StartedNode {
  const { standing, node } = withStarted(step.execution.standing, nodeId, address);
  step.execution = step.execution.record({ standing, completed: [] });
  const { id: executionId, headCheckpointId: checkpointId } = step.execution.snapshot;
  const { occurrence, attempt } = node;
  const startedId = step.emit(
    NodeStarted,
    { executionId, nodeId, occurrence, attempt, nodeName: name, nodeKind: kind, entryCheckpointId: checkpointId },
    causationId,
  );
  const boundary = { boundary: 'entry', nodeStatus: 'running', checkpointId } as const;
  step.emit(CheckpointNodeBoundaryRecorded, { executionId, nodeId, occurrence, ...boundary }, startedId);
  return { node, startedId, begunAt };
}

/** Adds a node's result to a step: the state with it, and its checkpoint. Returns the id of `node.completed`. */
export function completeRecorded(
  step: ExecutionStep,
  { node, startedId }: StartedNode,
  slot: Slot,
  { output, into }: { readonly output: JsonValue | undefined; readonly into: string | undefined },
  durationMs: number,
): string {
  const { nodeId, occurrence, attempt } = node;
  const executionId = step.execution.id;
  const address = addressOf(node);
  step.execution = step.execution.record({
    standing: withoutRunning(step.execution.standing, address),
    completed: [{ nodeId, occurrence }],
  });
  const result = { occurrence, ...(output === undefined ? {} : { output }) };
  step.state = withResult(withHostKeys(step.state, keysOf(output, into)), slot, address, result);
  const checkpointId = step.newId();
  const payload = { executionId, nodeId, occurrence, attempt, durationMs, exitCheckpointId: checkpointId };
  const cause = step.emit(NodeCompleted, payload, startedId);
  step.checkpoint('exit', { nodeId, occurrence }, cause, checkpointId);
  const boundary = { boundary: 'exit', nodeStatus: 'completed', checkpointId } as const;
  step.emit(CheckpointNodeBoundaryRecorded, { executionId, nodeId, occurrence, ...boundary }, cause);
  return cause;
}

/** Adds a node's failure to a step. Returns the id of `node.failed`. */
export function failRecorded(
  step: ExecutionStep,
  { node, startedId }: StartedNode,
  thrown: unknown,
  durationMs: number,
): string {
  const { nodeId, occurrence, attempt } = node;
  giveUp(step, node);
  const executionId = step.execution.id;
  const payload = { executionId, nodeId, occurrence, attempt, error: errorRecord(thrown), durationMs };
  return step.emit(NodeFailed, { ...payload, recoverable: isRecoverable(thrown) }, startedId);
}

/** Adds to a step that a node's work is given up. */
export function cancelRecorded(
  step: ExecutionStep,
  { node: { nodeId, occurrence, attempt }, startedId, begunAt }: StartedNode,
  reason: string,
  now: number,
): void {
  const durationMs = Math.max(0, now - begunAt);
  const payload = { executionId: step.execution.id, nodeId, occurrence, attempt, reason, durationMs };
  step.emit(NodeCancelled, payload, startedId);
}

/** Ends a step with the completion of its execution. */
export function concludeRecorded(
  step: ExecutionStep,
  output: JsonValue,
  causationId: string | undefined,
): ExecutionResult {
  const executionId = step.execution.id;
  const { nodesExecuted, checkpointsCreated, workflowId } = step.execution.snapshot;
  step.emit(
    ExecutionCompleted,
    { executionId, workflowId, output, durationMs: step.elapsedMs(), nodesExecuted, checkpointsCreated },
    causationId,
  );
  step.execution = step.execution.withOutput(output).complete(step.now());
  return { status: 'completed', executionId, output };
}

/** What ran is waiting again: it is to be done by whoever goes on from here. */
export function putBack(step: ExecutionStep, node: NodeAttempt): void {
  const standing = withoutRunning(step.execution.standing, addressOf(node));
  const waiting = [addressOf(node), ...standing.waiting];
  step.execution = step.execution.record({ standing: { ...standing, waiting }, completed: [] });
}

/** What ran is to be done again by whoever goes back to here. */
export function giveUp(step: ExecutionStep, node: NodeAttempt): void {
  const standing = withoutRunning(step.execution.standing, addressOf(node));
  const failed = [...standing.failed, node];
  step.execution = step.execution.record({ standing: { ...standing, failed }, completed: [] });
}

function withStarted(
  standing: Standing,
  nodeId: string,
  address: string,
): { readonly standing: Standing; readonly node: NodeAttempt } {
  const isOther = (node: NodeAttempt): boolean => addressOf(node) !== address;
  const before = [...standing.interrupted, ...standing.failed].find((node) => !isOther(node));
  const reached = Object.hasOwn(standing.occurrences, nodeId) ? (standing.occurrences[nodeId] ?? 0) : 0;
  const node: NodeAttempt =
    before === undefined
      ? { nodeId, occurrence: reached + 1, attempt: 1, ...(address === nodeId ? {} : { at: address }) }
      : { ...before, attempt: before.attempt + 1 };
  const occurrences = { ...standing.occurrences };
  if (before === undefined) setOwn(occurrences, nodeId, node.occurrence);
  return {
    node,
    standing: {
      ...standing,
      occurrences,
      waiting: standing.waiting.filter((waiting) => waiting !== address),
      running: [...standing.running, node],
      interrupted: standing.interrupted.filter(isOther),
      failed: standing.failed.filter(isOther),
    },
  };
}

function withoutRunning(standing: Standing, address: string): Standing {
  return { ...standing, running: standing.running.filter((node) => addressOf(node) !== address) };
}

/** What a result adds to the state: itself under a key, or else its own keys where it is an object. */
function keysOf(output: JsonValue | undefined, into: string | undefined): JsonObject {
  if (output === undefined) return {};
  if (into !== undefined) return { [into]: output };
  return isJsonObject(output) ? output : {};
}
