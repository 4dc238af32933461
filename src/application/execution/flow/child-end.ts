import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type { ErrorRecord } from '../../../domain/events/families/fields.js';
import { ExecutionCancelled } from '../../../domain/events/families/execution.events.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../../../domain/shared/json.js';
import type { SubworkflowNode } from '../../../domain/workflow/nodes/workflow-node.js';
import type { ExecutionResult } from '../execution-result.js';
import type { ExecutionServices } from '../execution-services.js';
import type { WaitResult } from '../waiting/wait-result.js';
import { childFailed } from './flow-errors.js';

/** What became of an execution, as it is stored. */
export async function storedResult(
  { log }: Pick<ExecutionServices, 'log'>,
  stored: ExecutionSnapshot,
): Promise<ExecutionResult> {
  const { id: executionId, status, output, error, pauseReason, headCheckpointId: checkpointId, waiting } = stored;
  switch (status) {
    case 'completed':
      return { status, executionId, output };
    case 'failed':
      return { status, executionId, nodeId: null, error: error ?? { name: 'Error', message: 'unknown' }, checkpointId };
    case 'cancelled':
      return { status, executionId, reason: await reasonToCancel({ log }, executionId) };
    case 'pending':
    case 'running':
    case 'paused':
      return { status: 'paused', executionId, reason: pauseReason ?? 'requested', checkpointId, nextNodeIds: waiting };
  }
}

/** What becomes of a node whose execution has ended. */
export function endOf(
  definition: SubworkflowNode,
  at: string,
  childExecutionId: string,
  result: ExecutionResult,
): Exclude<WaitResult, 'again'> {
  switch (result.status) {
    case 'completed':
      return { ok: true, output: outputOf(definition, result.output) };
    case 'failed': {
      const { error } = result;
      return {
        ok: false,
        error: childFailed(at, childExecutionId, `failed: ${error.message}`, asError(error)),
      };
    }
    case 'cancelled':
      return { ok: false, error: childFailed(at, childExecutionId, `was cancelled: ${result.reason}`) };
    case 'paused':
      return { ok: false, error: childFailed(at, childExecutionId, 'stands still') };
  }
}

/** Only its log says why an execution was cancelled. */
async function reasonToCancel({ log }: Pick<ExecutionServices, 'log'>, executionId: string): Promise<string> {
  const filter = { executionId, types: [ExecutionCancelled.type] };
  const [entry] = await log.query(filter, { limit: 1, order: 'desc' });
  const reason = (entry?.event.payload as { readonly reason?: unknown } | undefined)?.reason;
  return typeof reason === 'string' ? reason : 'it was cancelled';
}

/** An error that was recorded, as one that is recorded the same again. */
function asError({ name, message, code, stack, cause }: ErrorRecord): Error {
  const error = new Error(message, cause === undefined ? {} : { cause: asError(cause) });
  return Object.assign(error, { name, stack, ...(code === undefined ? {} : { code }) });
}

/** Under its key, or each key of it by itself; what is no object needs a key and is left out without one. */
function outputOf({ into }: SubworkflowNode, output: JsonValue): JsonObject {
  if (into === undefined) return isJsonObject(output) ? output : {};
  const result: Record<string, JsonValue> = {};
  setOwn(result, into, output);
  return Object.freeze(result);
}
