import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { createWaymark, type Waymark } from '../../src/index.js';
import { caughtWaymark, codeOf } from '../support/caught.js';
import { deal, DealCreated } from '../support/deals.js';
import { ManualScheduler } from '../support/manual-scheduler.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let path: string;
const opened: Waymark[] = [];

beforeEach(() => {
  folder = makeTemporaryFolder();
  path = folder.file('waymark.db');
});
afterEach(async () => {
  for (const waymark of opened.splice(0)) await waymark.close().catch(() => undefined);
  folder.remove();
});

/** A Waymark on the file, whose waits the test ends. */
async function open(maxBytes?: number) {
  const scheduler = new ManualScheduler();
  const limit = maxBytes === undefined ? {} : { maxBytes };
  const waymark = await createWaymark({ storage: { kind: 'sqlite', path, ...limit }, scheduler });
  opened.push(waymark);
  return { waymark, scheduler };
}

const BIG = 'x'.repeat(2_000);
const big = (dealId: string): DealCreated => new DealCreated({ dealId, tags: [BIG] });

/** Appends until it is full. Returns the ids of what was acknowledged. */
async function fill(waymark: Waymark): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  for (;;) {
    const event = big(`fill-${acknowledged.length}`);
    try {
      await waymark.log.append([event]);
    } catch {
      return acknowledged;
    }
    acknowledged.push(event.id);
  }
}

const idsIn = async (waymark: Waymark): Promise<readonly string[]> =>
  (await waymark.log.query({}, { limit: 10_000 })).map(({ event }) => event.id);

/** Something else that takes up the space. */
function ballast(): { drop(): void } {
  const other = new Database(path);
  other.exec(`CREATE TABLE ballast AS SELECT zeroblob(200000) AS bytes`);
  return {
    drop: () => {
      other.exec('DROP TABLE ballast');
      other.close();
    },
  };
}

describe('a disk that is full', () => {
  it('loses nothing that was acknowledged or published, and goes on by itself when there is space', async () => {
    const { waymark, scheduler } = await open(900_000);
    await waymark.log.append([deal()]);
    const other = ballast();
    const acknowledged = await fill(waymark);
    expect(await codeOf(waymark.log.append([big('more')]))).toBe('WAYMARK_STORE_FULL');
    const published = [big('published-1'), big('published-2')];
    for (const event of published) waymark.bus.publish(event);
    await scheduler.untilAsked(1);
    const error = await caughtWaymark(waymark.flush());
    expect(error.code).toBe('WAYMARK_NOT_RECORDED');
    expect(error.cause).toMatchObject({ code: 'WAYMARK_STORE_FULL' });
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', size: acknowledged.length + 1 });

    other.drop();
    await waymark.flush();
    const after = deal('after');
    await waymark.log.append([after]);
    const ids = await idsIn(waymark);
    expect(ids.slice(1)).toStrictEqual([...acknowledged, ...published.map(({ id }) => id), after.id]);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', size: ids.length });
  });
});

describe('a file that is gone while it is open', () => {
  const remove = (): void => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  };

  it('takes nothing more: what is published is spilled, and recorded by whoever makes a store there again', async () => {
    const { waymark } = await open();
    await waymark.log.append([deal('first')]);
    remove();
    expect(await codeOf(waymark.log.append([deal('refused')]))).toBe('WAYMARK_STORE_NOT_FOUND');
    const published = [deal('a'), deal('b')];
    for (const event of published) waymark.bus.publish(event);
    const error = await caughtWaymark(waymark.close());
    expect(error.code).toBe('WAYMARK_NOT_RECORDED');
    expect(error.cause).toMatchObject({ code: 'WAYMARK_STORE_NOT_FOUND' });
    expect(error.details).toStrictEqual({ pending: 2, spilled: 2 });

    const { waymark: next } = await open();
    await next.flush();
    expect(await idsIn(next)).toStrictEqual(published.map(({ id }) => id));
    expect((await next.log.verify()).verdict).toBe('ok');
  });

  it('and is put back takes what was published meanwhile, without being opened again', async () => {
    const { waymark } = await open();
    const first = deal('first');
    await waymark.log.append([first]);
    // A name of its own for each, as a backup program that moves would leave them.
    const moved = readdirSync(folder.path);
    for (const name of moved) renameSync(folder.file(name), folder.file(`moved-${name}`));
    const published = deal('meanwhile');
    waymark.bus.publish(published);
    expect(await codeOf(waymark.flush())).toBe('WAYMARK_NOT_RECORDED');
    for (const name of moved) renameSync(folder.file(`moved-${name}`), folder.file(name));
    await waymark.flush();
    expect(await idsIn(waymark)).toStrictEqual([first.id, published.id]);
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });
});

describe('a file whose beginning was overwritten', () => {
  it('is refused and left as it is, and so is what waits beside it', async () => {
    const { waymark } = await open();
    await waymark.log.append([deal()]);
    await waymark.close();
    const bytes = readFileSync(path);
    bytes.fill(0, 0, 100);
    writeFileSync(path, bytes);
    const spilled = `${path}.spill.host%2F9.x.jsonl`;
    writeFileSync(spilled, 'left behind');
    const error = await caughtWaymark(open());
    expect(error.code).toMatch(/^WAYMARK_STORE_(NOT_A_DATABASE|CORRUPT)$/);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(readFileSync(spilled, 'utf8')).toBe('left behind');
  });
});
