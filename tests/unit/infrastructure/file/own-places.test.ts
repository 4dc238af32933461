import fs from 'node:fs';
import { join, relative } from 'node:path';
import { LocalFileStorage } from '../../../../src/infrastructure/file/local-file-storage.js';
import type { OwnPlaces } from '../../../../src/infrastructure/file/own-places.js';
import { readTree, writeTree } from '../../../support/file-tree.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const ALL = { removeOthers: true };
/** What stands in a folder with a store in it, and its home. */
const OWN = {
  's.db': 'store',
  's.db-wal': 'log',
  's.db.spill.1': 'spill',
  'sub/home/workspaces/w1/a': 'workspace',
};
const THEIRS = { a: '1', 's.dbx': 'not the store', 'sub/b': '2', 'sub/home-made': 'not the home' };

describe("what is Waymark's own in a folder", () => {
  let place: TemporaryFolder;
  let folder: string;
  let storage: LocalFileStorage;
  const opened: LocalFileStorage[] = [];
  const open = (own: OwnPlaces): LocalFileStorage => {
    const made = new LocalFileStorage({ folder: join(folder, 'sub/home/files'), own });
    opened.push(made);
    return made;
  };

  beforeEach(() => {
    place = makeTemporaryFolder();
    folder = writeTree(place.file('project'), { ...OWN, ...THEIRS });
    storage = open({ home: join(folder, 'sub/home'), store: join(folder, 's.db') });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    place.remove();
  });

  /** The paths of files in a tree. */
  async function pathsOf(treeHash: string): Promise<readonly string[]> {
    const paths: string[] = [];
    for await (const { kind, path } of storage.entries(treeHash)) if (kind !== 'folder') paths.push(path);
    return paths;
  }
  /** What of it is there. */
  const own = (): object =>
    Object.fromEntries(Object.entries(readTree(folder)).filter(([path]) => Object.hasOwn(OWN, path)));

  it('is in no commit, and no difference', async () => {
    const { treeHash, changes } = await storage.snapshot(folder);
    expect(await pathsOf(treeHash)).toStrictEqual(Object.keys(THEIRS));
    expect(changes.map(({ path }) => path)).toStrictEqual(Object.keys(THEIRS));
    expect(await storage.compare(folder, treeHash)).toStrictEqual([]);
  });

  it('is neither overwritten nor taken away nor copied, whatever the tree has', async () => {
    const other = writeTree(place.file('other'), { a: 'other', 's.db': 'theirs', 'sub/home/x': 'x', 's.db-wal/x': '' });
    const { treeHash } = await new LocalFileStorage({ folder: join(folder, 'sub/home/files') }).snapshot(other);
    const backup = place.file('backup');
    const options = { ...ALL, backup };
    const told = await storage.checkout(folder, treeHash, { ...options, dryRun: true });
    const done = await storage.checkout(folder, treeHash, options);
    expect(own()).toStrictEqual(OWN);
    expect(done.restored).toStrictEqual(['a']);
    expect(done.removed).toStrictEqual(['s.dbx', 'sub/b', 'sub/home-made']);
    expect(done.errors.map((error) => error.replace(/:.*/, ''))).toStrictEqual(['s.db', 's.db-wal', 'sub/home']);
    expect(Object.keys(readTree(backup))).toStrictEqual(['a', 's.dbx', 'sub/b', 'sub/home-made']);
    expect({ ...told, removed: [...told.removed].toSorted() }).toStrictEqual(done);
    // And is not told of as a difference.
    expect(await storage.compare(folder, treeHash)).toStrictEqual([]);
    expect((await storage.checkout(folder, treeHash, { ...ALL, paths: ['a'] })).errors).toStrictEqual([]);
  });

  it('stays where the tree has no folder for it, or something else in its place', async () => {
    const without = await storage.snapshot(writeTree(place.file('without'), { a: '1' }));
    const instead = await storage.snapshot(writeTree(place.file('instead'), { a: '1', sub: 'a file' }));
    expect((await storage.checkout(folder, without.treeHash, ALL)).errors).toStrictEqual([]);
    const { errors } = await storage.checkout(folder, instead.treeHash, ALL);
    expect(errors).toStrictEqual([expect.stringContaining('sub: ')]);
    expect(own()).toStrictEqual(OWN);
  });

  it.each([
    ['a relative path', (path: string) => relative(process.cwd(), path)],
    ['a path through a link', (path: string) => path.replace('/project', '/link')],
  ])('is known by %s', async (_what, form) => {
    fs.symlinkSync(folder, place.file('link'));
    const named = open({ home: form(join(folder, 'sub/home')), store: form(join(folder, 's.db')) });
    for (const way of [folder, place.file('link'), relative(process.cwd(), folder)]) {
      const { treeHash } = await named.snapshot(way);
      expect(await pathsOf(treeHash)).toStrictEqual(Object.keys(THEIRS));
      const nothing = await named.snapshot(fs.mkdtempSync(place.file('empty-')));
      expect((await named.checkout(way, nothing.treeHash, { ...ALL, dryRun: true })).removed.toSorted()).toStrictEqual(
        Object.keys(THEIRS),
      );
    }
  });

  it('is both the link that is named and what it leads to', async () => {
    fs.renameSync(join(folder, 's.db'), join(folder, 'real.db'));
    fs.symlinkSync('real.db', join(folder, 's.db'));
    fs.writeFileSync(join(folder, 'real.db-wal'), '');
    const { treeHash } = await storage.snapshot(folder);
    expect(await pathsOf(treeHash)).toStrictEqual(Object.keys(THEIRS));
  });

  it('need not be there yet', async () => {
    const early = open({ home: join(folder, 'later/home'), store: join(folder, 'later.db') });
    const other = writeTree(place.file('other'), { a: '1', 'later.db': 'theirs', 'later/home': 'theirs' });
    const { treeHash } = await early.snapshot(other);
    const { errors } = await early.checkout(folder, treeHash, { removeOthers: false });
    expect(errors.map((error) => error.replace(/:.*/, ''))).toStrictEqual(['later.db', 'later/home']);
    expect(fs.existsSync(join(folder, 'later.db'))).toBe(false);
  });

  it('is all that is in the home itself, and in the storage', async () => {
    const { treeHash } = await storage.snapshot(writeTree(place.file('other'), { a: '1' }));
    for (const at of ['sub/home', 'sub/home/files', 'sub/home/files/blobs']) {
      expect((await storage.snapshot(join(folder, at))).fileCount).toBe(0);
      expect(await storage.checkout(join(folder, at), treeHash, ALL)).toMatchObject({ restored: [], removed: [] });
    }
    // A workspace is in the home, and has files.
    expect((await storage.snapshot(join(folder, 'sub/home/workspaces/w1'))).fileCount).toBe(1);
  });
});
