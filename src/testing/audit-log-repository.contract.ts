import { auditLogAppendTests } from './audit-log/append.contract.js';
import type { AuditLogStore } from './audit-log/audit-log-store.js';
import { auditLogFindTests } from './audit-log/find.contract.js';
import { auditLogRawTests } from './audit-log/raw.contract.js';
import { type StoreFactory, storeTests, type TestHarness } from './harness.js';

export type { AuditLogStore } from './audit-log/audit-log-store.js';

/**
 * The contract of `AuditLogRepository`, as tests.
 *
 * @example
 * auditLogRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   auditLog: new InMemoryAuditLogRepository(),
 *   close: async () => {},
 * }));
 */
export function auditLogRepositoryContract(harness: TestHarness, makeStore: StoreFactory<AuditLogStore>): void {
  const test = storeTests(harness, makeStore);
  harness.describe('AuditLogRepository', () => {
    auditLogAppendTests(harness, test);
    auditLogFindTests(harness, test);
    auditLogRawTests(harness, test);
  });
}
