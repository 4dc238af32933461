import type { AuditEntry } from '../../src/index.js';

interface Payload {
  readonly executionId?: string;
  readonly nodeId?: string;
  readonly occurrence?: number;
  readonly nodeKind?: string;
}

const ENDED: Readonly<Record<string, string>> = {
  'execution.completed': 'completed',
  'execution.failed': 'failed',
  'execution.cancelled': 'cancelled',
};

/**
 * What the log says that must not be of executions of sub-workflows: one that was started twice, one that was started
 * beside another of the same node, and a node that was completed by none.
 */
export function checkChildren(entries: readonly AuditEntry[]): readonly string[] {
  const problems: string[] = [];
  const statuses = new Map<string, string>();
  const kinds = new Map<string, string>();
  for (const { event } of entries) {
    const { executionId, nodeId = '', occurrence = 0, nodeKind } = event.payload as Payload;
    if (executionId === undefined) continue;
    const node = `${executionId}.${nodeId.replaceAll('/', ':')}.${occurrence}`;
    if (event.type === 'execution.started') {
      if (statuses.has(executionId)) problems.push(`${executionId} was started twice.`);
      const first = executionId.replace(/-\d+$/, '');
      for (const [id, status] of statuses) {
        const isSpent = status === 'failed' || status === 'cancelled';
        if (kinds.get(first) !== undefined && isOf(first, id) && !isSpent) {
          problems.push(`${executionId} was started, and ${id} was ${status}.`);
        }
      }
      statuses.set(executionId, 'running');
    } else if (event.type === 'node.started') {
      if (nodeKind === 'workflow') kinds.set(node, nodeKind);
    } else if (event.type === 'node.completed' && kinds.has(node)) {
      const done = [...statuses].filter(([id, status]) => isOf(node, id) && status === 'completed');
      if (done.length !== 1) problems.push(`${node} was completed by ${done.length} executions.`);
    } else {
      statuses.set(executionId, ENDED[event.type] ?? statuses.get(executionId) ?? '');
    }
  }
  return problems;
}

/** Whether an execution is one of a node: of its first attempt, or of a later one. */
function isOf(first: string, id: string): boolean {
  return id === first || (id.startsWith(`${first}-`) && /^\d+$/.test(id.slice(first.length + 1)));
}
