import fc from 'fast-check';
import { toAuditCriteria } from '../../../src/domain/audit/audit-criteria.js';
import { encodeCursor } from '../../../src/domain/audit/audit-cursor.js';
import type { AuditFilter, LogPage, PageOptions, Waymark } from '../../../src/index.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { DealCreated, deals } from '../../support/deals.js';
import { openWaymark } from '../../support/open-waymark.js';

async function openWith(count: number, actorOf: (index: number) => string = () => 'user:ada'): Promise<Waymark> {
  const waymark = await openWaymark();
  await waymark.log.append(
    Array.from({ length: count }, (_, index) => new DealCreated({ dealId: `d-${index}` }, { actor: actorOf(index) })),
  );
  return waymark;
}

const positions = ({ entries }: LogPage): readonly number[] => entries.map(({ position }) => position);

/** Every page from the first one on. */
async function forwards(waymark: Waymark, filter: AuditFilter, options: PageOptions): Promise<readonly LogPage[]> {
  const pages = [await waymark.log.page(filter, options)];
  for (let cursor = pages[0]?.next; cursor !== undefined; cursor = pages.at(-1)?.next) {
    pages.push(await waymark.log.page(filter, { ...options, cursor }));
  }
  return pages;
}

/** Every page from the last one back to the first, in the order of the log. */
async function backwards(
  waymark: Waymark,
  filter: AuditFilter,
  options: PageOptions,
  last: LogPage,
): Promise<readonly LogPage[]> {
  const pages = [last];
  for (let cursor = last.previous; cursor !== undefined; cursor = pages[0]?.previous) {
    pages.unshift(await waymark.log.page(filter, { ...options, cursor }));
  }
  return pages;
}

describe('page', () => {
  it('leads from page to page, each entry once, and says where it ends', async () => {
    const waymark = await openWith(5);
    expect((await forwards(waymark, {}, { limit: 2 })).map(positions)).toStrictEqual([[0, 1], [2, 3], [4]]);
    expect((await forwards(waymark, {}, { limit: 2, order: 'desc' })).map(positions)).toStrictEqual([
      [4, 3],
      [2, 1],
      [0],
    ]);
    expect(await waymark.log.page({}, { limit: 5 })).not.toHaveProperty('next');
    expect(await (await openWith(0)).log.page()).toStrictEqual({ entries: [] });
  });

  it('gives the same pages backwards, whatever the size, the order and the filter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('asc' as const, 'desc' as const),
        fc.integer({ min: 1, max: 4 }),
        async (count, limit, order, every) => {
          const waymark = await openWith(count, (index) => (index % every === 0 ? 'user:ada' : 'user:bob'));
          const filter = { actor: 'user:ada' };
          const there = await forwards(waymark, filter, { limit, order });
          const back = await backwards(waymark, filter, { limit, order }, there.at(-1) as LogPage);
          expect(back.map(positions)).toStrictEqual(there.map(positions));
          const all = await waymark.log.query(filter, { order });
          expect(there.flatMap(positions)).toStrictEqual(all.map(({ position }) => position));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is not moved by what is appended meanwhile', async () => {
    const waymark = await openWith(6);
    const newest = await waymark.log.page({}, { limit: 2, order: 'desc' });
    await waymark.log.append(deals('later', 'and later'));
    const older = await waymark.log.page({}, { limit: 2, cursor: newest.next as string });
    expect(positions(older)).toStrictEqual([3, 2]);
    const again = await waymark.log.page({}, { limit: 2, cursor: older.previous as string });
    expect(positions(again)).toStrictEqual([5, 4]);
    // What is new comes before what was the newest.
    expect(positions(await waymark.log.page({}, { limit: 2, cursor: again.previous as string }))).toStrictEqual([7, 6]);
  });

  // Where entries were removed by retention, a cursor may lead beyond what is left.
  it.each(['asc', 'desc'] as const)('lets whoever came too far turn back, and miss nothing: %s', async (order) => {
    const waymark = await openWith(3);
    const all = order === 'asc' ? [0, 1, 2] : [2, 1, 0];
    const ends = { previous: all[0], next: all[2] } as const;
    for (const [direction, back] of [
      ['previous', 'next'],
      ['next', 'previous'],
    ] as const) {
      const cursor = encodeCursor({ order, direction, position: ends[direction] as number }, toAuditCriteria());
      const beyond = await waymark.log.page({}, { cursor });
      expect(beyond.entries).toStrictEqual([]);
      expect(positions(await waymark.log.page({}, { cursor: beyond[back] as string }))).toStrictEqual(all);
    }
  });

  it('takes a cursor for the same filter however it is written', async () => {
    const waymark = await openWith(4);
    const { next } = await waymark.log.page(
      { types: ['deal.*', 'node.*'], since: '2020-01-01', severities: ['info', 'error'], actor: 'user:ada' },
      { limit: 2 },
    );
    const same = {
      actor: 'user:ada',
      severities: ['error', 'info', 'info'],
      since: new Date('2020-01-01'),
      types: ['node.*', 'deal.*'],
    } as const;
    expect(positions(await waymark.log.page(same, { cursor: next as string }))).toStrictEqual([2, 3]);
  });

  it('refuses a cursor of another filter, of another order, or a damaged one', async () => {
    const waymark = await openWith(4);
    const { next = '' } = await waymark.log.page({ actor: 'user:ada' }, { limit: 1 });
    const codeFor = (filter: AuditFilter, options: object): Promise<string> =>
      codeOf(waymark.log.page(filter, options));
    for (const filter of [{}, { actor: 'user:bob' }, { actor: 'user:ada', text: 'x' }, { stream: 'user:ada' }]) {
      expect(await codeFor(filter, { cursor: next })).toBe('WAYMARK_INVALID_CURSOR');
    }
    expect(await codeFor({ actor: 'user:ada' }, { cursor: next, order: 'desc' })).toBe('WAYMARK_INVALID_CURSOR');
    for (const cursor of ['', 'x', '12', ` ${next}`, `${next}=`, next.slice(1), next.slice(0, -1), 12, null, [next]]) {
      expect(await codeFor({ actor: 'user:ada' }, { cursor })).toBe('WAYMARK_INVALID_CURSOR');
    }
    for (let index = 0; index < next.length; index += 1) {
      const letter = next[index] === 'A' ? 'B' : 'A';
      const changed = `${next.slice(0, index)}${letter}${next.slice(index + 1)}`;
      expect(await codeFor({ actor: 'user:ada' }, { cursor: changed })).toBe('WAYMARK_INVALID_CURSOR');
    }
    const { hint } = await caughtWaymark(waymark.log.page({}, { cursor: next }));
    expect(hint).toMatch(/begin anew without one/);
  });

  it.each<[string, object, object]>([
    ['a misspelt option', {}, { after: 5 }],
    ['a limit that there is not', {}, { limit: 0 }],
    ['an order that there is not', {}, { order: 'up' }],
    ['a misspelt filter', { excutionId: 'e' }, {}],
  ])('refuses %s', async (_, filter, options) => {
    expect(await codeOf((await openWith(1)).log.page(filter, options))).toBe('WAYMARK_INVALID_QUERY');
  });
});
