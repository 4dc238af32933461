import assert from 'node:assert/strict';
import { bodyAt, columnsOf, parseEntryBody } from '../../domain/audit/entry-codec.js';
import { same } from '../expectations.js';
import { HOSTILE_STRINGS, HOSTILE_TEXT, makeDraft, makeDrafts } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { append, find, findRaw, expectIntactHead, positionsOf, type AuditLogStore } from './audit-log-store.js';

/** What `AuditLogRepository` promises of the bytes: read as they were written, whatever they hold. */
export function auditLogRawTests(harness: TestHarness, test: StoreTest<AuditLogStore>): void {
  harness.describe('readRange', () => {
    test('gives entries from a position on, ascending, at most the limit', async (store) => {
      await append(store, makeDrafts(5));
      same(positionsOf(await store.auditLog.readRange(0, 2)), [0, 1]);
      same(positionsOf(await store.auditLog.readRange(3, 100)), [3, 4]);
      same(await store.auditLog.readRange(5, 100), []);
    });

    test('gives the text exactly as it was written', async (store) => {
      // Keys in an odd order, spaces, escapes that a serialiser would not choose, numbers that it would write
      // otherwise.
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
}
