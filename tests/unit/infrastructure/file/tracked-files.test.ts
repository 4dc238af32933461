import fs from 'node:fs';
import { join } from 'node:path';
import type { FileChange } from '../../../../src/domain/file/file-commit.js';
import { type LocalFileStore, blobPath, makeFileStore } from '../../../support/file-store.js';
import { readTree, writeTree } from '../../../support/file-tree.js';

const ALL = { removeOthers: true };
const told = (changes: readonly FileChange[]): readonly string[] =>
  changes.map(({ change, path }) => `${change} ${path}`);

describe('what was kept, and is ignored by now', () => {
  let store: LocalFileStore;
  let folder: string;
  let base: string;

  beforeEach(async () => {
    store = makeFileStore();
    folder = writeTree(join(store.room, 'one'), { 'x.sh': '1', 'build/out': '1', 'build/deep/out': '1', z: '1' });
    base = (await store.storage.snapshot(folder)).treeHash;
    // A file in a folder that is ignored can't bring anything back.
    writeTree(folder, { '.gitignore': 'x.sh\nbuild/\n*.log\n', 'build/deep/.gitignore': '!other\n' });
  });
  afterEach(() => store.close());

  /** What was never kept. */
  const OTHERS = { 'build/new': 'new', 'build/deep/other': 'new', 'a.log': 'new' };

  it('stays a part of it, and what is beside it does not become one', async () => {
    writeTree(folder, { 'x.sh': '2', 'build/deep/out': '2', ...OTHERS });
    const wanted = ['added .gitignore', 'modified build/deep/out', 'modified x.sh'];
    expect(told(await store.storage.compare(folder, base))).toStrictEqual(wanted);
    for (const index of [undefined, join(store.room, 'one.index'), join(store.room, 'one.index')]) {
      const { changes } = await store.storage.snapshot(folder, { base, ...(index && { index }) });
      expect(told(changes)).toStrictEqual(wanted);
    }
    // Nothing was kept before: so all of it is left out.
    expect((await store.storage.snapshot(folder)).fileCount).toBe(2);
  });

  it('is gone when it is taken away, or is another kind of thing', async () => {
    fs.rmSync(join(folder, 'x.sh'));
    writeTree(folder, { 'x.sh/inside': '1' });
    fs.rmSync(join(folder, 'build'), { recursive: true });
    fs.writeFileSync(join(folder, '.gitignore'), 'x.sh\nbuild\n');
    fs.writeFileSync(join(folder, 'build'), 'a file');
    const wanted = ['added .gitignore', 'removed build/deep/out', 'removed build/out', 'removed x.sh'];
    expect(told((await store.storage.snapshot(folder, { base })).changes)).toStrictEqual(wanted);
  });

  it('is not what a given line leaves out', async () => {
    const { changes } = await store.storage.snapshot(folder, { base, ignore: ['x.sh'] });
    expect(told(changes)).toStrictEqual(['added .gitignore', 'removed x.sh']);
  });

  it('is put back as it was, and what is beside it stays', async () => {
    writeTree(folder, { 'x.sh': '2', 'build/deep/out': '2' });
    const { treeHash } = await store.storage.snapshot(folder, { base });
    writeTree(folder, { 'x.sh': '3', 'build/deep/out': '3', 'build/out': '3', ...OTHERS });
    const { restored, removed } = await store.storage.checkout(folder, treeHash, ALL);
    expect([restored, removed]).toStrictEqual([['x.sh', 'build/out', 'build/deep/out'], []]);
    expect(readTree(folder)).toMatchObject({ 'x.sh': '2', 'build/deep/out': '2', 'build/out': '1', ...OTHERS });
  });

  it('is taken away by going back to before it was kept', async () => {
    const { treeHash: now } = await store.storage.snapshot(folder, { base });
    const nothing = writeTree(join(store.room, 'none'), { z: '1' });
    const { treeHash: before } = await store.storage.snapshot(nothing);
    writeTree(folder, OTHERS);
    const backup = join(store.room, 'backup');
    const { removed } = await store.storage.checkout(folder, before, { ...ALL, base: now, backup });
    expect([...removed].toSorted()).toStrictEqual(['.gitignore', 'build/deep/out', 'build/out', 'x.sh']);
    expect(readTree(backup)).toMatchObject({ 'x.sh': '1', 'build/deep/out': '1' });
    expect(readTree(folder)).toMatchObject({ z: '1', ...OTHERS });
  });

  it('is taken away where the tree that is gone back to ignores it', async () => {
    const ignoring = writeTree(join(store.room, 'ignoring'), { '.gitignore': 'x.sh\n' });
    const { treeHash } = await store.storage.snapshot(ignoring);
    const { removed } = await store.storage.checkout(folder, treeHash, { ...ALL, base });
    expect(removed).toContain('x.sh');
  });

  it('is not known where its tree is lost: then it stays', async () => {
    const { treeHash: before } = await store.storage.snapshot(writeTree(join(store.room, 'none'), { z: '1' }));
    fs.rmSync(blobPath(store.files, base));
    // The storage remembers listings.
    const { LocalFileStorage } = await import('../../../../src/infrastructure/file/local-file-storage.js');
    const other = new LocalFileStorage({ folder: store.files });
    const { removed } = await other.checkout(folder, before, { ...ALL, base });
    await other.close();
    expect(removed).toStrictEqual(['.gitignore']);
    expect(fs.existsSync(join(folder, 'x.sh'))).toBe(true);
  });
});
