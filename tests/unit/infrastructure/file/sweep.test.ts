import { jest } from '@jest/globals';
import fs from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../../../src/domain/shared/hash.js';
import { blobPath, type LocalFileStore, makeFileStore } from '../../../support/file-store.js';

const LONG_AGO = new Date('2020-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;

describe('a collection', () => {
  let store: LocalFileStore;
  let folder: string;

  beforeEach(async () => {
    store = makeFileStore();
    folder = join(store.room, 'one');
    fs.mkdirSync(folder);
    fs.writeFileSync(join(folder, 'a'), 'a');
    await store.storage.snapshot(folder);
    age();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await store.close();
  });

  /** All contents look as if nobody had needed them for years. */
  function age(): void {
    for (const name of fs.readdirSync(join(store.files, 'blobs'), { recursive: true, encoding: 'utf8' })) {
      fs.utimesSync(join(store.files, 'blobs', name), LONG_AGO, LONG_AGO);
    }
  }

  it('leaves what was found again meanwhile, though nothing names it yet', async () => {
    fs.writeFileSync(join(folder, 'b'), 'b');
    await store.storage.snapshot(folder);
    // The old listing is garbage, and `a` is not: it was just found again.
    const { deleted } = await store.storage.sweep([], { minAgeMs: HOUR_MS });
    expect(deleted.map(({ hash }) => hash)).not.toContain(sha256Hex('a'));
    expect(deleted).toHaveLength(1);
  });

  it('looks again right before it takes one away', async () => {
    const path = blobPath(store.files, sha256Hex('a'));
    const { renameSync } = fs;
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      // Somebody finds it at the last moment.
      if (from === path) fs.utimesSync(path, new Date(), new Date());
      renameSync(from, to);
    });
    const { deleted, kept } = await store.storage.sweep([], { minAgeMs: HOUR_MS });
    expect([deleted.length, kept]).toStrictEqual([1, 1]);
    expect(fs.existsSync(path)).toBe(true);
  });

  it('makes a snapshot look again that was under way', async () => {
    const index = join(store.room, 'index');
    const { treeHash } = await store.storage.snapshot(folder, { index });
    age();
    fs.writeFileSync(join(folder, 'b'), 'b');
    // When the new content is written, all that it believes to be there is collected.
    const { writevSync } = fs;
    let isCollected = false;
    jest.spyOn(fs, 'writevSync').mockImplementation((descriptor, parts) => {
      if (!isCollected) {
        isCollected = true;
        fs.rmSync(blobPath(store.files, sha256Hex('a')));
        fs.writeFileSync(join(store.files, 'generation'), 'another');
      }
      return writevSync(descriptor, parts);
    });
    const after = await store.storage.snapshot(folder, { index, base: treeHash });
    expect(isCollected).toBe(true);
    expect((await store.storage.verify(after.treeHash)).problems).toStrictEqual([]);
  });

  it('brings back what one has laid aside that was killed', async () => {
    const path = blobPath(store.files, sha256Hex('a'));
    const aside = join(store.files, 'tmp', 'aside-1');
    fs.mkdirSync(aside);
    fs.renameSync(path, join(aside, sha256Hex('a')));
    for await (const piece of store.storage.read(sha256Hex('a'))) expect(String(piece)).toBe('a');
    expect(fs.existsSync(path)).toBe(true);
  });

  it('takes away what crashes have left, when it is a day old', async () => {
    const left = join(store.files, 'tmp', '1-left');
    fs.mkdirSync(left);
    fs.writeFileSync(join(left, 'torn'), 'torn');
    await store.storage.sweep([], { minAgeMs: 0 });
    expect(fs.existsSync(left)).toBe(true);
    fs.utimesSync(left, LONG_AGO, LONG_AGO);
    expect((await store.storage.sweep([], { minAgeMs: 0 })).freedBytes).toBe(4);
    expect(fs.existsSync(left)).toBe(false);
  });

  it('does not take anything away where a listing is missing: what is below it is not known', async () => {
    await expect(store.storage.sweep(['a'.repeat(64)], { minAgeMs: 0 })).rejects.toMatchObject({
      code: 'WAYMARK_FILE_NOT_FOUND',
    });
    expect(fs.existsSync(blobPath(store.files, sha256Hex('a')))).toBe(true);
  });
});
