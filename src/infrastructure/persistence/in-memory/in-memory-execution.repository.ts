import type { ExecutionSnapshot } from '../../../domain/execution/execution.js';
import type { ExecutionQuery, ExecutionRepository } from '../../../domain/execution/execution.repository.port.js';
import { versionConflict } from '../../../domain/execution/version-conflict.error.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** Executions in memory. */
export class InMemoryExecutionRepository implements ExecutionRepository {
  readonly #executions = new Map<string, ExecutionSnapshot>();

  save(snapshot: ExecutionSnapshot, scope: TransactionScope): Promise<void> {
    const before = this.#executions.get(snapshot.id);
    if ((before?.version ?? 0) !== snapshot.version) return Promise.reject(versionConflict(snapshot));
    this.#executions.set(snapshot.id, Object.freeze({ ...snapshot, version: snapshot.version + 1 }));
    scope.onRollback(() => {
      if (before === undefined) this.#executions.delete(snapshot.id);
      else this.#executions.set(snapshot.id, before);
    });
    return Promise.resolve();
  }

  find(executionId: string): Promise<ExecutionSnapshot | undefined> {
    return Promise.resolve(this.#executions.get(executionId));
  }

  remove(executionId: string, scope: TransactionScope): Promise<void> {
    const before = this.#executions.get(executionId);
    this.#executions.delete(executionId);
    scope.onRollback(() => {
      if (before !== undefined) this.#executions.set(executionId, before);
    });
    return Promise.resolve();
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
