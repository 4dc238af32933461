import type { FileCommit, Workspace } from '../../../../src/index.js';
import { codeOf } from '../../../support/caught.js';
import { type FileScene, fileScene } from '../../../support/file-scene.js';

let scene: FileScene;
beforeEach(async () => {
  scene = await fileScene();
});
afterEach(() => scene.close());

const HOUR = 3_600_000;

/** Commits one text after the other as the only file. */
async function commits(...texts: readonly string[]): Promise<readonly FileCommit[]> {
  const made: FileCommit[] = [];
  for (const text of texts) {
    scene.write({ 'a.txt': text });
    made.push(await scene.waymark.files.commitFolder(scene.site));
  }
  return made;
}

function link(commitId: string, checkpointId = 'checkpoint-1'): Promise<void> {
  const { store } = scene;
  const one = { checkpointId, executionId: 'run-1', workspaceId: null, commitId, environment: null };
  return store.unitOfWork.run((scope) => store.checkpointFiles.link([one], scope));
}

function work(part: Partial<Workspace>): Promise<void> {
  const { store } = scene;
  const at = '2026-01-01T00:00:00.000Z';
  const workspace: Workspace = {
    id: 'space-1',
    executionId: null,
    path: '/nowhere',
    strategy: 'copy',
    status: 'open',
    keep: 'always',
    ignore: [],
    sourceCommitId: null,
    parentWorkspaceId: null,
    commitId: null,
    environmentId: null,
    pendingRestore: null,
    owner: 'host/1',
    createdAt: at,
    updatedAt: at,
    ...part,
  };
  return store.unitOfWork.run((scope) => store.workspaces.save(workspace, scope));
}

const idsLeft = async (): Promise<readonly string[]> =>
  (await scene.waymark.files.log()).map(({ id }) => id).toReversed();

describe('delete', () => {
  it('deletes a commit, and records it', async () => {
    const [first, second] = (await commits('one', 'two')) as [FileCommit, FileCommit];
    expect(await scene.waymark.files.delete(first.id, { actor: 'user:ada' })).toStrictEqual(first);
    expect(await idsLeft()).toStrictEqual([second.id]);
    expect((await scene.told()).at(-1)).toMatchObject({
      type: 'file.commit_deleted',
      payload: { commitId: first.id, fileCount: 1 },
      context: { actor: 'user:ada' },
    });
    expect(await codeOf(scene.waymark.files.delete(first.id))).toBe('WAYMARK_FILE_COMMIT_NOT_FOUND');
  });

  it.each<[string, (commitId: string) => Promise<unknown>]>([
    ['a checkpoint', (commitId) => link(commitId)],
    ['a workspace that was filled from it', (sourceCommitId) => work({ sourceCommitId })],
    ['a workspace that was last kept as it', (commitId) => work({ commitId })],
    [
      'a workspace that is being put back to it',
      (commitId) => work({ pendingRestore: { commitId, checkpointId: 'checkpoint-1', backup: false } }),
    ],
  ])('refuses what %s needs', async (_, refer) => {
    const [commit] = (await commits('one')) as [FileCommit];
    await refer(commit.id);
    expect(await codeOf(scene.waymark.files.delete(commit.id))).toBe('WAYMARK_FILE_COMMIT_LINKED');
    expect(await idsLeft()).toStrictEqual([commit.id]);
  });

  it('deletes what only a removed workspace refers to', async () => {
    const [commit] = (await commits('one')) as [FileCommit];
    await work({ commitId: commit.id, status: 'removed' });
    await scene.waymark.files.delete(commit.id);
    expect(await idsLeft()).toStrictEqual([]);
  });
});

describe('gc', () => {
  it('takes away the contents that no commit has, and records them', async () => {
    const { waymark, clock, told, storage } = scene;
    const [first, second] = (await commits('one', 'two!')) as [FileCommit, FileCommit];
    await waymark.files.delete(first.id);
    expect(await waymark.files.gc()).toMatchObject({ contents: 0, kept: 2 });
    clock.advance(HOUR);
    expect(await waymark.files.gc({ dryRun: true })).toMatchObject({ contents: 1, bytes: 3, kept: 1 });
    expect(storage.contents.size).toBe(2);
    const before = (await told()).length;
    expect(await waymark.files.gc()).toStrictEqual({ abandoned: [], unlinked: [], contents: 1, bytes: 3, kept: 1 });
    expect(storage.contents.size).toBe(1);
    expect((await told()).slice(before)).toMatchObject([{ type: 'file.blob_deleted', payload: { bytes: 3 } }]);
    expect(await waymark.files.verify(second.id)).toMatchObject({ blobsVerified: 1 });
  });

  it('takes away the commits that nothing refers to only where it is asked to', async () => {
    const { waymark, clock, told } = scene;
    const [linked, worked, alone] = (await commits('one', 'two', 'three')) as [FileCommit, FileCommit, FileCommit];
    await link(linked.id);
    await work({ commitId: worked.id });
    expect(await waymark.files.gc({ unlinked: true })).toMatchObject({ unlinked: [] });
    clock.advance(HOUR);
    expect(await waymark.files.gc()).toMatchObject({ unlinked: [], contents: 0 });
    const plan = await waymark.files.gc({ unlinked: true, dryRun: true });
    expect(plan).toMatchObject({ unlinked: [alone.id], contents: 1, bytes: 5 });
    expect(await idsLeft()).toHaveLength(3);
    expect(await waymark.files.gc({ unlinked: true })).toStrictEqual(plan);
    expect(await idsLeft()).toStrictEqual([linked.id, worked.id]);
    expect((await told()).slice(-2)).toMatchObject([
      { type: 'file.commit_deleted', payload: { commitId: alone.id, fileCount: 1 } },
      { type: 'file.blob_deleted' },
    ]);
  });

  it('takes away a commit whose owner is gone, and no other in the making', async () => {
    const { waymark, open, site, write, processes, clock, storage, told } = scene;
    write({ 'a.txt': 'one' });
    const dead = await (await open('host/2')).files.prepare(site);
    write({ 'a.txt': 'two!' });
    const live = await waymark.files.prepare(site);
    processes.kill('host/2');
    clock.advance(HOUR);
    expect(await waymark.files.gc({ dryRun: true })).toMatchObject({ abandoned: [dead.commit.id], contents: 0 });
    expect(await idsLeft()).toStrictEqual([dead.commit.id, live.commit.id]);
    expect(await waymark.files.gc()).toMatchObject({ abandoned: [dead.commit.id] });
    expect(await idsLeft()).toStrictEqual([live.commit.id]);
    // What is as young as the one that is still being made may be its own.
    expect(storage.contents.size).toBe(2);
    await live.discard();
    expect(await waymark.files.gc()).toMatchObject({ contents: 2, bytes: 7 });
    expect(await told()).toMatchObject([{ type: 'file.blob_deleted' }, { type: 'file.blob_deleted' }]);
  });

  it('keeps what a commit in the making has in common with the one before', async () => {
    const { waymark, site, write, store, clock } = scene;
    write({ 'a.txt': 'one', 'b.txt': 'two' });
    const first = await waymark.files.commitFolder(site);
    clock.advance(HOUR);
    write({ 'b.txt': 'changed' });
    const prepared = await waymark.files.prepare(site, { parentId: first.id });
    expect(await waymark.files.gc({ unlinked: true, minAgeMs: 0 })).toMatchObject({ unlinked: [], contents: 0 });
    await store.unitOfWork.run((scope) => prepared.save(scope));
    await waymark.files.gc({ unlinked: true, minAgeMs: HOUR });
    expect(await waymark.files.verify(prepared.commit.id)).toMatchObject({ blobsVerified: 2 });
  });

  it('can be called off between two transactions', async () => {
    const called = new AbortController();
    called.abort(new Error('called off'));
    await commits('one');
    await expect(scene.waymark.files.gc({ unlinked: true, signal: called.signal })).rejects.toThrow('called off');
    expect(await idsLeft()).toHaveLength(1);
  });

  it('refuses options that it does not have', async () => {
    expect(await codeOf(scene.waymark.files.gc({ minAge: 1 } as object))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(scene.waymark.files.gc({ minAgeMs: -1 }))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
