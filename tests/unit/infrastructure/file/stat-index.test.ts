import { jest } from '@jest/globals';
import fs from 'node:fs';
import { join } from 'node:path';
import { type LocalFileStore, makeFileStore } from '../../../support/file-store.js';

const LONG_AGO = new Date('2020-01-01T00:00:00Z');

describe('the index of a folder', () => {
  let store: LocalFileStore;
  let folder: string;
  let index: string;

  beforeEach(() => {
    store = makeFileStore();
    [folder, index] = [join(store.room, 'one'), join(store.room, 'one.index')];
    fs.mkdirSync(folder);
    for (const name of ['a', 'b']) fs.writeFileSync(join(folder, name), name);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await store.close();
  });

  /** Which files were looked into, by how many contents there are to tell of. */
  async function looked(at = folder): Promise<number> {
    return (await store.storage.snapshot(at, { index })).blobs.length;
  }

  /** Snapshots until the clock of the file system has gone on, and all is believed. */
  async function settled(): Promise<void> {
    while ((await looked()) > 0) fs.utimesSync(folder, new Date(), new Date());
  }

  it('saves reading what has not changed', async () => {
    await settled();
    fs.writeFileSync(join(folder, 'b'), 'other');
    expect(await looked()).toBe(1);
  });

  it('does not believe what was changed when it was made: it may change again without a trace', async () => {
    // A clock that stands still: all that is written now has the very same times.
    const { fstatSync, lstatSync } = fs;
    const still = <Stat extends fs.Stats>(stat: Stat): Stat => Object.assign(stat, { mtimeMs: 1_000, ctimeMs: 1_000 });
    jest
      .spyOn(fs, 'lstatSync')
      .mockImplementation((...args: Parameters<typeof fs.lstatSync>) => still(lstatSync(...args) as fs.Stats));
    jest.spyOn(fs, 'fstatSync').mockImplementation((descriptor: number) => still(fstatSync(descriptor)));
    const { treeHash } = await store.storage.snapshot(folder, { index });
    fs.writeFileSync(join(folder, 'a'), 'A');
    const { changes } = await store.storage.snapshot(folder, { index, base: treeHash });
    expect(changes.map(({ path }) => path)).toStrictEqual(['a']);
  });

  it('is not deceived by a time that is put back', async () => {
    for (const name of ['a', 'b']) fs.utimesSync(join(folder, name), LONG_AGO, LONG_AGO);
    await settled();
    fs.writeFileSync(join(folder, 'a'), 'A');
    fs.utimesSync(join(folder, 'a'), LONG_AGO, LONG_AGO);
    expect(await looked()).toBe(1);
  });

  it('does not take one file for another that was put in its place', async () => {
    fs.writeFileSync(join(store.room, 'c'), 'c');
    for (const path of [join(folder, 'a'), join(store.room, 'c')]) fs.utimesSync(path, LONG_AGO, LONG_AGO);
    await settled();
    fs.renameSync(join(store.room, 'c'), join(folder, 'a'));
    expect(await looked()).toBe(1);
  });

  it.each([
    ['is damaged', (text: string) => text.replace('"a"', '"A"')],
    ['is cut off', (text: string) => text.slice(0, -70)],
    ['is empty', () => ''],
    ['is something else', () => '{}'],
    ['has another format', (text: string) => text.replace('waymark-index 1', 'waymark-index 2')],
  ])('is not believed when it %s', async (_what, change) => {
    await settled();
    fs.writeFileSync(index, change(fs.readFileSync(index, 'utf8')));
    expect(await looked()).toBe(2);
  });

  it('is not believed for another folder', async () => {
    await settled();
    fs.renameSync(folder, join(store.room, 'two'));
    expect(await looked(join(store.room, 'two'))).toBe(2);
  });

  it('leaves nothing beside it', async () => {
    await settled();
    await store.storage.compare(folder, undefined, { index });
    expect(fs.readdirSync(store.room).toSorted()).toStrictEqual(['.files', 'one', 'one.index']);
  });

  it('takes away what processes that were killed left beside it, and nothing that may be in use', async () => {
    const old = new Date(Date.now() - 3_600_000);
    const left = (name: string, at = new Date()): void => {
      fs.writeFileSync(join(store.room, name), '');
      fs.utimesSync(join(store.room, name), at, at);
    };
    left('one.index.dead.new', old);
    left('one.index.alive.new');
    left('one.index.notes', old);
    left('one.indexes.new', old);
    left('two.index.dead.new', old);
    await settled();
    expect(fs.readdirSync(store.room).filter((name) => name.includes('.index'))).toStrictEqual([
      'one.index',
      'one.index.alive.new',
      'one.index.notes',
      'one.indexes.new',
      'two.index.dead.new',
    ]);
  });

  it('is written also by one that another took for dead, and looks for what is left now and then', async () => {
    await settled();
    const before = fs.readFileSync(index, 'utf8');
    const { openSync } = fs;
    // Somebody tidies up as soon as the file is there.
    jest.spyOn(fs, 'openSync').mockImplementation((...args: Parameters<typeof fs.openSync>) => {
      const descriptor = openSync(...args);
      if (args[1] === 'wx' && String(args[0]).endsWith('.new')) fs.rmSync(args[0]);
      return descriptor;
    });
    const listed = jest.spyOn(fs, 'readdirSync');
    fs.writeFileSync(join(folder, 'c'), 'c');
    expect(await looked()).toBe(1);
    expect(listed.mock.calls.filter(([path]) => path === store.room)).toStrictEqual([]);
    expect(fs.readFileSync(index, 'utf8')).not.toBe(before);
    expect(fs.readdirSync(store.room)).toStrictEqual(['.files', 'one', 'one.index']);
  });

  it('knows what a checkout has written', async () => {
    const { treeHash } = await store.storage.snapshot(folder, { index });
    fs.writeFileSync(join(folder, 'a'), 'changed');
    await settled();
    await store.storage.checkout(folder, treeHash, { removeOthers: true, index });
    expect((await store.storage.snapshot(folder, { index, base: treeHash })).changes).toStrictEqual([]);
    expect(await looked()).toBe(0);
  });
});
