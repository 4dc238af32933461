import { DealCreated, DealNoteAdded, DealWon } from '../../support/deals.js';
import { openWaymark } from '../../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import type { Outcome } from './support/command-line.js';
import { call, type World } from './support/in-process.js';
import { type Json, json, jsonLines } from './support/json.js';

const DAYS = ['2026-01-31T23:59:59.999Z', '2026-02-01T00:00:00.000Z'] as const;

describe('looking through a log', () => {
  let folder: TemporaryFolder;
  const waymark = (args: readonly string[], world?: World): Promise<Outcome> =>
    call(['log', ...args, '--store', folder.file('waymark.db')], world);
  const positions = async (...args: readonly string[]): Promise<readonly number[]> =>
    jsonLines((await waymark([...args, '--json'])).stdout).map(({ position }) => position);

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    await using store = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    await store.log.append([
      new DealCreated({ dealId: 'a "quoted" one' }, { occurredAt: DAYS[0], actor: 'user:ada' }),
      new DealNoteAdded({ dealId: 'b' }, { occurredAt: DAYS[0], actor: 'user:ada', stream: 'deals/b' }),
      new DealWon({ dealId: 'c' }, { occurredAt: DAYS[1], actor: 'user:ada' }),
      new DealCreated({ dealId: 'd' }, { occurredAt: DAYS[1], actor: 'user:bob' }),
      new DealCreated({ dealId: 'E' }, { occurredAt: DAYS[1], actor: 'user:ada' }),
    ]);
  });
  afterAll(() => folder.remove());

  it('finds by text, letter by letter, quotes included', async () => {
    expect(await positions('--text', 'a "quoted" one')).toStrictEqual([0]);
    expect(await positions('--text', 'note on deal')).toStrictEqual([1]);
    expect(await positions('--text', 'deal E')).toStrictEqual([4]);
    expect(await positions('--text', 'deal e')).toStrictEqual([]);
    expect(await positions('--text', 'user:ada', '--type', 'deal.created')).toStrictEqual([0, 4]);
  });

  it('finds by one severity and by several', async () => {
    expect(await positions('--severity', 'debug')).toStrictEqual([1]);
    expect(await positions('--severity', 'debug', '--severity', 'warning')).toStrictEqual([1, 2]);
    expect(await positions('--severity', 'debug', '--severity', 'warning', '--min-severity', 'info')).toStrictEqual([
      2,
    ]);
  });

  it('finds by stream, and says what is no stream', async () => {
    expect(await positions('--stream', 'deals/b')).toStrictEqual([1]);
    expect(await positions('--stream', 'deals/nobody')).toStrictEqual([]);
    expect(await waymark(['--stream', ''])).toMatchObject({ code: 2, stdout: '' });
  });

  describe('--page', () => {
    const page = async (...args: readonly string[]): Promise<Json> =>
      json((await waymark(['--limit', '2', '--json', ...args])).stdout);
    const on = ({ entries }: Json): readonly number[] => entries.map(({ position }: Json) => position);

    it('gives a page and leads to those beside it, in both orders', async () => {
      for (const [order, expected] of [
        [[], [[0, 1], [2, 3], [4]]],
        [['--reverse'], [[4, 3], [2, 1], [0]]],
      ] as const) {
        const first = await page('--page', ...order);
        const second = await page('--cursor', first.next);
        const third = await page('--cursor', second.next);
        expect([first, second, third].map(on)).toStrictEqual(expected);
        expect(first).not.toHaveProperty('previous');
        expect(third).not.toHaveProperty('next');
        expect(await page('--cursor', third.previous)).toStrictEqual(second);
      }
    });

    it('says to people how to go on', async () => {
      const { code, stdout, stderr } = await waymark(['--limit', '2', '--page', '--actor', 'user:ada']);
      expect(code).toBe(0);
      expect(stdout.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(2);
      const cursor = /^The next page: --cursor (\S+), with the same filter\n$/.exec(stderr)?.[1] ?? '';
      const next = await waymark(['--limit', '2', '--cursor', cursor, '--actor', 'user:ada']);
      expect(next.stdout).toMatch(/\n#2 .*\n#4 .*\n$/);
      expect(next.stderr).toMatch(/^The one before: --cursor \S+, with the same filter\n$/);
    });

    it('refuses the cursor of another filter, and what is none, with exit code 2', async () => {
      const { next } = await page('--page', '--actor', 'user:ada');
      for (const args of [
        ['--cursor', next],
        ['--cursor', 'x'],
        ['--cursor', ''],
      ]) {
        const { code, stdout, stderr } = await waymark(args);
        expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
        expect(stderr).toMatch(/^error WAYMARK_INVALID_CURSOR: .*\n→ Give a cursor as it was given out/);
      }
    });
  });

  describe('--stats', () => {
    it('counts by type, by severity and by day', async () => {
      const { code, stdout, stderr } = await waymark(['--stats']);
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
      expect(stdout).toBe(`5 entries, from #0 to #4

TYPE             ENTRIES
deal.created     3
deal.note.added  1
deal.won         1

SEVERITY  ENTRIES
debug     1
info      3
warning   1

DAY (UTC)   ENTRIES
2026-01-31  2
2026-02-01  3
`);
    });

    it('gives the same with --json, and counts what a filter leaves', async () => {
      expect(
        json((await waymark(['--stats', '--json', '--actor', 'user:ada', '--since', DAYS[1]])).stdout),
      ).toStrictEqual({
        total: 2,
        first: 2,
        last: 4,
        byType: { 'deal.created': 1, 'deal.won': 1 },
        bySeverity: { debug: 0, info: 1, warning: 1, error: 0, critical: 0 },
        byDay: { '2026-02-01': 2 },
      });
      const none = await waymark(['--stats', '--actor', 'user:nobody']);
      expect(none).toMatchObject({
        code: 0,
        stdout: '',
        stderr: expect.stringMatching(/^No entry matches, of 5 entries/),
      });
    });
  });
});
