import Database from 'better-sqlite3';
import { readFileSync, writeFileSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { createWaymark, type SealsConfig, verifyBundle, type Waymark } from '../../src/index.js';
import { MIGRATION_NAMES, MIGRATIONS } from '../../src/infrastructure/persistence/typeorm/migrations/index.js';
import { codeOf } from '../support/caught.js';
import { deal } from '../support/deals.js';
import { ManualScheduler } from '../support/manual-scheduler.js';
import { keyOf, ORIGIN } from '../support/sealed-log.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const key = keyOf(ORIGIN);

let folder: TemporaryFolder;
let opened: Waymark[];
beforeEach(() => {
  folder = makeTemporaryFolder();
  opened = [];
});
afterEach(async () => {
  for (const waymark of opened) await waymark.close();
  folder.remove();
});

async function open(seals?: SealsConfig, more: { readonly scheduler?: ManualScheduler } = {}): Promise<Waymark> {
  const storage = `sqlite:${folder.file('waymark.db')}`;
  const waymark = await createWaymark({ storage, ...more, ...(seals === undefined ? {} : { seals }) });
  opened.push(waymark);
  return waymark;
}

const write = (waymark: Waymark, count: number) => waymark.log.append(Array.from({ length: count }, () => deal()));

describe('the seals of a configuration', () => {
  it('are made with a key in whatever form it is given', async () => {
    writeFileSync(folder.file('a.key'), `${key.toSecretText()}\n`);
    const sizes: number[] = [];
    for (const given of [key, key.toSecretText(), folder.file('a.key')]) {
      const waymark = await open({ key: given });
      await write(waymark, 2);
      const seal = await waymark.log.seal();
      expect([seal.origin, seal.keyId]).toStrictEqual([ORIGIN, key.keyId]);
      sizes.push(seal.size);
      await waymark.close();
    }
    expect(sizes).toStrictEqual([2, 5, 8]);
  });

  it('are told on the bus, anchored, and proved', async () => {
    const anchor = folder.file('anchor/deals.seals');
    const waymark = await open({ key, anchor });
    const told: unknown[] = [];
    waymark.bus.subscribe('audit.sealed', (event) => void told.push(event.payload));
    const [entry] = await write(waymark, 3);
    const seal = await waymark.log.seal();
    const { size, rootHash, keyId } = seal;
    expect(told).toStrictEqual([{ size, rootHash, keyId }]);
    expect(readFileSync(anchor, 'utf8')).toBe(`\n${seal.note}`);
    const bundle = await waymark.log.prove(entry!.event.id);
    const pinned = { trusted: [key.verifier] };
    expect(await waymark.log.verify({ ...pinned, anchor })).toMatchObject({ verdict: 'ok', seals: { count: 2 } });
    expect(verifyBundle(JSON.stringify(bundle), waymark.log.trustedKeys)).toMatchObject({ verdict: 'ok' });
    expect(await waymark.log.consistency(0)).toMatchObject({ firstSize: 0, secondSize: 4, path: [] });
    expect(await codeOf(waymark.log.verify({ anchor: folder.file('none') }))).toBe('WAYMARK_ANCHOR_FAILED');
  });

  it('are made by themselves: by count, by time, and at the end', async () => {
    const scheduler = new ManualScheduler();
    const waymark = await open({ key, everyEntries: 10, everyMs: 60_000, sealOnClose: true }, { scheduler });
    const seals = async () => (await waymark.store.seals.list({ limit: 100 })).map(({ size }) => size);
    const sealed = () => new Promise((resolve) => waymark.bus.subscribe('audit.sealed', resolve, { once: true }));
    const byCount = sealed();
    await write(waymark, 10);
    await byCount;
    expect(await seals()).toStrictEqual([10]);
    await write(waymark, 2);
    const byTime = sealed();
    await scheduler.untilAsked(1);
    scheduler.elapse();
    await byTime;
    expect(await seals()).toStrictEqual([10, 13]);
    await write(waymark, 2);
    const closed = waymark.close();
    await closed;
    const reader = await open();
    expect((await reader.store.seals.list({ limit: 100 })).map(({ size }) => size)).toStrictEqual([10, 13, 16]);
    expect(await reader.log.verify({ trusted: [key.verifier] })).toMatchObject({ verdict: 'ok', size: 17 });
  });

  it.each<[string, SealsConfig, string]>([
    ['a key that is none', { key: 'PRIVATE+KEY+x' }, 'WAYMARK_INVALID_KEY'],
    ['a file that is not there', { key: './no-such.key' }, 'WAYMARK_KEY_FILE_FAILED'],
    ['a public key that is none', { trusted: ['x'] }, 'WAYMARK_INVALID_KEY'],
    ['a rhythm without a key', { everyMs: 5 }, 'WAYMARK_INVALID_ARGUMENT'],
    ['no entries', { key, everyEntries: 0 }, 'WAYMARK_INVALID_ARGUMENT'],
    ['too long a time', { key, everyMs: 2 ** 31 }, 'WAYMARK_INVALID_ARGUMENT'],
    ['an anchor without a path', { key, anchor: [''] }, 'WAYMARK_INVALID_ARGUMENT'],
    ['an option that there is not', { kay: key } as never, 'WAYMARK_INVALID_ARGUMENT'],
  ])('are refused with %s', async (_, seals, code) => {
    expect(await codeOf(createWaymark({ storage: 'memory:', seals }))).toBe(code);
  });
});

/** Makes the store one of before there were seals: without what the migrations since did. */
async function undoSeals(): Promise<void> {
  const dataSource = new DataSource({
    type: 'better-sqlite3',
    database: folder.file('waymark.db'),
    migrations: [...MIGRATIONS],
  });
  await dataSource.initialize();
  const since = MIGRATION_NAMES.slice(MIGRATION_NAMES.indexOf('CreateSeals1767225604000'));
  for (const _ of since) await dataSource.undoLastMigration();
  await dataSource.destroy();
}

describe('a store of before there were seals', () => {
  it('is given its tiles when it is opened, and can be sealed and proved', async () => {
    const before = await open();
    const [first] = await write(before, 1_100);
    await before.close();
    await undoSeals();

    const waymark = await open({ key });
    const tiles = await waymark.store.auditLog.readTiles(1, 0, 100);
    expect(tiles.length).toBe(34);
    expect((await waymark.store.auditLog.readTiles(2, 0, 100)).length).toBe(1);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', size: 1_100 });
    const bundle = await waymark.log.prove(first!.event.id);
    expect(verifyBundle(JSON.stringify(bundle), waymark.log.trustedKeys)).toMatchObject({ verdict: 'ok' });
  });

  it('is opened although it is damaged: to be verified', async () => {
    const before = await open();
    await write(before, 100);
    await before.close();
    await undoSeals();
    const raw = new Database(folder.file('waymark.db'));
    raw.exec("UPDATE audit_entries SET leaf_hash = 'none' WHERE position = 50");
    raw.close();
    const waymark = await open();
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'tampered', position: 50 });
  });
});
