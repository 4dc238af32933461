import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import type { ExecutionRepository } from '../../domain/execution/execution.repository.port.js';
import type { UnitOfWork } from '../../domain/shared/transaction.js';
import type { StoreUnderTest } from '../harness.js';

/** Executions, and the transactions in which they are saved. */
export interface ExecutionStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly executions: ExecutionRepository;
}

export function save(store: ExecutionStore, snapshot: ExecutionSnapshot): Promise<void> {
  return store.unitOfWork.run((scope) => store.executions.save(snapshot, scope));
}
