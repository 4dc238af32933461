import { WaymarkError } from '../../../../src/index.js';
import { codeOf } from '../../../support/caught.js';
import { deferred, settle } from '../../../support/deferred.js';
import { type FileScene, fileScene } from '../../../support/file-scene.js';

let scene: FileScene;
beforeEach(async () => {
  scene = await fileScene();
});
afterEach(() => scene.close());

describe('prepare', () => {
  it('is no commit before a transaction says so', async () => {
    const { waymark, site, write, store, told } = scene;
    write({ 'a.txt': 'one' });
    const prepared = await waymark.files.prepare(site, { message: 'first' });
    expect(prepared).toMatchObject({ unchanged: false, commit: { status: 'finalised', owner: null, fileCount: 1 } });
    expect(prepared.changes.map(({ path }) => path)).toStrictEqual(['a.txt']);
    expect(await waymark.files.log()).toMatchObject([{ status: 'pending', owner: 'host/1', treeHash: null }]);
    expect(await told()).toStrictEqual([]);

    await store.unitOfWork.run((scope) => prepared.save(scope));
    expect(await waymark.files.get(prepared.commit.id)).toStrictEqual(prepared.commit);
    expect(prepared.events({ actor: 'user:ada' }).map(({ type, context }) => [type, context.actor])).toStrictEqual([
      ['file.blob_created', 'user:ada'],
      ['file.commit_created', 'user:ada'],
    ]);
  });

  it('leaves no trace when it is discarded, and keeps a commit that was finished', async () => {
    const { waymark, site, write, store } = scene;
    write({ 'a.txt': 'one' });
    const given = await waymark.files.prepare(site);
    await given.discard();
    await given.discard();
    expect(await waymark.files.log()).toStrictEqual([]);

    const kept = await waymark.files.prepare(site);
    await store.unitOfWork.run((scope) => kept.save(scope));
    await kept.discard();
    expect(await waymark.files.log()).toStrictEqual([kept.commit]);
  });

  it('gives the commit before it, without a write, where nothing has changed', async () => {
    const { waymark, site, write, store } = scene;
    write({ 'a.txt': 'one' });
    const first = await waymark.files.commitFolder(site);
    const { begun } = store.unitOfWork;
    const prepared = await waymark.files.prepare(site, { parentId: first.id });
    expect(prepared).toMatchObject({ unchanged: true, commit: first, changes: [] });
    expect(prepared.events()).toStrictEqual([]);
    await prepared.discard();
    expect(store.unitOfWork.begun).toBe(begun);
  });

  it('tells the store of itself when it becomes long, and takes that back where nothing has changed', async () => {
    const { waymark, site, write, storage, clock } = scene;
    write({ 'a.txt': 'one' });
    const first = await waymark.files.commitFolder(site);
    write({ 'b.txt': 'two' });
    const waiting = deferred();
    storage.beforeFile = async (_, progress) => {
      progress();
      clock.advance(6_000);
      progress();
      await waiting.promise;
    };
    const preparing = waymark.files.prepare(site, { parentId: first.id });
    await settle();
    expect(await waymark.files.log({ status: 'pending' })).toMatchObject([{ parentId: first.id }]);
    // Neither it nor what it has in common with the one before may be taken away meanwhile.
    expect(await codeOf(waymark.files.delete(first.id))).toBe('WAYMARK_FILE_COMMIT_LINKED');
    waiting.resolve();
    await (await preparing).discard();
    expect(await waymark.files.log({ status: 'pending' })).toStrictEqual([]);
  });

  it('can not be finished when it was collected as abandoned', async () => {
    const { waymark, site, write, store, clock } = scene;
    write({ 'a.txt': 'one' });
    const prepared = await waymark.files.prepare(site);
    clock.advance(25 * 3_600_000);
    expect(await waymark.files.gc()).toMatchObject({ abandoned: [prepared.commit.id], contents: 1 });
    expect(await codeOf(store.unitOfWork.run((scope) => prepared.save(scope)))).toBe('WAYMARK_FILE_COMMIT_LOST');
  });

  it('leaves nothing behind when it is called off', async () => {
    const { waymark, site, write } = scene;
    write({ 'a.txt': 'one' });
    const called = new AbortController();
    called.abort(new WaymarkError('WAYMARK_TEST', 'called off'));
    expect(await codeOf(waymark.files.prepare(site, { signal: called.signal }))).toBe('WAYMARK_TEST');
    expect(await waymark.files.log()).toStrictEqual([]);
  });
});
