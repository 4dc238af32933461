import { readdirSync } from 'node:fs';
import type { Waymark } from '../../src/index.js';
import { caughtWaymark, codeOf } from '../support/caught.js';
import { deal, deals } from '../support/deals.js';
import { ManualScheduler } from '../support/manual-scheduler.js';
import { openWaymark } from '../support/open-waymark.js';
import { askPostgres, describeOnPostgres, dropSchemas, postgresOptions, postgresUrl } from '../support/postgres.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

/** When a server with a full disk says so: as a row is written, or not before the commit. */
const MOMENTS = [
  ['as an entry is written', ''],
  ['at the commit', 'DEFERRABLE INITIALLY DEFERRED'],
] as const;

describeOnPostgres('a disk of the server that is full', () => {
  let schema: string;
  let folder: TemporaryFolder;
  const opened: Waymark[] = [];

  beforeEach(() => {
    ({ schema } = postgresOptions());
    folder = makeTemporaryFolder();
  });
  afterEach(async () => {
    for (const waymark of opened.splice(0)) await waymark.close().catch(() => undefined);
    await dropSchemas([schema]);
    folder.remove();
  });

  async function open(log: object = {}) {
    const scheduler = new ManualScheduler();
    const settings = { spill: folder.file('log.spill'), ...log };
    const waymark = await openWaymark({ storage: postgresUrl(schema), scheduler, log: settings });
    opened.push(waymark);
    return { waymark, scheduler };
  }

  /** The server itself says what it says then (53100, disk_full), by the protocol, until there is room. */
  async function fill(timing: string): Promise<void> {
    await askPostgres(`
      CREATE FUNCTION ${schema}.no_room() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file "base/5/1": No space left on device' USING ERRCODE = '53100'; END $$;
      CREATE CONSTRAINT TRIGGER no_room AFTER INSERT ON ${schema}.audit_entries ${timing}
      FOR EACH ROW EXECUTE FUNCTION ${schema}.no_room()`);
  }
  const makeRoom = (): Promise<unknown> => askPostgres(`DROP FUNCTION ${schema}.no_room() CASCADE`);
  const idsIn = async (waymark: Waymark): Promise<readonly string[]> =>
    (await waymark.log.query({}, { limit: 1_000 })).map(({ event }) => event.id);
  const spilled = (): readonly string[] => readdirSync(folder.path);

  it.each(MOMENTS)('refuses an append by name (%s), and takes it again when there is room', async (_, timing) => {
    const { waymark } = await open();
    const first = deal('first');
    await waymark.log.append([first]);
    await fill(timing);
    const event = deal('refused');
    const error = await caughtWaymark(waymark.log.append([event]));
    expect(error).toMatchObject({ code: 'WAYMARK_STORE_FULL', hint: expect.stringContaining('Free space') });
    expect(error.message).toContain('No space left on device');
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', size: 1 });
    await makeRoom();
    expect(await waymark.log.append([event])).toMatchObject([{ position: 1 }]);
    expect(await idsIn(waymark)).toStrictEqual([first.id, event.id]);
  });

  it.each(MOMENTS)(
    'loses nothing that was published (%s): it is tried again, in order, and none is doubted',
    async (_, timing) => {
      const { waymark, scheduler } = await open();
      await waymark.log.append([deal('first')]);
      await fill(timing);
      const published = deals('a', 'b', 'c');
      for (const event of published) waymark.bus.publish(event);
      await scheduler.untilAsked(1);
      // More often than an event is tried by itself before it is given up.
      for (let tries = 2; tries <= 6; tries += 1) {
        scheduler.elapse();
        await scheduler.untilAsked(tries);
      }
      const error = await caughtWaymark(waymark.flush());
      expect(error).toMatchObject({ code: 'WAYMARK_NOT_RECORDED', cause: { code: 'WAYMARK_STORE_FULL' } });
      expect(waymark.pending()).toStrictEqual({ buffered: 3, spilled: 0, lost: 0 });
      await makeRoom();
      await waymark.flush();
      expect((await idsIn(waymark)).slice(1)).toStrictEqual(published.map(({ id }) => id));
      expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', size: 4 });
    },
  );

  it('is bounded in memory: what is more is spilled, and recorded by the next process', async () => {
    const { waymark, scheduler } = await open({ bufferEvents: 2 });
    await fill('');
    const published = deals('a', 'b', 'c', 'd', 'e');
    const [first, ...rest] = published;
    waymark.bus.publish(first!);
    await scheduler.untilAsked(1);
    for (const event of rest) waymark.bus.publish(event);
    expect(waymark.pending()).toMatchObject({ lost: 0 });
    expect(waymark.pending().buffered).toBeLessThanOrEqual(2);
    expect(waymark.pending().spilled).toBeGreaterThanOrEqual(3);
    expect(await codeOf(waymark.close())).toBe('WAYMARK_NOT_RECORDED');
    expect(spilled()).not.toStrictEqual([]);
    await makeRoom();
    const { waymark: next } = await open();
    await next.flush();
    expect(await idsIn(next)).toStrictEqual(published.map(({ id }) => id));
    expect(spilled()).toStrictEqual([]);
    expect(await next.log.verify()).toMatchObject({ verdict: 'ok', size: 5 });
  });
});
