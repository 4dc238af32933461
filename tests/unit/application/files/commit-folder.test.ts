import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { caught, codeOf } from '../../../support/caught.js';
import { storeDown } from '../../../support/faulty-store.js';
import { type FileScene, fileScene } from '../../../support/file-scene.js';

let scene: FileScene;
beforeEach(async () => {
  scene = await fileScene();
});
afterEach(() => scene.close());

describe('commitFolder', () => {
  it('keeps the files of a folder under one id, and records it with what it had to store', async () => {
    const { waymark, site, write, told } = scene;
    write({ 'a.txt': 'one', 'deep/b.txt': 'three' });
    const commit = await waymark.files.commitFolder(site, {
      message: 'first',
      executionId: 'run-1',
      workspaceId: 'space-1',
      actor: 'user:ada',
    });
    expect(commit).toMatchObject({
      status: 'finalised',
      fileCount: 2,
      totalBytes: 8,
      message: 'first',
      executionId: 'run-1',
      workspaceId: 'space-1',
      parentId: null,
      owner: null,
    });
    expect(await waymark.files.get(commit.id)).toStrictEqual(commit);
    const events = await told();
    expect(events.map(({ type }) => type)).toStrictEqual([
      'file.blob_created',
      'file.blob_created',
      'file.commit_created',
    ]);
    expect(events.map(({ context }) => context.actor)).toStrictEqual(['user:ada', 'user:ada', 'user:ada']);
    expect(events.at(-1)?.payload).toStrictEqual({
      commitId: commit.id,
      fileCount: 2,
      totalBytes: 8,
      message: 'first',
      paths: ['a.txt', 'deep/b.txt'],
      executionId: 'run-1',
    });
  });

  it('gives the commit before it, and writes nothing, where nothing has changed', async () => {
    const { waymark, site, write, store } = scene;
    write({ 'a.txt': 'one' });
    const first = await waymark.files.commitFolder(site);
    const size = (await waymark.log.head()).size;
    const { begun } = store.unitOfWork;
    expect(await waymark.files.commitFolder(site, { parentId: first.id, message: 'again' })).toStrictEqual(first);
    expect(store.unitOfWork.begun).toBe(begun);
    expect((await waymark.log.head()).size).toBe(size);
    expect(await waymark.files.log()).toStrictEqual([first]);
  });

  it('names what is other than in the commit before it', async () => {
    const { waymark, site, write, told } = scene;
    write({ 'a.txt': 'one', 'b.txt': 'two', 'c.txt': 'three' });
    const first = await waymark.files.commitFolder(site);
    write({ 'a.txt': 'changed' });
    rmSync(join(site, 'c.txt'));
    const second = await waymark.files.commitFolder(site, { parentId: first.id });
    expect(second).toMatchObject({ parentId: first.id, fileCount: 2 });
    expect((await told()).at(-1)?.payload).toMatchObject({ fileCount: 2, paths: ['a.txt', 'c.txt'] });
    expect((await waymark.files.diff(first.id, second.id)).map(({ path, change }) => [path, change])).toStrictEqual([
      ['a.txt', 'modified'],
      ['c.txt', 'removed'],
    ]);
  });

  it('tells of a hundred contents and paths, and counts all', async () => {
    const { waymark, site, write, told } = scene;
    write(Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`${index}.txt`, `content ${index}`])));
    const { fileCount } = await waymark.files.commitFolder(site);
    const events = await told();
    expect(fileCount).toBe(120);
    expect(events).toHaveLength(101);
    expect(events.at(-1)?.payload).toMatchObject({ fileCount: 120 });
    expect(events.at(-1)?.payload).toHaveProperty('paths.length', 100);
  });

  it('leaves nothing behind when the folder can not be kept', async () => {
    const { waymark, site, write, storage } = scene;
    write({ 'a.txt': 'one' });
    const full = new Error('the disk is full');
    storage.beforeFile = () => Promise.reject(full);
    expect(await caught(waymark.files.commitFolder(site))).toBe(full);
    expect(await waymark.files.log()).toStrictEqual([]);
  });

  it('leaves nothing behind when the commit can not be recorded', async () => {
    const { waymark, site, write, store, told } = scene;
    write({ 'a.txt': 'one' });
    const { begun } = store.unitOfWork;
    // The first is the commit in the making, the second would have finished it.
    store.unitOfWork.fails = (transaction) => transaction === begun + 2;
    store.unitOfWork.error = () => storeDown();
    expect(await codeOf(waymark.files.commitFolder(site))).toBe('WAYMARK_STORE_UNAVAILABLE');
    expect(await waymark.files.log()).toStrictEqual([]);
    expect(await told()).toStrictEqual([]);
  });

  it('refuses a commit before it that is not there, or not finished', async () => {
    const { waymark, site } = scene;
    expect(await codeOf(waymark.files.commitFolder(site, { parentId: 'nobody' }))).toBe(
      'WAYMARK_FILE_COMMIT_NOT_FOUND',
    );
    const prepared = await waymark.files.prepare(site);
    const parentId = prepared.commit.id;
    expect(await codeOf(waymark.files.commitFolder(site, { parentId }))).toBe('WAYMARK_FILE_COMMIT_PENDING');
    await prepared.discard();
  });

  it.each([
    ['a key it does not have', { mesage: 'x' }],
    ['a message that no store gives back', { message: 'NUL \0' }],
    ['half of a surrogate pair', { message: '\ud800' }],
    ['lines that are none', { ignore: 'node_modules' }],
    ['an index without a path', { index: '' }],
    ['an id that is none', { executionId: '' }],
  ])('refuses %s', async (_, options) => {
    expect(await codeOf(scene.waymark.files.commitFolder(scene.site, options as object))).toMatch(/^WAYMARK_INVALID_/);
    expect(await scene.waymark.files.log()).toStrictEqual([]);
  });

  it('refuses a folder that is no path', async () => {
    expect(await codeOf(scene.waymark.files.commitFolder(undefined as unknown as string))).toBe(
      'WAYMARK_INVALID_ARGUMENT',
    );
  });
});
