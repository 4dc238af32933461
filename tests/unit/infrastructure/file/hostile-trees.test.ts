import { jest } from '@jest/globals';
import fs from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../../../src/domain/shared/hash.js';
import { encodeHeader } from '../../../../src/infrastructure/file/blob-header.js';
import { blobPath, type LocalFileStore, makeFileStore } from '../../../support/file-store.js';

const ALL = { removeOthers: true };

describe('what somebody has put into the storage, or in the way', () => {
  let store: LocalFileStore;
  let folder: string;

  beforeEach(() => {
    store = makeFileStore();
    folder = join(store.room, 'one');
    fs.mkdirSync(folder);
  });

  afterEach(() => store.close());

  /** Puts a content there, as if it had been kept. */
  function plant(text: string): string {
    const hash = sha256Hex(text);
    const path = blobPath(store.files, hash);
    fs.mkdirSync(join(path, '..'), { recursive: true });
    const body = Buffer.from(text);
    fs.writeFileSync(
      path,
      Buffer.concat([encodeHeader({ isDeflated: false, size: body.length, storedSize: body.length }), body]),
    );
    return hash;
  }

  function plantTree(...lines: readonly (readonly unknown[])[]): string {
    return plant(`${['waymark-tree 1', ...lines.map((line) => JSON.stringify(line))].join('\n')}\n`);
  }

  it.each(['..', '.', '', '/etc/passwd', '../x', 'a/b', 'nul\0', '.git'])('a tree with the name %j', async (name) => {
    const content = plant('x');
    const tree = plantTree(['file', name, '644', content, 1]);
    const above = plantTree(['folder', 'sub', '755', tree]);
    for (const hash of [tree, above]) {
      await expect(store.storage.checkout(folder, hash, ALL)).rejects.toMatchObject({
        code: 'WAYMARK_FILE_PATH_ESCAPES',
      });
    }
    expect(fs.readdirSync(folder)).toStrictEqual([]);
    expect(await store.storage.verify(above)).toMatchObject({ problems: [{ path: 'sub', problem: 'damaged' }] });
  });

  it.each([
    ['no format', 'x'],
    ['no end', 'waymark-tree 1\n["link","a","b",1]'],
    ['no JSON', 'waymark-tree 1\n{]\n'],
    ['no hash', 'waymark-tree 1\n["file","a","644","../../x",1]\n'],
    ['no kind', 'waymark-tree 1\n["device","a","644","x",1]\n'],
    ['a mode beyond permissions', `waymark-tree 1\n["file","a","4755","${'0'.repeat(64)}",1]\n`],
    ['one name twice', 'waymark-tree 1\n["link","a","b",1]\n["link","a","c",1]\n'],
  ])('a tree with %s', async (_what, text) => {
    const work = store.storage.checkout(folder, plant(text), ALL);
    await expect(work).rejects.toMatchObject({ code: 'WAYMARK_FILE_DAMAGED' });
  });

  it('a link in the place of a folder is replaced, and nothing is written through it', async () => {
    const outside = join(store.room, 'outside');
    fs.mkdirSync(join(folder, 'sub'), { recursive: true });
    fs.writeFileSync(join(folder, 'sub', 'file'), 'inside');
    const { treeHash } = await store.storage.snapshot(folder);
    fs.rmSync(join(folder, 'sub'), { recursive: true });
    fs.mkdirSync(outside);
    fs.writeFileSync(join(outside, 'file'), 'outside');
    fs.symlinkSync(outside, join(folder, 'sub'));
    fs.symlinkSync(join(outside, 'file'), join(folder, 'link'));
    await store.storage.checkout(folder, treeHash, ALL);
    expect(fs.readFileSync(join(folder, 'sub', 'file'), 'utf8')).toBe('inside');
    expect(fs.lstatSync(join(folder, 'sub')).isDirectory()).toBe(true);
    expect(fs.readFileSync(join(outside, 'file'), 'utf8')).toBe('outside');
    expect(fs.readdirSync(folder)).toStrictEqual(['sub']);
  });

  it('a link that is put there after the folder was looked at is not followed', async () => {
    const outside = join(store.room, 'outside');
    fs.mkdirSync(outside);
    fs.mkdirSync(join(folder, 'sub'));
    fs.writeFileSync(join(folder, 'sub', 'file'), 'inside');
    const { treeHash } = await store.storage.snapshot(folder);
    fs.rmSync(join(folder, 'sub', 'file'));
    // All that is to be written is made ready first: at that moment.
    const { mkdirSync } = fs;
    const planted = jest.spyOn(fs, 'mkdirSync').mockImplementation((path, options) => {
      if (String(path).endsWith('.waymark-tmp')) {
        fs.renameSync(join(folder, 'sub'), join(folder, 'moved'));
        fs.symlinkSync(outside, join(folder, 'sub'));
      }
      return mkdirSync(path, options as fs.MakeDirectoryOptions);
    });
    try {
      await expect(store.storage.checkout(folder, treeHash, ALL)).rejects.toMatchObject({
        code: 'WAYMARK_FILE_PATH_ESCAPES',
      });
    } finally {
      planted.mockRestore();
    }
    expect(fs.readdirSync(outside)).toStrictEqual([]);
    // Repeated, it puts things right.
    await store.storage.checkout(folder, treeHash, ALL);
    expect((await store.storage.snapshot(folder)).treeHash).toBe(treeHash);
    expect(fs.readdirSync(outside)).toStrictEqual([]);
  });

  it('links that lead out are kept as they are, and never read through', async () => {
    fs.writeFileSync(join(store.room, 'secret'), 'secret');
    fs.symlinkSync('../secret', join(folder, 'relative'));
    fs.symlinkSync('/etc', join(folder, 'absolute'));
    const { treeHash, totalBytes, blobs } = await store.storage.snapshot(folder);
    expect([totalBytes, blobs]).toStrictEqual([0, []]);
    for (const name of ['relative', 'absolute']) fs.rmSync(join(folder, name));
    await store.storage.checkout(folder, treeHash, ALL);
    expect(fs.readlinkSync(join(folder, 'absolute'))).toBe('/etc');
  });
});
