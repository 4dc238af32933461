import { jest } from '@jest/globals';
import fs from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../../../src/domain/shared/hash.js';
import { blobPath, type LocalFileStore, makeFileStore } from '../../../support/file-store.js';

const ALL = { removeOthers: true };
const LONG = 'words and more words, '.repeat(500);

describe('a storage that is damaged, or full', () => {
  let store: LocalFileStore;
  let folder: string;
  let treeHash: string;

  beforeEach(async () => {
    store = makeFileStore();
    folder = join(store.room, 'one');
    fs.mkdirSync(folder);
    fs.writeFileSync(join(folder, 'short'), 'short');
    fs.writeFileSync(join(folder, 'long'), LONG);
    ({ treeHash } = await store.storage.snapshot(folder));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await store.close();
  });

  function damage(text: string, how: (bytes: Buffer) => Buffer): void {
    const path = blobPath(store.files, sha256Hex(text));
    const bytes = how(fs.readFileSync(path));
    fs.rmSync(path);
    fs.writeFileSync(path, bytes);
  }

  async function readAll(hash: string): Promise<void> {
    for await (const piece of store.storage.read(hash)) expect(piece.length).toBeGreaterThan(0);
  }

  it.each([
    ['is cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['is empty', () => Buffer.alloc(0)],
    ['is full of zeros', (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ['has another byte', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)])],
  ])('tells of a content that %s, and writes none of it', async (_what, how) => {
    for (const text of ['short', LONG]) {
      damage(text, how);
      await expect(readAll(sha256Hex(text))).rejects.toMatchObject({ code: 'WAYMARK_FILE_DAMAGED' });
    }
    const { problems } = await store.storage.verify(treeHash);
    expect(problems.map(({ path, problem }) => [path, problem])).toStrictEqual([
      ['long', 'damaged'],
      ['short', 'damaged'],
    ]);
    for (const name of ['short', 'long']) fs.writeFileSync(join(folder, name), 'other');
    await expect(store.storage.checkout(folder, treeHash, ALL)).rejects.toMatchObject({ code: 'WAYMARK_FILE_DAMAGED' });
    expect(fs.readdirSync(folder).toSorted()).toStrictEqual(['long', 'short']);
    expect(fs.readFileSync(join(folder, 'short'), 'utf8')).toBe('other');
  });

  it('writes a torn content again when it meets the file again', async () => {
    damage(LONG, (bytes) => bytes.subarray(0, 100));
    damage('short', () => Buffer.alloc(0));
    await store.storage.snapshot(folder);
    expect(await store.storage.verify(treeHash)).toStrictEqual({ blobsVerified: 3, problems: [] });
  });

  it('compresses what becomes smaller, and nothing else', () => {
    expect(fs.statSync(blobPath(store.files, sha256Hex(LONG))).size).toBeLessThan(500);
    expect(fs.statSync(blobPath(store.files, sha256Hex('short'))).size).toBe(5 + 24);
  });

  it.each([
    ['ENOSPC', 'WAYMARK_FILE_STORAGE_FULL'],
    ['EROFS', 'WAYMARK_FILE_STORAGE_FAILED'],
    ['EACCES', 'WAYMARK_FILE_STORAGE_FAILED'],
  ])('says so when writing fails with %s, names the path, and leaves nothing half done', async (code, expected) => {
    fs.writeFileSync(join(folder, 'new'), 'new');
    const before = fs.readdirSync(join(store.files, 'blobs'), { recursive: true }).length;
    jest.spyOn(fs, 'writevSync').mockImplementation(() => {
      throw Object.assign(new Error(code), { code });
    });
    await expect(store.storage.snapshot(folder)).rejects.toMatchObject({
      code: expected,
      details: { path: expect.stringContaining(store.files) },
    });
    jest.restoreAllMocks();
    expect(fs.readdirSync(join(store.files, 'blobs'), { recursive: true })).toHaveLength(before);
    expect(fs.readdirSync(join(store.files, 'tmp'))).toStrictEqual([]);
    expect((await store.storage.snapshot(folder, { base: treeHash })).changes).toHaveLength(1);
  });

  it('touches nothing of a folder that there is no room for', async () => {
    fs.writeFileSync(join(folder, 'short'), 'other');
    jest.spyOn(fs, 'fchmodSync').mockImplementation(() => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    });
    await expect(store.storage.checkout(folder, treeHash, ALL)).rejects.toMatchObject({
      code: 'WAYMARK_FILE_STORAGE_FULL',
      details: { path: 'short' },
    });
    expect(fs.readFileSync(join(folder, 'short'), 'utf8')).toBe('other');
    expect(fs.readdirSync(folder).toSorted()).toStrictEqual(['long', 'short']);
  });

  it('refuses a name that the file system does not take', async () => {
    const { openSync } = fs;
    jest.spyOn(fs, 'openSync').mockImplementation((path, flags, mode) => {
      if (String(path).endsWith('/short')) throw Object.assign(new Error('long'), { code: 'ENAMETOOLONG' });
      return openSync(path, flags, mode);
    });
    await expect(store.storage.snapshot(folder)).rejects.toMatchObject({
      code: 'WAYMARK_FILE_UNSUPPORTED',
      details: { path: 'short' },
    });
  });

  it('gives up a file that goes on changing while it is read', async () => {
    const { readSync } = fs;
    let appended = 0;
    jest.spyOn(fs, 'readSync').mockImplementation((...args: Parameters<typeof fs.readSync>) => {
      const read = readSync(...args);
      appended += 1;
      fs.appendFileSync(join(folder, 'short'), '+');
      return read;
    });
    fs.writeFileSync(join(folder, 'short'), 'again');
    await expect(store.storage.snapshot(folder, { ignore: ['long'] })).rejects.toMatchObject({
      code: 'WAYMARK_FILE_CHANGED',
      details: { path: 'short' },
    });
    expect(appended).toBeGreaterThan(3);
  });
});
