import assert from 'node:assert/strict';
import type { EntryDraft } from '../../domain/audit/audit-entry.js';
import type { AuditFilter } from '../../domain/audit/audit-criteria.js';
import { same } from '../expectations.js';
import { makeDraft, makeDrafts } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { append, find, findRaw, positionsOf, idsOf, typesOf, type AuditLogStore } from './audit-log-store.js';

/** What `AuditLogRepository` promises of finding entries. */
export function auditLogFindTests(harness: TestHarness, test: StoreTest<AuditLogStore>): void {
  harness.describe('find', () => {
    test('finds everything, oldest first, without a filter', async (store) => {
      const drafts = makeDrafts(5);
      const entries = await append(store, drafts);
      same(await find(store), entries);
    });

    const byKey: readonly (readonly [keyof AuditFilter, AuditFilter, Parameters<typeof makeDraft>[0]])[] = [
      ['executionId', { executionId: 'run-2' }, { payload: { executionId: 'run-2' } }],
      ['stream', { stream: 'session' }, { stream: 'session' }],
      ['types', { types: ['node.failed'] }, { type: 'node.failed' }],
      ['outcome', { outcome: 'failure' }, { outcome: 'failure' }],
      ['category', { category: 'error' }, { category: 'error' }],
      ['correlationId', { correlationId: 'correlation-9' }, { correlationId: 'correlation-9' }],
      ['actor', { actor: 'user:ada' }, { actor: 'user:ada' }],
      ['minSeverity', { minSeverity: 'error' }, { severity: 'error' }],
      ['since', { since: '2026-02-01' }, { occurredAt: '2026-02-01T00:00:00.000Z' }],
      ['until', { until: '2026-01-01' }, { occurredAt: '2025-12-31T23:59:59.999Z' }],
    ];
    for (const [key, filter, fields] of byKey) {
      test(`filters by ${key}`, async (store) => {
        const wanted = [makeDraft(fields), makeDraft(fields)];
        await append(store, [makeDraft(), wanted[0] as EntryDraft, makeDraft(), wanted[1] as EntryDraft, makeDraft()]);
        same(idsOf(await find(store, filter)), idsOf(wanted));
      });
    }

    test('filters by eventId', async (store) => {
      const drafts = makeDrafts(3);
      await append(store, drafts);
      same(positionsOf(await find(store, { eventId: drafts[1]?.columns.eventId ?? '' })), [1]);
      same(positionsOf(await find(store, { eventId: 'no-such-event' })), []);
    });

    test('demands all that a filter says', async (store) => {
      const both = makeDraft({ actor: 'user:ada', outcome: 'failure' });
      await append(store, [makeDraft({ actor: 'user:ada' }), makeDraft({ outcome: 'failure' }), both]);
      same(idsOf(await find(store, { actor: 'user:ada', outcome: 'failure' })), idsOf([both]));
    });

    test('finds entries without a value by no value at all', async (store) => {
      await append(store, [makeDraft({ payload: {} })]);
      same(await find(store, { executionId: 'null' }), []);
      same(await find(store, { actor: 'null' }), []);
    });

    test('finds any of several types and families', async (store) => {
      const types = [
        'node.started',
        'node.failed',
        'nodes.lost',
        'node',
        'bus.overflowed',
        'execution.ended',
        'node.retry.planned',
      ];
      await append(
        store,
        types.map((type) => makeDraft({ type })),
      );
      const found = async (...wanted: string[]): Promise<string[]> => typesOf(await find(store, { types: wanted }));
      same(await found('node.*'), ['node.started', 'node.failed', 'node.retry.planned']);
      same(await found('node.failed', 'execution.ended'), ['node.failed', 'execution.ended']);
      same(await found('bus.*', 'node.started'), ['node.started', 'bus.overflowed']);
      same(await found('node.retry.*', 'bus.*'), ['bus.overflowed', 'node.retry.planned']);
      same(await found('node.*', 'node.failed'), ['node.started', 'node.failed', 'node.retry.planned']);
      same(await found('tool.*'), []);
    });

    test('takes underscores, percent signs and stars of a type as what they are', async (store) => {
      const types = ['tool_usage.ended', 'toolxusage.ended', 'tool%.ended', 'toolish.ended', 'a*.b'];
      await append(
        store,
        types.map((type) => makeDraft({ type })),
      );
      same(typesOf(await find(store, { types: ['tool_usage.*'] })), ['tool_usage.ended']);
      same(typesOf(await find(store, { types: ['tool_usage.ended'] })), ['tool_usage.ended']);
      same(typesOf(await findRaw(store, { families: ['tool%.'] })), ['tool%.ended']);
      same(typesOf(await findRaw(store, { types: ['a*.b'] })), ['a*.b']);
    });

    test('takes a severity and all above it', async (store) => {
      const severities = ['debug', 'info', 'warning', 'error', 'critical'] as const;
      await append(
        store,
        severities.map((severity) => makeDraft({ severity })),
      );
      for (const [index, minSeverity] of severities.entries()) {
        same(positionsOf(await find(store, { minSeverity })), [0, 1, 2, 3, 4].slice(index));
      }
    });

    test('includes the instant of since and excludes that of until', async (store) => {
      const times = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z', '2026-01-02T00:00:00.000Z'];
      await append(
        store,
        times.map((occurredAt) => makeDraft({ occurredAt })),
      );
      same(positionsOf(await find(store, { since: times[1] as string })), [1, 2]);
      same(positionsOf(await find(store, { until: times[1] as string })), [0]);
      same(positionsOf(await find(store, { since: '2026-01-01', until: '2026-01-02' })), [0, 1]);
    });

    test('orders by position and not by time', async (store) => {
      const times = ['2026-03-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'];
      await append(
        store,
        times.map((occurredAt) => makeDraft({ occurredAt })),
      );
      same(positionsOf(await find(store)), [0, 1, 2]);
      same(positionsOf(await find(store, {}, { order: 'desc' })), [2, 1, 0]);
    });

    test('gives the newest first in descending order, each filter included', async (store) => {
      await append(
        store,
        ['node.a', 'bus.a', 'node.b', 'node.a'].map((type) => makeDraft({ type })),
      );
      same(positionsOf(await find(store, { types: ['node.*'] }, { order: 'desc' })), [3, 2, 0]);
      same(positionsOf(await find(store, { types: ['node.a'] }, { order: 'desc', limit: 1 })), [3]);
    });

    test('gives at most the limit', async (store) => {
      await append(store, makeDrafts(5));
      same(positionsOf(await find(store, {}, { limit: 2 })), [0, 1]);
      same(positionsOf(await find(store, {}, { limit: 2, order: 'desc' })), [4, 3]);
      same(positionsOf(await find(store, {}, { limit: 10_000 })), [0, 1, 2, 3, 4]);
    });

    test('gives what is beyond a position: above it ascending, below it descending', async (store) => {
      await append(store, makeDrafts(5));
      same(positionsOf(await find(store, {}, { after: -1 })), [0, 1, 2, 3, 4]);
      same(positionsOf(await find(store, {}, { after: 2 })), [3, 4]);
      same(positionsOf(await find(store, {}, { after: 2, order: 'desc' })), [1, 0]);
      same(await find(store, {}, { after: 4 }), []);
      same(await find(store, {}, { after: 0, order: 'desc' }), []);
      same(await find(store, {}, { after: Number.MAX_SAFE_INTEGER }), []);
      same(positionsOf(await find(store, {}, { after: 99, order: 'desc' })), [4, 3, 2, 1, 0]);
    });

    test('pages through a filter, each entry once', async (store) => {
      await append(
        store,
        Array.from({ length: 20 }, (_, index) => makeDraft({ actor: index % 3 === 0 ? 'user:ada' : 'user:bob' })),
      );
      const seen: number[] = [];
      for (let after = -1; ;) {
        const page = await find(store, { actor: 'user:ada' }, { after, limit: 3 });
        if (page.length === 0) break;
        seen.push(...positionsOf(page));
        after = seen.at(-1) ?? 0;
      }
      same(seen, [0, 3, 6, 9, 12, 15, 18]);
    });
  });

  harness.describe('findByEventId', () => {
    test('finds the entry of an event', async (store) => {
      const entries = await append(store, makeDrafts(3));
      same(await store.auditLog.findByEventId(entries[1]?.columns.eventId ?? ''), entries[1]);
    });

    test('gives undefined for an event that is not recorded', async (store) => {
      await append(store, makeDrafts(1));
      for (const id of ['no-such-event', '__proto__', 'toString', '', "' OR '1'='1"]) {
        assert.equal(await store.auditLog.findByEventId(id), undefined);
      }
    });
  });
}
