import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { caught, codeOf } from '../../../support/caught.js';
import { type FileScene, fileScene } from '../../../support/file-scene.js';

let scene: FileScene;
beforeEach(async () => {
  scene = await fileScene();
});
afterEach(() => scene.close());

const back = { checkpointId: 'checkpoint-1', executionId: 'run-1' };

describe('restore', () => {
  it('puts files back, and records which', async () => {
    const { waymark, site, write, told } = scene;
    write({ 'a.txt': 'one', 'b.txt': 'two' });
    const commit = await waymark.files.commitFolder(site);
    write({ 'a.txt': 'changed', 'new.txt': 'new' });
    const checkout = await waymark.files.restore(commit.id, site, { actor: 'user:ada' });
    expect(checkout).toMatchObject({ restored: ['a.txt'], removed: [], totalBytes: 3 });
    expect(readFileSync(join(site, 'a.txt'), 'utf8')).toBe('one');
    expect(existsSync(join(site, 'new.txt'))).toBe(true);
    const last = (await told()).at(-1);
    expect(last).toMatchObject({ type: 'file.restored', context: { actor: 'user:ada' } });
    expect(last?.payload).toStrictEqual({ commitId: commit.id, filesRestored: 1, totalBytes: 3, paths: ['a.txt'] });
  });

  it('takes away what the commit does not have, with a copy of it, and records how much', async () => {
    const { waymark, site, folder, write, told } = scene;
    write({ 'a.txt': 'one' });
    const commit = await waymark.files.commitFolder(site);
    write({ 'a.txt': 'changed', 'new.txt': 'new' });
    const backup = folder.file('backup');
    await waymark.files.restore(commit.id, site, { removeOthers: true, backup, ...back });
    expect(readdirSync(site)).toStrictEqual(['a.txt']);
    expect(readFileSync(join(backup, 'new.txt'), 'utf8')).toBe('new');
    const [restored, cleanup] = (await told()).slice(-2);
    expect(restored).toMatchObject({ type: 'file.restored', payload: { checkpointId: 'checkpoint-1' } });
    expect(cleanup?.type).toBe('file.cleanup_completed');
    expect(cleanup?.payload).toStrictEqual({
      ...back,
      deleted: 1,
      backedUp: 2,
      skipped: 0,
      backupPath: backup,
      dryRun: false,
      errors: [],
    });
  });

  it('touches nothing in a dry run, and tells of what going back would take away', async () => {
    const { waymark, site, write, told } = scene;
    write({ 'a.txt': 'one' });
    const commit = await waymark.files.commitFolder(site);
    write({ 'a.txt': 'changed', 'new.txt': 'new' });
    const before = (await told()).length;
    const plan = await waymark.files.restore(commit.id, site, { removeOthers: true, dryRun: true });
    expect(plan).toMatchObject({ restored: ['a.txt'], removed: ['new.txt'] });
    expect(readFileSync(join(site, 'a.txt'), 'utf8')).toBe('changed');
    expect(await told()).toHaveLength(before);

    await waymark.files.restore(commit.id, site, { removeOthers: true, dryRun: true, ...back });
    expect((await told()).slice(before)).toMatchObject([
      { type: 'file.cleanup_completed', payload: { deleted: 1, dryRun: true } },
    ]);
  });

  it.each([
    ['before the first file', 1, false],
    ['half way', 2, true],
  ])('records that it failed %s', async (_, failing, partiallyRestored) => {
    const { waymark, site, storage, write, told } = scene;
    write({ 'a.txt': 'one', 'b.txt': 'two' });
    const commit = await waymark.files.commitFolder(site);
    write({ 'a.txt': 'changed', 'b.txt': 'changed' });
    const gone = new Error('the disk is gone');
    storage.beforeFile = (file, progress) => {
      progress();
      if (file === failing) throw gone;
    };
    expect(await caught(waymark.files.restore(commit.id, site))).toBe(gone);
    const last = (await told()).at(-1);
    expect(last?.type).toBe('file.restore_failed');
    expect(last?.payload).toMatchObject({
      commitId: commit.id,
      partiallyRestored,
      error: { message: 'the disk is gone' },
    });
  });

  it('records no failure of a dry run: nothing was to be put back', async () => {
    const { waymark, site, storage, write, told } = scene;
    write({ 'a.txt': 'one' });
    const commit = await waymark.files.commitFolder(site);
    write({ 'a.txt': 'changed' });
    storage.beforeFile = () => Promise.reject(new Error('unreadable'));
    await expect(waymark.files.restore(commit.id, site, { dryRun: true })).rejects.toThrow('unreadable');
    expect((await told()).at(-1)?.type).toBe('file.commit_created');
  });

  it('tells why files could not be put back where the store is away too', async () => {
    const { waymark, site, storage, store, write } = scene;
    write({ 'a.txt': 'one' });
    const commit = await waymark.files.commitFolder(site);
    write({ 'a.txt': 'changed' });
    const gone = new Error('the disk is gone');
    storage.beforeFile = () => {
      store.unitOfWork.fails = () => true;
      throw gone;
    };
    expect(await caught(waymark.files.restore(commit.id, site))).toBe(gone);
    store.unitOfWork.fails = () => false;
  });

  it('refuses a commit that is not there, and options that it does not have', async () => {
    const { waymark, site } = scene;
    expect(await codeOf(waymark.files.restore('nobody', site))).toBe('WAYMARK_FILE_COMMIT_NOT_FOUND');
    expect(await codeOf(waymark.files.restore('c', site, { dry: true } as object))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(waymark.files.restore('c', ''))).toBe('WAYMARK_INVALID_ARGUMENT');
  });

  it('tells of names that are no Unicode, and of very long ones, in a form that can be recorded', async () => {
    const { waymark, site, storage, write, told } = scene;
    write({ 'a.txt': 'one' });
    const commit = await waymark.files.commitFolder(site);
    const long = 'long/'.repeat(500);
    storage.checkout = () =>
      Promise.resolve({
        restored: ['bytes \udcff', long],
        removed: [],
        backedUp: [],
        errors: ['\udc80: no'],
        totalBytes: 2,
      });
    await waymark.files.restore(commit.id, site, { removeOthers: true, ...back });
    const [restored, cleanup] = (await told()).slice(-2);
    expect(restored?.payload).toMatchObject({ filesRestored: 2, paths: ['bytes \ufffd', `${long.slice(0, 1_000)}…`] });
    expect(cleanup?.payload).toMatchObject({ skipped: 1, errors: ['\ufffd: no'] });
  });
});

describe('what a commit has', () => {
  it('lists it, and gives the content of a file', async () => {
    const { waymark, site, write } = scene;
    write({ 'deep/a.txt': 'one', 'b.txt': 'two' });
    const { id } = await waymark.files.commitFolder(site);
    const paths: string[] = [];
    for await (const { path } of waymark.files.entries(id)) paths.push(path);
    expect(paths).toStrictEqual(['b.txt', 'deep', 'deep/a.txt']);
    const parts: Uint8Array[] = [];
    for await (const part of waymark.files.read(id, 'deep/a.txt')) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe('one');
  });

  it.each([
    ['nothing has that path', 'nobody.txt'],
    ['it is a folder', 'deep'],
  ])('has no content where %s', async (why, path) => {
    const { waymark, site, write } = scene;
    write({ 'deep/a.txt': 'one' });
    const { id } = await waymark.files.commitFolder(site);
    const error = await caught(waymark.files.read(id, path).next());
    expect(error).toMatchObject({ code: 'WAYMARK_FILE_NOT_FOUND', message: expect.stringContaining(why) as string });
  });

  it('pages through the log, the newest first', async () => {
    const { waymark, site, write } = scene;
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      write({ 'a.txt': text });
      ids.unshift((await waymark.files.commitFolder(site, { executionId: text })).id);
    }
    const idsOf = async (query: object): Promise<readonly string[]> =>
      (await waymark.files.log(query)).map(({ id }) => id);
    expect(await idsOf({})).toStrictEqual(ids);
    expect(await idsOf({ limit: 1, before: ids[0] })).toStrictEqual([ids[1]]);
    expect(await idsOf({ executionId: 'one' })).toStrictEqual([ids[2]]);
    expect(await codeOf(waymark.files.log({ limit: 0 }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(waymark.files.log({ status: 'done' } as object))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
