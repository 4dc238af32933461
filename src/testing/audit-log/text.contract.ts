import type { EntryDraft } from '../../domain/audit/audit-entry.js';
import { same } from '../expectations.js';
import { HOSTILE_TEXT, makeDraft, makeDrafts } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { append, type AuditLogStore, find, findRaw, positionsOf } from './audit-log-store.js';

/** What `AuditLogRepository` promises of finding entries by what their text contains. */
export function auditLogTextTests(harness: TestHarness, test: StoreTest<AuditLogStore>): void {
  const found = async (store: AuditLogStore, text: string): Promise<number[]> =>
    positionsOf(await find(store, { text }));

  harness.describe('find by text', () => {
    test('looks in the payload, its keys, the message and everything else that is stored', async (store) => {
      await append(store, [
        makeDraft({ message: 'a needle here' }),
        makeDraft({ payload: { note: 'needles', needlework: 1 } }),
        makeDraft(),
        makeDraft({ actor: 'user:needle' }),
      ]);
      same(await found(store, 'needle'), [0, 1, 3]);
      same(await found(store, 'needlework'), [1]);
      same(await found(store, '"note":"needles"'), []);
    });

    test('goes letter by letter: case, composition and what looks like a pattern count', async (store) => {
      const texts = ['Straße', 'STRASSE', 'strasse', 'caf\u00e9', 'cafe\u0301', '100%', '100_', '100.*', 'a*b?'];
      await append(
        store,
        texts.map((text) => makeDraft({ payload: { text } })),
      );
      for (const [position, text] of texts.entries()) same(await found(store, text), [position]);
      same(await found(store, 'trasse'), [2]);
      same(await found(store, '100'), [5, 6, 7]);
      same(await found(store, '%'), [5]);
    });

    test('finds hostile text by itself', async (store) => {
      const texts = HOSTILE_TEXT.filter((text) => text !== '');
      await append(
        store,
        texts.map((text) => makeDraft({ payload: { text } })),
      );
      for (const [position, text] of texts.entries()) same(await found(store, text), [position]);
    });

    test('finds quotes, backslashes and line breaks as they were given, not as they are written', async (store) => {
      await append(store, [makeDraft({ message: 'say "hi"\nC:\\new' }), makeDraft({ message: 'plain' })]);
      for (const text of ['say "hi"', '"hi"\nC:', 'C:\\new', '\n', '\\']) same(await found(store, text), [0]);
      same(await found(store, '\t'), []);
    });

    test('is one condition among others, and keeps order, limit and place', async (store) => {
      const drafts = Array.from({ length: 10 }, (_, index) =>
        makeDraft({ actor: index % 2 === 0 ? 'user:ada' : 'user:bob', message: index < 8 ? 'wanted' : 'other' }),
      );
      await append(store, drafts);
      same(positionsOf(await find(store, { text: 'wanted', actor: 'user:ada' })), [0, 2, 4, 6]);
      const page = { after: 6, limit: 2, order: 'desc' } as const;
      same(positionsOf(await find(store, { text: 'wanted', actor: 'user:ada' }, page)), [4, 2]);
    });
  });

  harness.describe('find by a list of severities', () => {
    test('takes exactly those, and with minSeverity those of them that are above it', async (store) => {
      const severities = ['debug', 'info', 'warning', 'error', 'critical'] as const;
      await append(
        store,
        severities.map((severity) => makeDraft({ severity })),
      );
      same(positionsOf(await find(store, { severities: ['debug', 'error'] })), [0, 3]);
      same(positionsOf(await find(store, { severities: ['error', 'error'] })), [3]);
      same(positionsOf(await find(store, { severities: ['debug', 'error'], minSeverity: 'warning' })), [3]);
      same(positionsOf(await find(store, { severities: ['debug'], minSeverity: 'warning' })), []);
    });
  });

  harness.describe('find by a stream', () => {
    test('finds what is on it, whichever execution it belongs to', async (store) => {
      await append(store, streams());
      for (const [stream, expected] of Object.entries(ON_STREAM)) {
        same(positionsOf(await find(store, { stream })), expected);
        same(positionsOf(await find(store, { stream }, { order: 'desc' })), expected.toReversed());
      }
      same(positionsOf(await findRaw(store, { equal: { stream: 'execution/' } })), [6]);
      await append(store, makeDrafts(1));
      same(positionsOf(await find(store, { stream: 'execution/nobody' })), []);
    });
  });
}

/** On the stream of its own execution, of another, of none, and on a stream of an execution that has no such id. */
export function streams(): readonly EntryDraft[] {
  return [
    makeDraft({ stream: 'execution/run-1', payload: { executionId: 'run-1' } }),
    makeDraft({ stream: 'execution/run-1', payload: { executionId: 'run-2' } }),
    makeDraft({ stream: 'execution/run-1', payload: {} }),
    makeDraft({ stream: 'session/s-1', payload: { executionId: 'run-1' } }),
    makeDraft({ stream: 'session/s-1', payload: {} }),
    makeDraft({ stream: 'execution/run-2', payload: { executionId: 'run-2' } }),
    makeDraft({ stream: 'execution/', payload: {} }),
    makeDraft({ stream: 'run-1', payload: { executionId: 'run-1' } }),
  ];
}

/** Which of {@link streams} are on which. */
export const ON_STREAM: Readonly<Record<string, readonly number[]>> = {
  'execution/run-1': [0, 1, 2],
  'execution/run-2': [5],
  'session/s-1': [3, 4],
  'run-1': [7],
};
