import type { NodeAttempt } from '../../domain/execution/node-attempt.js';
import { NodeProgressed } from '../../domain/events/families/node.events.js';
import { addressOf } from '../../domain/execution/standing.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { type JsonObject, toJsonObject } from '../../domain/shared/json.js';
import type { NodeContext } from '../../domain/workflow/nodes/node-context.js';
import type { TaskNode, WorkflowNode } from '../../domain/workflow/nodes/workflow-node.js';
import { nodeList } from '../../domain/workflow/nodes/node-list.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { runInAmbience } from '../context/run-with-context.js';
import type { StepServices } from './step-services.js';
import { type Suspension, suspensionOf } from './waiting/suspension.js';
import type { WorkStop } from '../workspace/ongoing-work.js';
import { type Overdue, WorkWatch } from './waiting/work-limits.js';

/** How much of a message about progress is kept, in characters: what `node.progressed` takes. */
const MAX_MESSAGE = 1_000;

/** How a node's work ended: with a result, with an error, or in waiting for something. */
export type NodeOutcome =
  | { readonly ok: true; readonly output: JsonObject; readonly durationMs: number; readonly suspend?: undefined }
  | {
      readonly ok: false;
      readonly error: unknown;
      readonly durationMs: number;
      /** The limit that it reached, in milliseconds, where it did not end by itself. */
      readonly limitMs?: number;
      readonly suspend?: undefined;
    }
  | { readonly ok?: undefined; readonly suspend: Suspension };

/** A node whose `node.started` is durable. */
export interface NodeToRun {
  readonly node: NodeAttempt;
  readonly startedId: string;
  readonly baseState: JsonObject;
  readonly abort: AbortController;
  /** Where it is within a loop or a map. */
  readonly place?: Pick<NodeContext, 'iteration' | 'item' | 'index'>;
}

/**
 * Does a node's work. Never rejects: what the work throws, or returns that is not JSON, is its outcome, and so is its
 * time being up. Work that goes on after that is not listened to; in a workspace it is waited for all the same, for a while,
 * so that nothing else is begun beside it.
 *
 * Events that the work makes get the execution's correlation, `node.started` as their cause, and the injected clock and
 * ids.
 */
export async function runNode(
  services: StepServices,
  workflow: Workflow,
  execution: ExecutionSnapshot,
  { node, startedId, baseState, abort, place }: NodeToRun,
): Promise<NodeOutcome> {
  const { clock, ids } = services.factory;
  const begunAt = clock.monotonic();
  const elapsed = (): number => Math.max(0, clock.monotonic() - begunAt);
  const definition = workflow.nodes.get(node.nodeId);
  const watch = watchFor(services, definition, node.nodeId, abort);
  const context: NodeContext = {
    state: baseState,
    input: execution.input,
    executionId: execution.id,
    nodeId: node.nodeId,
    occurrence: node.occurrence,
    attempt: node.attempt,
    ...place,
    ...services.surroundings.of(execution.id),
    idempotencyKey: `${execution.id}/${node.nodeId}/${node.occurrence}`,
    fencingToken: execution.fence,
    // Most work never asks for it, and to make one takes as long as to make an event.
    get signal() {
      return abort.signal;
    },
    progress: (fraction, message) => {
      watch?.beat();
      reportProgress(services, execution, node, startedId, abort.signal, fraction, message);
    },
    heartbeat: () => watch?.beat(),
  };
  let stop: WorkStop | undefined;
  try {
    const ended = await runInAmbience(
      { clock, ids, context: { correlationId: execution.correlationId, causationId: startedId } },
      async (): Promise<Ended> => {
        const suspend = definition === undefined ? undefined : suspensionOf(definition, baseState, clock.now());
        if (suspend !== undefined) return { suspend };
        const work = doWork(definition, context);
        if (context.workspace !== undefined) stop = services.surroundings.works(execution.id, addressOf(node), work);
        if (watch === undefined) return { returned: await work };
        return Promise.race([work.then((returned): Ended => ({ returned })), watch.overdue(definition as TaskNode)]);
      },
    );
    if ('suspend' in ended) return ended;
    if ('error' in ended) {
      // Another attempt in the same folder must not meet it.
      const error = stop === undefined ? ended.error : await stop(ended.error);
      return { ok: false, error, limitMs: ended.limitMs, durationMs: elapsed() };
    }
    return {
      ok: true,
      output: toJsonObject(ended.returned ?? {}, `result of ${node.nodeId}`),
      durationMs: elapsed(),
    };
  } catch (error) {
    return { ok: false, error, durationMs: elapsed() };
  } finally {
    watch?.stop();
  }
}

type Ended = { readonly returned: unknown } | { readonly suspend: Suspension } | Overdue;

async function doWork(definition: WorkflowNode | undefined, context: NodeContext): Promise<unknown> {
  if (definition?.kind === 'task') return definition.run(context);
  // The engine sees to it that what is chosen follows the node.
  if (definition?.kind === 'decision') return { chosen: nodeList(await definition.choose?.(context)) };
  return undefined;
}

/** Only a node with limits is watched: the others need no timer. */
function watchFor(
  { factory, scheduler }: StepServices,
  definition: WorkflowNode | undefined,
  nodeId: string,
  abort: AbortController,
): WorkWatch | undefined {
  const { timeoutMs, heartbeatMs } = (definition ?? {}) as Partial<TaskNode>;
  if (timeoutMs === undefined && heartbeatMs === undefined) return undefined;
  return new WorkWatch({ clock: factory.clock, scheduler }, nodeId, abort);
}

function reportProgress(
  { recorder, factory, leases }: StepServices,
  execution: ExecutionSnapshot,
  node: NodeAttempt,
  causationId: string,
  signal: AbortSignal,
  fraction: number | undefined,
  message: string | undefined,
): void {
  // Work that was given up may go on for a while; what it says no longer belongs to the execution. Neither does what is
  // said after a long stop of the process: somebody else may have taken the execution over.
  if (signal.aborted || !leases.holds(execution.id)) return;
  const event = factory.make(
    NodeProgressed,
    {
      executionId: execution.id,
      nodeId: node.nodeId,
      occurrence: node.occurrence,
      attempt: node.attempt,
      ...(fraction === undefined ? {} : { fraction }),
      ...(message === undefined ? {} : { message: message.slice(0, MAX_MESSAGE) }),
    },
    { correlationId: execution.correlationId, causationId },
  );
  recorder.record([event]).catch(() => {
    // The node's own commit comes through the same queue to the same store: it meets the trouble too, and reports it.
  });
}
