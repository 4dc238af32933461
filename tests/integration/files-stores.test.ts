import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createWaymark, type FileCommit, type Waymark, type WaymarkConfig } from '../../src/index.js';
import { settle } from '../support/deferred.js';
import { dropSchemas, hasPostgres, postgresOptions } from '../support/postgres.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const STORAGES: readonly (readonly [string, (folder: TemporaryFolder) => Exclude<WaymarkConfig['storage'], string>])[] =
  [
    ['in memory', () => ({ kind: 'memory' })],
    ['on SQLite', (folder) => ({ kind: 'sqlite', path: folder.file('waymark.db') })],
    ...(hasPostgres ? [['on PostgreSQL', () => ({ kind: 'postgres' as const, ...postgresOptions() })] as const] : []),
  ];

describe.each(STORAGES)('files %s', (_, storageIn) => {
  let folder: TemporaryFolder;
  let storage: Exclude<WaymarkConfig['storage'], string>;
  let waymark: Waymark;
  let site: string;
  const open = (): Promise<Waymark> => createWaymark({ storage, workspaces: { home: folder.file('home') } });
  const write = (files: Readonly<Record<string, string>>, root = site): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  const textOf = async (id: string, path: string): Promise<string> => {
    const parts: Uint8Array[] = [];
    for await (const part of waymark.files.read(id, path)) parts.push(part);
    return Buffer.concat(parts).toString();
  };

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    storage = storageIn(folder);
    site = folder.file('site');
    mkdirSync(site);
    waymark = await open();
  });
  afterEach(async () => {
    await waymark.close();
    if (storage.kind === 'postgres' && storage.schema !== undefined) await dropSchemas([storage.schema]);
    folder.remove();
  });

  it('go back and forth between commits, with links, odd names and what is ignored', async () => {
    const { files } = waymark;
    const first = { 'a.txt': 'one', 'deep/ø 東京\n.txt': 'odd', '.gitignore': 'ignored/\n', 'ignored/log': 'kept' };
    write(first);
    symlinkSync('a.txt', join(site, 'link'));
    const index = folder.file('site.index');
    const one = await files.commitFolder(site, { index });
    write({ 'a.txt': 'two', 'new/b.txt': 'new' });
    rmSync(join(site, 'link'));
    const two = await files.commitFolder(site, { index, parentId: one.id });
    expect((await files.diff(one.id, two.id)).map(({ path, change }) => `${change} ${path}`)).toStrictEqual([
      'modified a.txt',
      'removed link',
      'added new/b.txt',
    ]);
    expect(await files.commitFolder(site, { index, parentId: two.id })).toStrictEqual(two);

    await files.restore(one.id, site, { index, removeOthers: true });
    expect(readdirSync(site).toSorted()).toStrictEqual(['.gitignore', 'a.txt', 'deep', 'ignored', 'link']);
    expect(readFileSync(join(site, 'ignored/log'), 'utf8')).toBe('kept');
    expect(await files.commitFolder(site, { index, parentId: one.id })).toStrictEqual(one);
    await files.restore(two.id, site, { index, removeOthers: true });
    expect(await files.commitFolder(site, { index, parentId: two.id })).toStrictEqual(two);
    expect(await textOf(one.id, 'deep/ø 東京\n.txt')).toBe('odd');

    const events = (await waymark.log.query({ types: ['file.commit_created'] })).map(({ event }) => event.payload);
    expect(events).toMatchObject([
      { paths: expect.arrayContaining(['deep/ø 東京\n.txt']) as string[] },
      { fileCount: 4 },
    ]);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
  });

  it('are there for the next process, and for another one that shares the home', async () => {
    write({ 'a.txt': 'one' });
    const { id } = await waymark.files.commitFolder(site);
    const isKept = storage.kind !== 'memory';
    if (isKept) {
      await waymark.close();
      waymark = await open();
    }
    const other = isKept ? await open() : waymark;
    expect(await other.files.verify(id)).toMatchObject({ commit: { id, status: 'verified' } });
    if (isKept) await other.close();
    expect(await textOf(id, 'a.txt')).toBe('one');
  });

  it('are all intact after many commits beside a collection that goes on', async () => {
    const { files } = waymark;
    const made: FileCommit[] = [];
    let isDone = false;
    const work = async (name: string): Promise<void> => {
      const own = folder.file(name);
      let parentId: string | undefined;
      for (let round = 0; round < 6; round += 1) {
        // Half of the contents are those of everybody, and half of them go with each round.
        write({ 'shared.txt': `shared ${round}`, [`${name}.txt`]: `${name} ${round}`, 'stays.txt': 'stays' }, own);
        const commit = await files.commitFolder(own, parentId === undefined ? {} : { parentId });
        if (parentId !== undefined && round % 2 === 0) await files.delete(parentId);
        parentId = commit.id;
        made.push(commit);
      }
    };
    const collecting = (async () => {
      while (!isDone) {
        await files.gc({ minAgeMs: 60_000 });
        // In memory nothing of it waits for anything: others have to get their turn.
        await settle();
      }
    })();
    await Promise.all(['one', 'two', 'three'].map(work));
    isDone = true;
    await collecting;
    const left = await files.log();
    expect(left.length).toBeLessThan(made.length);
    for (const { id } of left) expect((await files.verify(id)).commit.status).toBe('verified');
    await files.gc({ minAgeMs: 0 });
    for (const { id } of left) expect((await files.verify(id)).blobsVerified).toBeGreaterThanOrEqual(3);
    await files.gc({ minAgeMs: 0, unlinked: true });
    expect(await files.gc({ minAgeMs: 0, dryRun: true })).toMatchObject({ contents: 0, kept: 0 });
  });
});

describe('a restore that fails', () => {
  it.each([
    ['before the folder is touched, for want of a content', 'a content', /has no content|no folder/i, false],
    ['once it has begun to change the folder', 'patience', /seen enough/, true],
  ])('%s, says so', async (_, missing, why, partiallyRestored) => {
    const folder = makeTemporaryFolder();
    const site = folder.file('site');
    mkdirSync(site);
    writeFileSync(join(site, 'a.txt'), 'one');
    await using waymark = await createWaymark({ storage: 'memory:', workspaces: { home: folder.file('home') } });
    const { id } = await waymark.files.commitFolder(site);
    writeFileSync(join(site, 'a.txt'), 'changed');
    if (missing === 'a content') rmSync(folder.file('home'), { recursive: true });
    const restoring = waymark.files.restore(id, site, {
      onProgress: ({ touched = false }) => {
        if (touched) throw new Error('whoever watches has seen enough');
      },
    });
    await expect(restoring).rejects.toThrow(why);
    const [failed] = await waymark.log.query({ types: ['file.restore_failed'] });
    expect(failed?.event.payload).toMatchObject({ commitId: id, partiallyRestored });
    folder.remove();
  });
});
