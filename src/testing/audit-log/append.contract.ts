import assert from 'node:assert/strict';
import type { EntryDraft } from '../../domain/audit/audit-entry.js';
import { toAuditQuery } from '../../domain/audit/audit-query.js';
import { bodyAt } from '../../domain/audit/entry-codec.js';
import { EMPTY_HEAD } from '../../domain/audit/integrity/log-head.js';
import { rejectsWithSame, Thrown, same } from '../expectations.js';
import { makeDraft, makeDrafts } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { naiveMerkleRoot } from '../naive-merkle.js';
import { append, appendAndFail, expectIntactHead, positionsOf, idsOf, type AuditLogStore } from './audit-log-store.js';

/** What `AuditLogRepository` promises of writing: positions, one entry an event, all or nothing. */
export function auditLogAppendTests(harness: TestHarness, test: StoreTest<AuditLogStore>): void {
  harness.describe('append', () => {
    test('begins with an empty log: no entries, and the head of an empty tree', async ({ auditLog }) => {
      same(await auditLog.head(), EMPTY_HEAD);
      same(await auditLog.readRange(0, 10), []);
    });

    test('gives the next positions without gaps, in the order given, over several calls', async (store) => {
      const drafts = makeDrafts(7);
      await append(store, drafts.slice(0, 1));
      await append(store, drafts.slice(1, 4));
      await append(store, drafts.slice(4));
      const entries = await store.auditLog.readRange(0, 100);
      same(
        entries.map((entry) => [entry.position, entry.columns.eventId]),
        drafts.map((draft, position) => [position, draft.columns.eventId]),
      );
    });

    test('gives the next positions over several calls in one transaction', async ({ unitOfWork, auditLog }) => {
      const drafts = makeDrafts(4);
      await unitOfWork.run(async (scope) => {
        await auditLog.append(drafts.slice(0, 2), scope);
        await auditLog.append(drafts.slice(2), scope);
      });
      same(idsOf(await auditLog.readRange(0, 100)), idsOf(drafts));
      await expectIntactHead(auditLog, drafts.length);
    });

    test('returns the entry of each draft: its text at its position, the hash of the text, its columns', async (store) => {
      const drafts = makeDrafts(3);
      const entries = await append(store, drafts);
      same(
        entries.map((entry) => [entry.position, entry.body, entry.leafHash, entry.columns]),
        drafts.map((draft, position) => {
          const body = bodyAt(draft, position);
          return [position, body, naiveMerkleRoot([body]), draft.columns];
        }),
      );
      same(await store.auditLog.readRange(0, 100), entries);
    });

    test('keeps every column apart from the others', async (store) => {
      const draft = makeDraft({
        id: 'an-id',
        type: 'a.type',
        stream: 'a-stream',
        correlationId: 'a-correlation',
        actor: 'an-actor',
        severity: 'critical',
        outcome: 'failure',
        category: 'tool_usage',
        occurredAt: '2026-01-01T00:00:00.000Z',
        recordedAt: '2026-01-02T00:00:00.000Z',
        payload: { executionId: 'an-execution' },
      });
      await append(store, [draft]);
      same((await store.auditLog.readRange(0, 1))[0]?.columns, draft.columns);
      same((await store.auditLog.find(toAuditQuery()))[0]?.columns, draft.columns);
      same((await store.auditLog.findByEventId('an-id'))?.columns, draft.columns);
    });

    test('takes a call without drafts, and changes nothing', async (store) => {
      same(await append(store, []), []);
      same(await store.auditLog.head(), EMPTY_HEAD);
    });

    for (const count of [1, 2, 3, 63, 64, 65, 127, 200, 257]) {
      test(`appends ${count} drafts at once after others`, async (store) => {
        await append(store, makeDrafts(3));
        const drafts = makeDrafts(count);
        same(idsOf(await append(store, drafts)), idsOf(drafts));
        same(idsOf(await store.auditLog.readRange(3, 1_000)), idsOf(drafts));
        await expectIntactHead(store.auditLog, count + 3);
      });
    }

    test('keeps up with a head that is the tree over the stored texts, computed another way', async (store) => {
      for (const count of [1, 1, 2, 5, 3, 8, 1]) {
        await append(store, makeDrafts(count));
        await expectIntactHead(store.auditLog, (await store.auditLog.head()).size);
      }
      assert.equal((await store.auditLog.head()).size, 21);
    });
  });

  harness.describe('append of an event that is recorded already', () => {
    test('records an event once when it comes again, and returns the entry that was there', async (store) => {
      const [draft] = makeDrafts(1) as [EntryDraft];
      const [first] = await append(store, [draft]);
      const [again] = await append(store, [draft]);
      same(again, first);
      await expectIntactHead(store.auditLog, 1);
    });

    test('goes by the id alone: another text under the same id changes nothing', async (store) => {
      const [first] = await append(store, [makeDraft({ id: 'same', message: 'the first' })]);
      const [again] = await append(store, [makeDraft({ id: 'same', message: 'another', type: 'node.failed' })]);
      same(again, first);
      same(await store.auditLog.findByEventId('same'), first);
    });

    test('records an event once when it comes twice in one call', async (store) => {
      const [a, b] = makeDrafts(2) as [EntryDraft, EntryDraft];
      const entries = await append(store, [a, b, a, a]);
      same(positionsOf(entries), [0, 1, 0, 0]);
      await expectIntactHead(store.auditLog, 2);
    });

    test('takes the first of two texts under one id in one call', async (store) => {
      const first = makeDraft({ id: 'same', message: 'the first' });
      const entries = await append(store, [first, makeDraft({ id: 'same', message: 'another' })]);
      same(
        entries.map((entry) => entry.body),
        [bodyAt(first, 0), bodyAt(first, 0)],
      );
    });

    test('records the new ones of a large call whose last ones are recorded', async (store) => {
      const drafts = makeDrafts(150);
      await append(store, drafts.slice(140));
      same(idsOf(await append(store, drafts)), idsOf(drafts));
      await expectIntactHead(store.auditLog, 150);
    });

    test('records the new ones of a mixed call without a gap, and returns all in the order of the drafts', async (store) => {
      const [a, b, c, d] = makeDrafts(4) as [EntryDraft, EntryDraft, EntryDraft, EntryDraft];
      await append(store, [b, d]);
      const entries = await append(store, [a, b, c, d, a]);
      same(idsOf(entries), idsOf([a, b, c, d, a]));
      same(positionsOf(entries), [2, 0, 3, 1, 2]);
      await expectIntactHead(store.auditLog, 4);
    });

    test('records the new ones of a large mixed call', async (store) => {
      const drafts = makeDrafts(150);
      await append(
        store,
        drafts.filter((_, index) => index % 3 === 0),
      );
      const entries = await append(store, drafts);
      same(idsOf(entries), idsOf(drafts));
      await expectIntactHead(store.auditLog, 150);
    });

    test('knows the events that were recorded in the same transaction', async ({ unitOfWork, auditLog }) => {
      const drafts = makeDrafts(3);
      const entries = await unitOfWork.run(async (scope) => {
        await auditLog.append(drafts.slice(0, 2), scope);
        return auditLog.append(drafts, scope);
      });
      same(positionsOf(entries), [0, 1, 2]);
      await expectIntactHead(auditLog, 3);
    });
  });

  harness.describe('rollback', () => {
    test('leaves nothing of a transaction that failed', async (store) => {
      await append(store, makeDrafts(3));
      const before = await store.auditLog.head();
      const lost = makeDrafts(5);
      await appendAndFail(store, lost);
      same(await store.auditLog.head(), before);
      same(positionsOf(await store.auditLog.readRange(0, 100)), [0, 1, 2]);
      assert.equal(await store.auditLog.findByEventId(lost[0]?.columns.eventId ?? ''), undefined);
    });

    test('gives the positions of what was taken back to what comes next, and takes its ids as new', async (store) => {
      const drafts = makeDrafts(2);
      await appendAndFail(store, drafts);
      same(positionsOf(await append(store, drafts)), [0, 1]);
      await expectIntactHead(store.auditLog, 2);
    });

    test('takes back a nested part alone', async ({ unitOfWork, auditLog }) => {
      const [before, lost, after] = makeDrafts(3) as [EntryDraft, EntryDraft, EntryDraft];
      const thrown = new Thrown('the part fails');
      await unitOfWork.run(async (scope) => {
        await auditLog.append([before], scope);
        const part = scope.nested(async () => {
          await auditLog.append([lost], scope);
          throw thrown;
        });
        await rejectsWithSame(thrown, part);
        await auditLog.append([after], scope);
      });
      same(idsOf(await auditLog.readRange(0, 10)), idsOf([before, after]));
      await expectIntactHead(auditLog, 2);
    });
  });
}
