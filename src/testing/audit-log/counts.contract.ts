import assert from 'node:assert/strict';
import { type AuditFilter, toAuditCriteria } from '../../domain/audit/audit-criteria.js';
import type { AuditStatistics } from '../../domain/audit/audit-statistics.js';
import { rejectsWithSame, same, Thrown } from '../expectations.js';
import { HOSTILE_STRINGS, makeDraft, makeDrafts } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { append, appendAndFail, type AuditLogStore } from './audit-log-store.js';
import { ON_STREAM, streams } from './text.contract.js';

/** What `AuditLogRepository` promises of counting entries, and of reading within a transaction. */
export function auditLogCountTests(harness: TestHarness, test: StoreTest<AuditLogStore>): void {
  const statistics = (store: AuditLogStore, filter: AuditFilter = {}): Promise<AuditStatistics> =>
    store.auditLog.statistics(toAuditCriteria(filter));

  harness.describe('statistics', () => {
    test('of an empty log, or of what nothing matches, count nothing', async (store) => {
      const nothing = { total: 0, byType: {}, bySeverity: NO_SEVERITY, byDay: {} };
      same(await statistics(store), nothing);
      await append(store, makeDrafts(2));
      same(await statistics(store, { actor: 'user:nobody' }), nothing);
      same(await statistics(store, { severities: ['debug'], minSeverity: 'error' }), nothing);
    });

    test('count by type, by severity and by the day in UTC', async (store) => {
      await append(store, [
        makeDraft({ type: 'node.started', severity: 'debug', occurredAt: '2026-01-31T23:59:59.999Z' }),
        makeDraft({ type: 'node.failed', severity: 'error', occurredAt: '2026-02-01T00:00:00.000Z' }),
        makeDraft({ type: 'node.started', severity: 'debug', occurredAt: '2026-01-31T00:00:00.000Z' }),
        makeDraft({ type: 'bus.overflowed', severity: 'warning', occurredAt: '2025-12-31T12:00:00.000Z' }),
      ]);
      same(await statistics(store), {
        total: 4,
        first: 0,
        last: 3,
        byType: { 'bus.overflowed': 1, 'node.failed': 1, 'node.started': 2 },
        bySeverity: { ...NO_SEVERITY, debug: 2, warning: 1, error: 1 },
        byDay: { '2025-12-31': 1, '2026-01-31': 2, '2026-02-01': 1 },
      });
      const { byType, byDay } = await statistics(store);
      same(Object.keys(byType), ['bus.overflowed', 'node.failed', 'node.started']);
      same(Object.keys(byDay), ['2025-12-31', '2026-01-31', '2026-02-01']);
    });

    test('count what a filter finds, each key of it', async (store) => {
      await append(
        store,
        Array.from({ length: 30 }, (_, index) =>
          makeDraft({ actor: index % 3 === 0 ? 'user:ada' : 'user:bob', message: index > 20 ? 'late' : 'early' }),
        ),
      );
      const found = await statistics(store, {
        actor: 'user:ada',
        text: 'late',
        types: ['node.*'],
        since: '2026-01-01',
      });
      same([found.total, found.first, found.last], [3, 21, 27]);
      same((await statistics(store, { types: ['bus.*'] })).total, 0);
    });

    test('count types that mean something to objects', async (store) => {
      await append(store, [makeDraft({ type: '__proto__' }), makeDraft({ type: 'constructor' })]);
      const { byType } = await statistics(store);
      same(Object.entries(byType), [
        ['__proto__', 1],
        ['constructor', 1],
      ]);
    });
  });

  harness.describe('countStream', () => {
    test('counts what is on a stream, whichever execution it belongs to', async (store) => {
      await append(store, streams());
      for (const [stream, expected] of Object.entries(ON_STREAM)) {
        assert.equal(await store.auditLog.countStream(stream), expected.length, stream);
      }
      for (const stream of ['execution/run-3', 'session/', 'run', '', 'SESSION/s-1', 'session/s-_']) {
        assert.equal(await store.auditLog.countStream(stream), 0, stream);
      }
    });

    test('tells hostile names apart', async (store) => {
      await append(
        store,
        HOSTILE_STRINGS.map((stream) => makeDraft({ stream, payload: { executionId: stream } })),
      );
      for (const stream of HOSTILE_STRINGS) {
        assert.equal(await store.auditLog.countStream(stream), 1);
        assert.equal(await store.auditLog.countStream(`execution/${stream}`), 0);
      }
    });

    test('counts an event once that was appended twice, and nothing that was taken back', async (store) => {
      const [draft] = makeDrafts(1, { stream: 's' });
      if (draft === undefined) throw new TypeError('makeDrafts made none');
      await append(store, [draft]);
      await append(store, [draft]);
      await appendAndFail(store, makeDrafts(3, { stream: 's' }));
      assert.equal(await store.auditLog.countStream('s'), 1);
    });

    test('counts within a transaction what it wrote itself, but for the parts that were taken back', async (store) => {
      const { auditLog } = store;
      await append(store, makeDrafts(1, { stream: 's' }));
      const counts = await store.unitOfWork.run(async (scope) => {
        const before = await auditLog.countStream('s', scope);
        await auditLog.append(makeDrafts(2, { stream: 's' }), scope);
        const after = await auditLog.countStream('s', scope);
        const thrown = new Thrown('the part fails');
        const part = scope.nested(async () => {
          await auditLog.append(makeDrafts(4, { stream: 's' }), scope);
          throw thrown;
        });
        await rejectsWithSame(thrown, part);
        return [before, after, await auditLog.countStream('s', scope)];
      });
      same(counts, [1, 3, 3]);
    });
  });

  harness.describe('findByEventId within a transaction', () => {
    test('finds what the transaction wrote itself', async ({ unitOfWork, auditLog }) => {
      const found = await unitOfWork.run(async (scope) => {
        const before = await auditLog.findByEventId('new', scope);
        const [entry] = await auditLog.append([makeDraft({ id: 'new' })], scope);
        return [before, await auditLog.findByEventId('new', scope), entry];
      });
      assert.equal(found[0], undefined);
      same(found[1], found[2]);
    });
  });
}

const NO_SEVERITY = { debug: 0, info: 0, warning: 0, error: 0, critical: 0 };
