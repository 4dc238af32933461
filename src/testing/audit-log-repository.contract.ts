import assert from 'node:assert/strict';
import type { EntryDraft, StoredEntry } from '../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../domain/audit/audit-log.repository.port.js';
import { type AuditFilter, type AuditPage, type AuditQuery, toAuditQuery } from '../domain/audit/audit-query.js';
import { bodyAt, columnsOf, parseEntryBody } from '../domain/audit/entry-codec.js';
import { EMPTY_HEAD } from '../domain/audit/integrity/log-head.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWithSame, Thrown, same } from './expectations.js';
import { HOSTILE_STRINGS, HOSTILE_TEXT, makeDraft, makeDrafts } from './fixtures.js';
import { type StoreFactory, storeTests, type StoreUnderTest, type TestHarness } from './harness.js';
import { naiveMerkleRoot } from './naive-merkle.js';

/** A log, and the transactions in which it is appended to. */
export interface AuditLogStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly auditLog: AuditLogRepository;
}

/**
 * The contract of {@link AuditLogRepository}, as tests.
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
          await append(store, [
            makeDraft(),
            wanted[0] as EntryDraft,
            makeDraft(),
            wanted[1] as EntryDraft,
            makeDraft(),
          ]);
          same(idsOf(await find(store, filter)), idsOf(wanted));
        });
      }

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

    harness.describe('readRange', () => {
      test('gives entries from a position on, ascending, at most the limit', async (store) => {
        await append(store, makeDrafts(5));
        same(positionsOf(await store.auditLog.readRange(0, 2)), [0, 1]);
        same(positionsOf(await store.auditLog.readRange(3, 100)), [3, 4]);
        same(await store.auditLog.readRange(5, 100), []);
      });

      test('gives the text exactly as it was written', async (store) => {
        // Keys in an odd order, spaces, escapes that a serialiser would not choose, numbers that it would write otherwise.
        const odd = '"type":"a.b" ,  "id":"odd","n":1.0,"e":1e3,"u":"\\u0041\\/","id":"odd"}';
        const [entry] = await append(store, [{ ...makeDraft({ id: 'odd', type: 'a.b' }), rest: odd }]);
        const [read] = await store.auditLog.readRange(0, 1);
        assert.equal(read?.body, `{"position":0,${odd}`);
        same(read, entry);
      });
    });

    harness.describe('hostile text', () => {
      test('is kept as it is in payloads and messages', async (store) => {
        const drafts = HOSTILE_TEXT.map((text) =>
          makeDraft({ message: text, payload: { [text]: text, list: [text, { [text]: null }] } }),
        );
        await append(store, drafts);
        const entries = await store.auditLog.readRange(0, 100);
        same(
          entries.map((entry) => entry.body),
          drafts.map((draft, position) => bodyAt(draft, position)),
        );
        same(
          entries.map((entry) => parseEntryBody(entry.body, entry.position).message),
          HOSTILE_TEXT,
        );
        await expectIntactHead(store.auditLog, drafts.length);
      });

      test('is kept as it is in the columns, which say what the text says', async (store) => {
        await append(
          store,
          HOSTILE_STRINGS.map((text) =>
            makeDraft({ id: text, stream: text, actor: text, correlationId: text, payload: { executionId: text } }),
          ),
        );
        for (const entry of await store.auditLog.readRange(0, 100)) {
          same(entry.columns, columnsOf(parseEntryBody(entry.body, entry.position)));
        }
      });

      test('is found by what it is', async (store) => {
        await append(
          store,
          HOSTILE_STRINGS.map((text) => makeDraft({ id: text, stream: text, actor: text, correlationId: text })),
        );
        for (const [position, text] of HOSTILE_STRINGS.entries()) {
          assert.equal((await store.auditLog.findByEventId(text))?.position, position);
          for (const key of ['stream', 'actor', 'correlationId'] as const) {
            same(positionsOf(await findRaw(store, { equal: { [key]: text } })), [position]);
          }
        }
        await expectIntactHead(store.auditLog, HOSTILE_STRINGS.length);
      });

      test('tells letters apart by case and by how they are composed', async (store) => {
        const actors = ['ada', 'Ada', 'ADA', '\u00e9', 'e\u0301'];
        await append(
          store,
          actors.map((actor) => makeDraft({ actor })),
        );
        for (const [position, actor] of actors.entries()) {
          same(positionsOf(await find(store, { actor })), [position]);
        }
      });
    });
  });
}

function append(store: AuditLogStore, drafts: readonly EntryDraft[]): Promise<readonly StoredEntry[]> {
  return store.unitOfWork.run((scope) => store.auditLog.append(drafts, scope));
}

/** Appends in a transaction that then fails. */
async function appendAndFail(store: AuditLogStore, drafts: readonly EntryDraft[]): Promise<void> {
  const thrown = new Thrown('the transaction fails');
  const work = store.unitOfWork.run(async (scope) => {
    await store.auditLog.append(drafts, scope);
    throw thrown;
  });
  await rejectsWithSame(thrown, work);
}

function find(store: AuditLogStore, filter: AuditFilter = {}, page: AuditPage = {}): Promise<readonly StoredEntry[]> {
  return store.auditLog.find(toAuditQuery(filter, page));
}

/** Finds by a query that no filter from outside would become: what is stored may be odder than what may be asked for. */
function findRaw(store: AuditLogStore, query: Partial<AuditQuery>): Promise<readonly StoredEntry[]> {
  return store.auditLog.find({ ...toAuditQuery(), ...query });
}

/** The head counts the entries, and its root is that of the tree over their texts. */
async function expectIntactHead(auditLog: AuditLogRepository, size: number): Promise<void> {
  const entries = await auditLog.readRange(0, size + 10);
  const head = await auditLog.head();
  assert.equal(head.size, size);
  same(
    positionsOf(entries),
    Array.from({ length: size }, (_, position) => position),
  );
  assert.equal(head.rootHash, naiveMerkleRoot(entries.map((entry) => entry.body)));
}

function positionsOf(entries: readonly StoredEntry[]): number[] {
  return entries.map((entry) => entry.position);
}

function idsOf(entries: readonly (StoredEntry | EntryDraft)[]): string[] {
  return entries.map((entry) => entry.columns.eventId);
}

function typesOf(entries: readonly StoredEntry[]): string[] {
  return entries.map((entry) => entry.columns.type);
}
