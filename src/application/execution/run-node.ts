import type { NodeAttempt } from '../../domain/execution/node-attempt.js';
import { NodeProgressed } from '../../domain/events/families/node.events.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution.js';
import { type JsonObject, toJsonObject } from '../../domain/shared/json.js';
import type { NodeContext, Workflow } from '../../domain/workflow/workflow-definition.js';
import { runInAmbience } from '../context/run-with-context.js';
import type { StepServices } from './execution-step.js';

/** How much of a message about progress is kept, in characters: what `node.progressed` takes. */
const MAX_MESSAGE = 1_000;

/** How a node's work ended. */
export type NodeOutcome =
  | { readonly ok: true; readonly output: JsonObject; readonly durationMs: number }
  | { readonly ok: false; readonly error: unknown; readonly durationMs: number };

/** A node whose `node.started` is durable. */
export interface NodeToRun {
  readonly node: NodeAttempt;
  readonly startedId: string;
  readonly baseState: JsonObject;
  readonly abort: AbortController;
}

/**
 * Does a node's work. Never rejects: what the work throws, or returns that is not JSON, is its outcome.
 *
 * Events that the work makes get the execution's correlation, `node.started` as their cause, and the injected clock and
 * ids.
 */
export async function runNode(
  services: StepServices,
  workflow: Workflow,
  execution: ExecutionSnapshot,
  { node, startedId, baseState, abort }: NodeToRun,
): Promise<NodeOutcome> {
  const { clock, ids } = services.factory;
  const begunAt = clock.monotonic();
  const elapsed = (): number => Math.max(0, clock.monotonic() - begunAt);
  const context: NodeContext = {
    state: baseState,
    input: execution.input,
    executionId: execution.id,
    ...node,
    idempotencyKey: `${execution.id}/${node.nodeId}/${node.occurrence}`,
    signal: abort.signal,
    progress: (fraction, message) =>
      reportProgress(services, execution, node, startedId, abort.signal, fraction, message),
  };
  try {
    const returned = await runInAmbience(
      { clock, ids, context: { correlationId: execution.correlationId, causationId: startedId } },
      async () => workflow.nodes.get(node.nodeId)?.run(context),
    );
    return { ok: true, output: toJsonObject(returned ?? {}, `result of ${node.nodeId}`), durationMs: elapsed() };
  } catch (error) {
    return { ok: false, error, durationMs: elapsed() };
  }
}

function reportProgress(
  { recorder, factory }: StepServices,
  execution: ExecutionSnapshot,
  node: NodeAttempt,
  causationId: string,
  signal: AbortSignal,
  fraction: number | undefined,
  message: string | undefined,
): void {
  // Work that was given up may go on for a while; what it says no longer belongs to the execution.
  if (signal.aborted) return;
  const event = factory.make(
    NodeProgressed,
    {
      executionId: execution.id,
      ...node,
      ...(fraction === undefined ? {} : { fraction }),
      ...(message === undefined ? {} : { message: message.slice(0, MAX_MESSAGE) }),
    },
    { correlationId: execution.correlationId, causationId },
  );
  recorder.record([event]).catch(() => {
    // The node's own commit comes through the same queue to the same store: it meets the trouble too, and reports it.
  });
}
