import { hasEndedChild } from '../../../domain/execution/child-waits.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type {
  DueExecution,
  DueQuery,
  ExecutionQuery,
  ExecutionRepository,
  LeaseRenewal,
  RecoverableQuery,
} from '../../../domain/execution/execution.repository.port.js';
import { versionConflict } from '../../../domain/execution/version-conflict.error.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** Executions in memory. */
export class InMemoryExecutionRepository implements ExecutionRepository {
  readonly #executions = new Map<string, ExecutionSnapshot>();

  save(snapshot: ExecutionSnapshot, scope: TransactionScope): Promise<void> {
    const before = this.#executions.get(snapshot.id);
    if ((before?.version ?? 0) !== snapshot.version) return Promise.reject(versionConflict(snapshot));
    const label = before === undefined ? snapshot.label : before.label;
    this.#executions.set(snapshot.id, Object.freeze({ ...snapshot, label, version: snapshot.version + 1 }));
    scope.onRollback(() => {
      if (before === undefined) this.#executions.delete(snapshot.id);
      else this.#executions.set(snapshot.id, before);
    });
    return Promise.resolve();
  }

  find(executionId: string): Promise<ExecutionSnapshot | undefined> {
    return Promise.resolve(this.#executions.get(executionId));
  }

  label(executionId: string, label: string | null, scope: TransactionScope): Promise<boolean> {
    const before = this.#executions.get(executionId);
    if (before === undefined) return Promise.resolve(false);
    this.#executions.set(executionId, Object.freeze({ ...before, label }));
    scope.onRollback(() => this.#executions.set(executionId, before));
    return Promise.resolve(true);
  }

  remove(executionId: string, scope: TransactionScope): Promise<void> {
    const before = this.#executions.get(executionId);
    this.#executions.delete(executionId);
    scope.onRollback(() => {
      if (before !== undefined) this.#executions.set(executionId, before);
    });
    return Promise.resolve();
  }

  renewLeases({ owner, executionIds, expiresAt }: LeaseRenewal, scope: TransactionScope): Promise<readonly string[]> {
    const held: string[] = [];
    for (const id of new Set(executionIds)) {
      const before = this.#executions.get(id);
      if (before?.owner !== owner) continue;
      held.push(id);
      this.#executions.set(id, Object.freeze({ ...before, leaseExpiresAt: expiresAt }));
      scope.onRollback(() => this.#executions.set(id, before));
    }
    return Promise.resolve(held);
  }

  owners(): Promise<readonly string[]> {
    const owners = new Set<string>();
    for (const { owner } of this.#executions.values()) if (owner !== null) owners.add(owner);
    return Promise.resolve([...owners]);
  }

  listRecoverable({ now, gone, after, limit }: RecoverableQuery): Promise<readonly string[]> {
    const found: string[] = [];
    for (const execution of this.#executions.values()) {
      const { id, status, owner, leaseExpiresAt, dueAt, undoing } = execution;
      if (after !== undefined && ascending(id, after) <= 0) continue;
      const isLeft =
        owner === null
          ? (status === 'paused' && dueAt !== null && dueAt <= now) ||
            undoing !== null ||
            hasEndedChild(execution, (child) => this.#executions.get(child))
          : leaseExpiresAt === null || leaseExpiresAt <= now || gone.includes(owner);
      if (isLeft) found.push(id);
    }
    return Promise.resolve(found.toSorted(ascending).slice(0, limit));
  }

  listDue({ after, limit }: DueQuery): Promise<readonly DueExecution[]> {
    const found: DueExecution[] = [];
    for (const { id, status, owner, dueAt } of this.#executions.values()) {
      if (owner !== null || status !== 'paused' || dueAt === null) continue;
      if (after === undefined || inDueOrder({ id, dueAt }, after) > 0) found.push({ id, dueAt });
    }
    return Promise.resolve(found.toSorted(inDueOrder).slice(0, limit));
  }

  list(query: ExecutionQuery): Promise<readonly ExecutionSnapshot[]> {
    const found = [...this.#executions.values()].filter(
      (execution) =>
        (query.workflowId === undefined || execution.workflowId === query.workflowId) &&
        (query.status === undefined || execution.status === query.status) &&
        (query.parentExecutionId === undefined || execution.parentExecutionId === query.parentExecutionId),
    );
    found.sort((a, b) => descending(a.startedAt, b.startedAt) || descending(a.id, b.id));
    return Promise.resolve(found.slice(0, query.limit));
  }
}

function descending(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? 1 : -1;
}

function inDueOrder(a: DueExecution, b: DueExecution): number {
  return ascending(a.dueAt, b.dueAt) || ascending(a.id, b.id);
}

/** By code points, as databases compare their text: ids may hold any. */
function ascending(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
