import { createWaymark } from '../../src/index.js';
import { DealCreated, deals } from '../support/deals.js';
import { FakeClock } from '../support/fake-clock.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const HOUR = 3_600_000;

// A clock may be set back while a program runs. Times say what it said; the order is that of the positions.
describe.each(['memory:', 'sqlite:'])('a clock that is set back, on %s', (kind) => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(() => folder.remove());

  async function openAndRecord() {
    const clock = new FakeClock(Date.UTC(2026, 0, 31, 12));
    const storage = kind === 'memory:' ? kind : `${kind}${folder.file('waymark.db')}`;
    const waymark = await createWaymark({ storage, clock });
    for (const [dealId, occurredAt] of OCCURRED) {
      await waymark.log.append([new DealCreated({ dealId }, { occurredAt })]);
      clock.advance(-HOUR);
    }
    return { waymark, clock };
  }

  it('changes neither the positions nor the order, and the log verifies', async () => {
    const { waymark } = await openAndRecord();
    const entries = await waymark.log.query();
    expect(entries.map(({ position }) => position)).toStrictEqual([0, 1, 2, 3]);
    expect(entries.map(({ message }) => message)).toStrictEqual(OCCURRED.map(([name]) => `deal ${name} created`));
    expect(entries.map(({ recordedAt }) => recordedAt.slice(11, 16))).toStrictEqual([
      '12:00',
      '11:00',
      '10:00',
      '09:00',
    ]);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', checked: 4 });
    await waymark.close();
  });

  it('since and until go by what each entry says, in the order of the positions', async () => {
    const { waymark } = await openAndRecord();
    const found = async (filter: object): Promise<readonly number[]> =>
      (await waymark.log.query(filter)).map(({ position }) => position);
    expect(await found({ since: '2026-01-31T10:00:00Z' })).toStrictEqual([0, 1, 3]);
    expect(await found({ until: '2026-01-31T10:00:00Z' })).toStrictEqual([2]);
    expect(await found({ since: '2026-01-31T10:30:00Z', until: '2026-01-31T12:00:00Z' })).toStrictEqual([1, 3]);
    expect(await waymark.log.statistics()).toMatchObject({ total: 4, first: 0, last: 3 });
    await waymark.close();
  });

  it('pages, streams and follows by position: nothing twice, nothing left out', async () => {
    const { waymark } = await openAndRecord();
    const streamed: number[] = [];
    for await (const { position } of waymark.log.stream({}, { pageSize: 1 })) streamed.push(position);
    expect(streamed).toStrictEqual([0, 1, 2, 3]);
    const first = await waymark.log.page({}, { limit: 2 });
    const second = await waymark.log.page({}, { limit: 2, cursor: first.next as string });
    expect([...first.entries, ...second.entries].map(({ position }) => position)).toStrictEqual([0, 1, 2, 3]);
    const followed: number[] = [];
    for await (const { position } of waymark.log.tail({}, { after: 1 })) {
      followed.push(position);
      if (position === 3) await waymark.log.append(deals('earlier still'));
      if (position === 4) break;
    }
    expect(followed).toStrictEqual([2, 3, 4]);
    await waymark.close();
  });
});

/** Recorded an hour earlier each time, and occurred this way and that. */
const OCCURRED = [
  ['a', '2026-01-31T12:00:00.000Z'],
  ['b', '2026-01-31T11:00:00.000Z'],
  ['c', '2026-01-31T09:00:00.000Z'],
  ['d', '2026-01-31T11:30:00.000Z'],
] as const;
