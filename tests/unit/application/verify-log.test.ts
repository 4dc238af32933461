import { verifyLog } from '../../../src/application/audit/verify-log.js';
import { draftEntry } from '../../../src/domain/audit/entry-codec.js';
import { InMemoryUnitOfWork, leafHash, type StoredEntry } from '../../../src/index.js';
import { caught } from '../../support/caught.js';
import { deal, DealCreated } from '../../support/deals.js';
import { TamperedLog } from '../../support/tampered-log.js';

/** A log of so many entries, intact. */
async function logOf(count: number): Promise<TamperedLog> {
  const log = new TamperedLog();
  const drafts = Array.from({ length: count }, (_, index) =>
    draftEntry(deal(`d-${index}`), DealCreated.definition, '2026-01-01T00:00:00.000Z'),
  );
  await new InMemoryUnitOfWork().run((scope) => log.append(drafts, scope));
  return log;
}

/** A row whose text was changed, and whose leaf was made to fit. */
function rewritten(row: StoredEntry, change: (body: string) => string): StoredEntry {
  const body = change(row.body);
  return { ...row, body, leafHash: leafHash(body).toString('hex') };
}

const won = (body: string): string => body.replace('"d-', '"D-');

describe('an intact log', () => {
  it.each([0, 1, 2, 7, 8, 9, 1_000, 1_001])('of %i entries is found to be so', async (count) => {
    const log = await logOf(count);
    const { rootHash } = await log.head();
    expect(await verifyLog(log)).toStrictEqual({ verdict: 'ok', size: count, rootHash, checked: count });
  });

  it('tells how far it is, and can be stopped', async () => {
    const log = await logOf(2_500);
    const progress: (readonly number[])[] = [];
    await verifyLog(log, { onProgress: (checked, size) => progress.push([checked, size]) });
    expect(progress).toStrictEqual([
      [1_000, 2_500],
      [2_000, 2_500],
      [2_500, 2_500],
    ]);
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopped = verifyLog(log, { signal: controller.signal, onProgress: () => controller.abort(reason) });
    expect(await caught(stopped)).toBe(reason);
  });

  it('stays so while somebody appends', async () => {
    const log = await logOf(3);
    const more = draftEntry(deal(), DealCreated.definition, '2026-01-01T00:00:00.000Z');
    const onProgress = (): void => void new InMemoryUnitOfWork().run((scope) => log.append([more], scope));
    expect(await verifyLog(log, { onProgress })).toMatchObject({ verdict: 'ok', checked: 3 });
    expect(await verifyLog(log)).toMatchObject({ verdict: 'ok', checked: 4 });
  });
});

describe('a log that was tampered with', () => {
  it.each<[string, (rows: StoredEntry[]) => void, object]>([
    [
      'a changed byte',
      (rows) => (rows[4] = { ...rows[4]!, body: won(rows[4]!.body) }),
      { verdict: 'tampered', position: 4, checked: 4 },
    ],
    [
      'a changed leaf',
      (rows) => (rows[4] = { ...rows[4]!, leafHash: '0'.repeat(64) }),
      { verdict: 'tampered', position: 4 },
    ],
    [
      'a swapped pair',
      (rows) => {
        const [a, b] = [rows[3]!, rows[4]!];
        rows[3] = { ...b, position: 3 };
        rows[4] = { ...a, position: 4 };
      },
      { verdict: 'tampered', position: 3 },
    ],
    [
      'a swapped pair with positions that fit',
      (rows) => {
        const [a, b] = [rows[3]!, rows[4]!];
        rows[3] = rewritten({ ...b, position: 3 }, (body) => body.replace('{"position":4', '{"position":3'));
        rows[4] = rewritten({ ...a, position: 4 }, (body) => body.replace('{"position":3', '{"position":4'));
      },
      // 7 entries hang in trees of 4, 2 and 1: the first that does not fit begins at 0.
      { verdict: 'tampered', position: 0 },
    ],
    ['a row removed in the middle', (rows) => rows.splice(3, 1), { verdict: 'tampered', position: 3, checked: 3 }],
    ['several rows removed in the middle', (rows) => rows.splice(2, 3), { verdict: 'tampered', position: 2 }],
    ['the first row removed', (rows) => rows.shift(), { verdict: 'front-truncated', position: 0, checked: 0 }],
    ['the first rows removed', (rows) => rows.splice(0, 4), { verdict: 'front-truncated', position: 0 }],
    ['the last row removed', (rows) => rows.pop(), { verdict: 'tail-truncated', position: 6, checked: 6 }],
    ['the last rows removed', (rows) => rows.splice(2), { verdict: 'tail-truncated', position: 2 }],
    ['every row removed', (rows) => rows.splice(0), { verdict: 'tail-truncated', position: 0, checked: 0 }],
    ['a row twice', (rows) => rows.splice(3, 0, rows[3]!), { verdict: 'tampered', position: 4 }],
    [
      'a row too many',
      (rows) =>
        rows.push(rewritten({ ...rows[6]!, position: 7 }, (body) => body.replace('position":6', 'position":7'))),
      { verdict: 'tampered', position: 7 },
    ],
    [
      'text and leaf rewritten to fit each other',
      (rows) => (rows[5] = rewritten(rows[5]!, won)),
      { verdict: 'tampered', position: 4 },
    ],
    [
      'text that is no entry',
      (rows) => (rows[2] = rewritten(rows[2]!, () => '[]')),
      { verdict: 'tampered', position: 2 },
    ],
    [
      'text that is no JSON',
      (rows) => (rows[2] = rewritten(rows[2]!, () => '{')),
      { verdict: 'tampered', position: 2 },
    ],
    [
      'text that is null',
      (rows) => (rows[2] = rewritten(rows[2]!, () => 'null')),
      { verdict: 'tampered', position: 2 },
    ],
    [
      'text that says another position',
      (rows) => (rows[2] = rewritten(rows[2]!, (body) => body.replace('position":2', 'position":1'))),
      { verdict: 'tampered', position: 2 },
    ],
  ])('by %s', async (_, change, expected) => {
    const log = await logOf(7);
    await log.alter(change);
    const found = await verifyLog(log);
    expect(found).toMatchObject({ ...expected, size: 7 });
    expect(found.detail).toBeTruthy();
  });

  it.each([
    'eventId',
    'type',
    'stream',
    'executionId',
    'correlationId',
    'actor',
    'severity',
    'outcome',
    'category',
    'occurredAt',
    'recordedAt',
  ])('by a changed column %s', async (column) => {
    const log = await logOf(3);
    await log.alter((rows) => (rows[1] = { ...rows[1]!, columns: { ...rows[1]!.columns, [column]: 'other' } }));
    const found = await verifyLog(log);
    expect(found).toMatchObject({ verdict: 'tampered', position: 1 });
    expect(found.detail).toContain(column);
  });

  it('by a changed head', async () => {
    const altered = async (change: Parameters<TamperedLog['alterHead']>[0]): Promise<unknown> => {
      const log = await logOf(7);
      await log.alterHead(change);
      const { verdict, position } = await verifyLog(log);
      return [verdict, position];
    };
    const zero = '0'.repeat(64);
    expect(await altered((head) => ({ ...head, rootHash: zero }))).toStrictEqual(['tampered', undefined]);
    expect(await altered((head) => ({ ...head, size: 6 }))).toStrictEqual(['tampered', 6]);
    expect(await altered((head) => ({ ...head, size: 8 }))).toStrictEqual(['tail-truncated', 7]);
    expect(await altered((head) => ({ ...head, size: 0 }))).toStrictEqual(['tampered', 0]);
    const changed = (index: number) => (hashes: readonly string[]) => hashes.with(index, zero);
    expect(await altered((head) => ({ ...head, frontier: changed(0)(head.frontier) }))).toStrictEqual(['tampered', 0]);
    expect(await altered((head) => ({ ...head, frontier: changed(2)(head.frontier) }))).toStrictEqual(['tampered', 6]);
    expect(await altered((head) => ({ ...head, frontier: head.frontier.slice(1) }))).toStrictEqual(['tampered', 0]);
    expect(await altered((head) => ({ ...head, frontier: [...head.frontier, zero] }))).toStrictEqual([
      'tampered',
      undefined,
    ]);
  });

  it('names the place, also beyond the first page', async () => {
    const log = await logOf(2_100);
    await log.alter((rows) => rows.splice(2_050, 1));
    expect(await verifyLog(log)).toMatchObject({ verdict: 'tampered', position: 2_050, checked: 2_050 });
    await log.alter((rows) => rows.splice(2_000));
    expect(await verifyLog(log)).toMatchObject({ verdict: 'tail-truncated', position: 2_000 });
  });
});
