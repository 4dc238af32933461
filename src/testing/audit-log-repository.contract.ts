import { auditLogAppendTests } from './audit-log/append.contract.js';
import type { AuditLogStore } from './audit-log/audit-log-store.js';
import { auditLogCountTests } from './audit-log/counts.contract.js';
import { auditLogFindTests } from './audit-log/find.contract.js';
import { auditLogHashesTests } from './audit-log/hashes.contract.js';
import { auditLogRawTests } from './audit-log/raw.contract.js';
import { auditLogTextTests } from './audit-log/text.contract.js';
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
    auditLogTextTests(harness, test);
    auditLogCountTests(harness, test);
    auditLogRawTests(harness, test);
    auditLogHashesTests(harness, test);
  });
}
