import type { JsonObject } from '../../shared/json.js';
import { nodeList } from './node-list.js';
import type { ApprovalNode } from './workflow-node.js';

/** An approval as it is declared. */
export interface ApprovalOptions<State extends object = JsonObject> extends Omit<
  ApprovalNode<State>,
  'kind' | 'approvers' | 'escalateTo'
> {
  readonly approvers?: string | readonly string[];
  readonly escalateTo?: string | readonly string[];
}

/**
 * Declares a node that waits until somebody approves or rejects. The execution is paused meanwhile and takes no memory.
 *
 * @example
 * approval({ message: 'Release it?', approvers: ['user:ada'], expiresAfterMs: 86_400_000, onExpiry: 'reject' });
 */
export function approval<State extends object = JsonObject>(options: ApprovalOptions<State> = {}): ApprovalNode<State> {
  const { approvers, escalateTo, ...rest } = options;
  return Object.freeze({
    ...rest,
    kind: 'approval',
    ...(approvers === undefined ? {} : { approvers: nodeList(approvers) }),
    ...(escalateTo === undefined ? {} : { escalateTo: nodeList(escalateTo) }),
  });
}
