import { verifyLog } from '../../src/application/audit/verify-log.js';
import type { AuditLogRepository } from '../../src/domain/audit/audit-log.repository.port.js';
import { naiveMerkleRoot } from '../../src/testing/naive-merkle.js';

/**
 * Holds a log to what was promised of it: every acknowledged event is in it, once; its positions have no gap; its root is
 * what comes of its entries when somebody else computes it.
 */
export async function expectWholeLog(log: AuditLogRepository, acknowledged: readonly string[]): Promise<void> {
  const { size, rootHash } = await log.head();
  const entries = await log.readRange(0, size + 10);
  expect(entries.map(({ position }) => position)).toStrictEqual(Array.from({ length: size }, (_, index) => index));
  const recorded = new Set(entries.map(({ columns }) => columns.eventId));
  expect(recorded.size).toBe(size);
  expect(acknowledged.filter((id) => !recorded.has(id))).toStrictEqual([]);
  expect(await verifyLog(log)).toMatchObject({ verdict: 'ok', size });
  expect(naiveMerkleRoot(entries.map(({ body }) => body))).toBe(rootHash);
}
