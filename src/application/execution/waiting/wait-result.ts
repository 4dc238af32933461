import type { SuspendedNode } from '../../../domain/execution/progress.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn, toJsonObject } from '../../../domain/shared/json.js';
import type { WorkflowNode } from '../../../domain/workflow/nodes/workflow-node.js';
import { approvalRejected } from './waiting-errors.js';

/** How a node's wait ended: with a result, with an error, or in its being tried again. */
export type WaitResult =
  { readonly ok: true; readonly output: JsonObject } | { readonly ok: false; readonly error: unknown } | 'again';

/** What somebody, or the time, decided about an approval. It becomes part of the state. */
export type Decision =
  | { readonly approved: true; readonly by: string; readonly at: string; readonly comment?: string }
  | { readonly approved: false; readonly by: string; readonly at: string; readonly reason: string };

/**
 * What becomes of a node when its wait ended with a value: a {@link Decision}, what came with a signal, or anything for
 * a timer.
 */
export function resultOf(node: SuspendedNode, definition: WorkflowNode, value: JsonValue): WaitResult {
  switch (node.awaiting) {
    case 'retry':
      return 'again';
    case 'approval':
      return decided(node.nodeId, definition, value as Decision);
    case 'signal':
      return signalled(node, definition, value);
    case 'timer':
    case 'execution':
      return { ok: true, output: {} };
  }
}

function decided(nodeId: string, definition: WorkflowNode, decision: Decision): WaitResult {
  const goesOn = definition.kind === 'approval' && definition.onRejection === 'continue';
  if (!decision.approved && !goesOn) {
    return { ok: false, error: approvalRejected(nodeId, decision.by, decision.reason) };
  }
  const key =
    (definition.kind === 'approval' ? definition.into : undefined) ?? nodeId.slice(nodeId.lastIndexOf('/') + 1);
  return { ok: true, output: under(key, { ...decision }) };
}

function signalled(node: SuspendedNode, definition: WorkflowNode, value: JsonValue): WaitResult {
  const key = definition.kind === 'signal' ? definition.into : undefined;
  if (key !== undefined) return { ok: true, output: under(key, value) };
  if (value === null) return { ok: true, output: {} };
  if (isJsonObject(value)) return { ok: true, output: value };
  try {
    return { ok: true, output: toJsonObject(value, `payload of the signal ${node.name ?? ''}`) };
  } catch (error) {
    return { ok: false, error };
  }
}

function under(key: string, value: JsonValue): JsonObject {
  const output: Record<string, JsonValue> = {};
  setOwn(output, key, value);
  return output;
}
