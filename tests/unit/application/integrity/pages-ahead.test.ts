import { checkPage } from '../../../../src/application/audit/integrity/check-page.js';
import { PagesAhead } from '../../../../src/application/audit/integrity/pages-ahead.js';
import { verifyLog } from '../../../../src/application/audit/verify-log.js';
import { draftEntry } from '../../../../src/domain/audit/entry-codec.js';
import type { CheckedPage, PageCheckers } from '../../../../src/domain/audit/integrity/page-checkers.port.js';
import { InMemoryUnitOfWork, leafHash, type StoredEntry } from '../../../../src/index.js';
import { caught } from '../../../support/caught.js';
import { deal, DealCreated } from '../../../support/deals.js';
import { TamperedLog } from '../../../support/tampered-log.js';

/** Others that answer when they are told to. */
class Others implements PageCheckers {
  readonly asked: number[] = [];
  isClosed = false;
  readonly #waiting: ((page: CheckedPage | undefined) => void)[] = [];

  readonly capacity: number;
  readonly #answer: PageCheckers['check'] | undefined;

  constructor(capacity: number, answer?: PageCheckers['check']) {
    this.capacity = capacity;
    this.#answer = answer;
  }

  check(from: number, count: number): Promise<CheckedPage | undefined> {
    this.asked.push(from);
    if (this.#answer !== undefined) return this.#answer(from, count);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): Promise<void> {
    this.isClosed = true;
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
    return Promise.resolve();
  }
}

/** A page that says who looked at it, and from where on. */
interface Named {
  readonly by: string;
  readonly from: number;
}

const elsewhere = (from: number): Promise<CheckedPage> =>
  Promise.resolve({ by: 'others', from } as unknown as CheckedPage);

function pagesOf(checkers: PageCheckers | undefined, size: number, looked: number[] = []): PagesAhead<Named> {
  const look = (from: number): Promise<Named> => {
    looked.push(from);
    return Promise.resolve({ by: 'us', from });
  };
  return new PagesAhead<Named>({ checkers, size, pageSize: 10, look });
}

async function takeAll(pages: PagesAhead<Named>, size: number): Promise<readonly Named[]> {
  const taken: Named[] = [];
  for (let from = 0; from < size; from += 10) taken.push((await pages.take(from)) as Named);
  return taken;
}

describe('pages that others check as well', () => {
  it('come in the order of the log, each of them once', async () => {
    const looked: number[] = [];
    const others = new Others(2, elsewhere);
    const taken = await takeAll(pagesOf(others, 200, looked), 200);
    expect(taken.map(({ from }) => from)).toStrictEqual(Array.from({ length: 20 }, (_, page) => page * 10));
    expect(others.asked.length).toBeGreaterThan(0);
    expect([...looked, ...others.asked].toSorted((one, other) => one - other)).toStrictEqual(
      taken.map(({ from }) => from),
    );
  });

  it('are looked at here where the others can not say that nothing is wrong', async () => {
    const others = new Others(2, () => Promise.resolve(undefined));
    const taken = await takeAll(pagesOf(others, 100), 100);
    expect(others.asked.length).toBeGreaterThan(0);
    expect(taken.every(({ by }) => by === 'us')).toBe(true);
  });

  it.each([undefined, new Others(0)])('are looked at one after another without others', async (others) => {
    const looked: number[] = [];
    const pages = pagesOf(others, 100, looked);
    await pages.take(0);
    expect(looked).toStrictEqual([0]);
    await pages.take(10);
    expect(looked).toStrictEqual([0, 10]);
  });

  it('are never more than a few at a time, however long the others take', async () => {
    const looked: number[] = [];
    const others = new Others(2);
    const pages = pagesOf(others, 1_000_000, looked);
    await pages.take(0);
    const second = pages.take(10);
    // Whoever waits for it has gone as far ahead as it may when it asks for it here.
    await new Promise((resolve) => setImmediate(resolve));
    while (looked.length < 33) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(looked).toHaveLength(33);
    expect(others.asked).toStrictEqual([10, 20]);
    await others.close();
    expect(await second).toStrictEqual({ by: 'us', from: 10 });
  });

  it('fail only when it is their turn: something may be wrong before', async () => {
    const look = (from: number): Promise<Named> =>
      from === 30 ? Promise.reject(new Error('unreadable')) : Promise.resolve({ by: 'us', from });
    const others = new Others(2, () => Promise.resolve(undefined));
    const pages = new PagesAhead<Named>({ checkers: others, size: 100, pageSize: 10, look });
    for (const from of [0, 10, 20]) expect(await pages.take(from)).toMatchObject({ from });
    expect(await caught(pages.take(30))).toMatchObject({ message: 'unreadable' });
  });

  it('begin anew where one was shorter than it should be', async () => {
    const pages = pagesOf(new Others(2, elsewhere), 100);
    await pages.take(0);
    expect(await pages.take(7)).toMatchObject({ from: 7 });
    expect(await pages.take(17)).toMatchObject({ from: 17 });
  });
});

describe('a long log that others check as well', () => {
  const SIZE = 50_000;
  let log: TamperedLog & { pageCheckers?: () => PageCheckers };
  let intact: readonly StoredEntry[];
  let others: Others;

  beforeAll(async () => {
    log = new TamperedLog();
    const drafts = Array.from({ length: SIZE }, (_, index) =>
      draftEntry(deal(`d-${index}`), DealCreated.definition, '2026-01-01T00:00:00.000Z'),
    );
    await new InMemoryUnitOfWork().run((scope) => log.append(drafts, scope));
    await log.alter(() => undefined);
    intact = log.rows ?? [];
    // As it is: to sort them for each page takes a while.
    log.readRange = (from, limit) => {
      const rows = log.rows ?? [];
      const first = rows.findIndex(({ position }) => position >= from);
      return Promise.resolve(first === -1 ? [] : rows.slice(first, first + limit));
    };
  });

  beforeEach(() => {
    log.rows = [...intact];
    others = new Others(3, async (from, count) => {
      const rows = await log.readRange(from, count);
      const { problem, ...page } = checkPage(rows, from);
      return problem === undefined && rows.length === count ? page : undefined;
    });
    log.pageCheckers = () => others;
  });

  const changed = (row: StoredEntry): StoredEntry => ({ ...row, columns: { ...row.columns, stream: 'deal/other' } });
  const rewritten = (row: StoredEntry): StoredEntry => {
    const body = row.body.replace('deal d-', 'deal e-');
    return { ...row, body, leafHash: leafHash(body).toString('hex') };
  };

  it.each<[string, (rows: StoredEntry[]) => void]>([
    ['nothing', () => undefined],
    ['an entry of a page that the others check', (rows) => rows.splice(1_500, 1, changed(rows[1_500]!))],
    [
      'an entry of every page',
      (rows) => void rows.splice(0, SIZE, ...rows.map((row, at) => (at % 999 === 5 ? changed(row) : row))),
    ],
    ['an entry and its hash', (rows) => rows.splice(2_777, 1, rewritten(rows[2_777]!))],
    ['the last entry', (rows) => rows.splice(SIZE - 1, 1, changed(rows[SIZE - 1]!))],
    ['an entry that is missing', (rows) => rows.splice(31_000, 1)],
    ['the first entries, missing', (rows) => rows.splice(0, 2_500)],
    ['the last entries, missing', (rows) => rows.splice(48_321)],
  ])('is found to be what it is without them: %s', async (_, tamper) => {
    tamper(log.rows!);
    const found = await verifyLog(log);
    expect(others.asked.length).toBeGreaterThan(0);
    expect(others.isClosed).toBe(true);
    delete log.pageCheckers;
    expect(found).toStrictEqual(await verifyLog(log));
  });

  it('tells how far it is in the order of the log', async () => {
    const told: number[] = [];
    await verifyLog(log, { onProgress: (checked) => told.push(checked) });
    expect(told).toStrictEqual(Array.from({ length: SIZE / 1_000 }, (_, page) => (page + 1) * 1_000));
  });

  it('releases them when it is stopped', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopped = verifyLog(log, { signal: controller.signal, onProgress: () => controller.abort(reason) });
    expect(await caught(stopped)).toBe(reason);
    expect(others.isClosed).toBe(true);
  });

  it('is not worth their while when it is shorter', async () => {
    const short = new TamperedLog();
    const draft = draftEntry(deal('d-1'), DealCreated.definition, '2026-01-01T00:00:00.000Z');
    await new InMemoryUnitOfWork().run((scope) => short.append([draft], scope));
    Object.assign(short, { pageCheckers: () => others });
    expect(await verifyLog(short)).toMatchObject({ verdict: 'ok', checked: 1 });
    expect(others.asked).toStrictEqual([]);
  });
});
