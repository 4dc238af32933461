import type { NodeAttempt, NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import { addressOf } from '../../../domain/execution/standing.js';
import {
  CheckpointNodeBoundaryRecorded,
  NodeCancelled,
  NodeCompleted,
  NodeFailed,
  NodeSkipped,
  NodeStarted,
} from '../../../domain/events/families/index.js';
import { bodyOf } from '../../../domain/workflow/address.js';
import type { Fact } from '../../../domain/workflow/planner/fact.js';
import type { CompiledNode } from '../../../domain/workflow/workflow-tree.js';
import { errorRecord } from '../../context/error-record.js';
import type { ExecutionStep } from '../execution-step.js';
import { isRecoverable } from '../retry-policy.js';

/** What is known of the node that facts follow from, where it did work. */
export interface Worked {
  readonly at: string;
  /** How long its work took, in milliseconds. */
  readonly durationMs: number;
  /** The event that its end is caused by: its `node.started`, or what ended its wait. */
  readonly causationId: string | undefined;
}

/** What telling facts came to. */
export interface Told {
  /** The id of the last event that what comes next follows from. */
  readonly cause: string | undefined;
  /** The last node that was completed, and its event. */
  readonly completed: { readonly node: NodeOccurrence; readonly causationId: string } | undefined;
  /** The checkpoint that holds what was completed: to be made by the caller when {@link completed} is there. */
  readonly checkpointId: string;
  /** The ids of the `node.started` among them, by address. */
  readonly begun: ReadonlyMap<string, string>;
}

/** Adds the events of facts to a step, in their order. */
export function tellFacts(
  step: ExecutionStep,
  facts: readonly Fact[],
  causationId: string | undefined,
  worked?: Worked,
): Told {
  const checkpointId = facts.some(({ kind }) => kind === 'completed') ? step.newId() : '';
  let cause = causationId;
  let completed: Told['completed'];
  const begun = new Map<string, string>();
  for (const fact of facts) {
    const at = addressOf(fact.node);
    switch (fact.kind) {
      case 'started':
        begun.set(at, tellStarted(step, fact.node, fact.compiled, begun.get(bodyOf(at)?.node ?? '') ?? cause));
        break;
      case 'completed': {
        const done = tellCompleted(step, fact, checkpointId, worked, begun.get(at) ?? cause);
        completed ??= { node: fact.node, causationId: done };
        cause = done;
        break;
      }
      case 'failed':
        cause = tellFailed(step, fact, worked, begun.get(at) ?? cause);
        break;
      case 'skipped': {
        const { reason, condition } = fact;
        step.memory.spans.delete(at);
        const payload = { ...ofNode(step, fact.node), reason, ...(condition === undefined ? {} : { condition }) };
        step.emit(NodeSkipped, payload, cause);
        break;
      }
      case 'cancelled': {
        const span = step.memory.spans.get(at);
        step.memory.spans.delete(at);
        step.memory.noteCancelled(fact.node);
        const payload = { ...ofNode(step, fact.node), reason: fact.reason, durationMs: elapsed(step, span?.begunAt) };
        step.emit(NodeCancelled, payload, span?.startedId ?? cause);
        break;
      }
    }
  }
  return { cause, completed, checkpointId, begun };
}

/** Adds the start of a node to a step. Returns the id of `node.started`. */
export function tellStarted(
  step: ExecutionStep,
  node: NodeAttempt,
  { definition, kind, id }: CompiledNode,
  causationId: string | undefined,
): string {
  const startedId = step.emit(
    NodeStarted,
    {
      ...ofNode(step, node),
      nodeName: definition.name ?? id,
      nodeKind: kind,
      entryCheckpointId: step.execution.snapshot.headCheckpointId,
    },
    causationId,
  );
  step.memory.spans.set(addressOf(node), { startedId, begunAt: step.monotonic() });
  return startedId;
}

/** Adds where a node's work begins or ends among the checkpoints to a step. */
export function tellBoundary(
  step: ExecutionStep,
  { nodeId, occurrence }: NodeOccurrence,
  boundary: { readonly boundary: 'entry' | 'exit'; readonly nodeStatus: string; readonly checkpointId: string },
  causationId: string,
): void {
  const payload = { executionId: step.execution.id, nodeId, occurrence, ...boundary };
  step.emit(CheckpointNodeBoundaryRecorded, payload, causationId);
}

function tellCompleted(
  step: ExecutionStep,
  { node, chosen }: Fact & { readonly kind: 'completed' },
  exitCheckpointId: string,
  worked: Worked | undefined,
  cause: string | undefined,
): string {
  const at = addressOf(node);
  const span = step.memory.spans.get(at);
  step.memory.spans.delete(at);
  step.memory.items.delete(at);
  step.memory.noteCompleted(node);
  const isIt = worked?.at === at;
  return step.emit(
    NodeCompleted,
    {
      ...ofNode(step, node),
      durationMs: isIt ? worked.durationMs : elapsed(step, span?.begunAt),
      ...(chosen === undefined ? {} : { output: { chosen: [...chosen] } }),
      exitCheckpointId,
    },
    isIt ? worked.causationId : cause,
  );
}

function tellFailed(
  step: ExecutionStep,
  { node, error: thrown, because }: Fact & { readonly kind: 'failed' },
  worked: Worked | undefined,
  cause: string | undefined,
): string {
  const at = addressOf(node);
  const { spans, failures } = step.memory;
  const span = spans.get(at);
  spans.delete(at);
  const inner = because === undefined ? undefined : failures.get(because);
  const error = inner?.error ?? errorRecord(thrown ?? new Error(`${because ?? at} failed`));
  const isIt = worked?.at === at;
  const causationId = step.emit(
    NodeFailed,
    {
      ...ofNode(step, node),
      error,
      durationMs: isIt ? worked.durationMs : elapsed(step, span?.begunAt),
      recoverable: isRecoverable(thrown),
    },
    isIt ? worked.causationId : cause,
  );
  failures.set(at, { origin: inner?.origin ?? because ?? at, error, causationId });
  return causationId;
}

/** What every event of a node carries. */
function ofNode(
  step: ExecutionStep,
  { nodeId, occurrence, attempt }: NodeAttempt,
): { readonly executionId: string } & Omit<NodeAttempt, 'at'> {
  return { executionId: step.execution.id, nodeId, occurrence, attempt };
}

function elapsed(step: ExecutionStep, begunAt: number | undefined): number {
  return begunAt === undefined ? 0 : Math.max(0, step.monotonic() - begunAt);
}
