import type { CheckpointFiles } from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { type FileScene, fileScene } from '../../../support/file-scene.js';

let scene: FileScene;
beforeEach(async () => {
  scene = await fileScene();
});
afterEach(() => scene.close());

const linkOf = (commitId: string | null): CheckpointFiles => ({
  checkpointId: 'checkpoint-1',
  executionId: 'run-1',
  workspaceId: null,
  commitId,
  environment: null,
});

describe('verify', () => {
  it('reads every content back, and says so', async () => {
    const { waymark, site, write, told, clock } = scene;
    write({ 'a.txt': 'one', 'b.txt': 'two' });
    const { id } = await waymark.files.commitFolder(site);
    clock.advance(1_000);
    const { commit, blobsVerified } = await waymark.files.verify(id);
    expect(blobsVerified).toBe(2);
    expect(commit).toMatchObject({ status: 'verified', verifiedAt: '2026-01-01T00:00:01.000Z' });
    expect(await waymark.files.get(id)).toStrictEqual(commit);
    expect((await told()).at(-1)).toMatchObject({
      type: 'file.commit_verified',
      payload: { commitId: id, blobsVerified: 2 },
    });
  });

  it('names what is damaged and what is missing, and counts the commit as verified no more', async () => {
    const { waymark, site, write, told, storage } = scene;
    write({ 'a.txt': 'one', 'b.txt': 'two' });
    const { id } = await waymark.files.commitFolder(site);
    await waymark.files.verify(id);
    const before = (await told()).length;
    const [[hash, content] = []] = [...storage.contents];
    if (content === undefined || hash === undefined) throw new Error('nothing was stored');
    content.bytes.write('!');
    const error = await caughtWaymark(waymark.files.verify(id));
    expect(error).toMatchObject({
      code: 'WAYMARK_FILE_DAMAGED',
      details: { commitId: id, count: 1, problems: [{ hash, path: 'a.txt', problem: 'damaged' }] },
    });
    expect(error.message).toContain('"a.txt" is damaged');
    expect(await waymark.files.get(id)).toMatchObject({ status: 'finalised', verifiedAt: null });
    storage.contents.clear();
    expect((await caughtWaymark(waymark.files.verify(id))).message).toContain('"a.txt" is missing, and 1 more');
    expect(await told()).toHaveLength(before);
  });

  it('verifies the files of a checkpoint', async () => {
    const { waymark, site, store, write, told } = scene;
    write({ 'a.txt': 'one' });
    const { id } = await waymark.files.commitFolder(site);
    await store.unitOfWork.run((scope) => store.checkpointFiles.link([linkOf(id)], scope));
    expect(await waymark.files.ofCheckpoint('checkpoint-1')).toStrictEqual(linkOf(id));
    expect(await waymark.files.ofCheckpoint('checkpoint-2')).toBeUndefined();
    expect(await waymark.files.verifyCheckpoint('checkpoint-1')).toMatchObject({ commit: { id, status: 'verified' } });
    expect((await told()).slice(-2)).toMatchObject([
      { type: 'file.commit_verified', payload: { commitId: id } },
      {
        type: 'file.checkpoint_link_verified',
        payload: { checkpointId: 'checkpoint-1', commitId: id, blobsVerified: 1 },
      },
    ]);
  });

  it('refuses a checkpoint without files, and a commit that is not there', async () => {
    const { waymark, store } = scene;
    expect(await codeOf(waymark.files.verifyCheckpoint('nobody'))).toBe('WAYMARK_CHECKPOINT_WITHOUT_FILES');
    await store.unitOfWork.run((scope) => store.checkpointFiles.link([linkOf(null)], scope));
    expect(await codeOf(waymark.files.verifyCheckpoint('checkpoint-1'))).toBe('WAYMARK_CHECKPOINT_WITHOUT_FILES');
    expect(await codeOf(waymark.files.verify('nobody'))).toBe('WAYMARK_FILE_COMMIT_NOT_FOUND');
    expect(await codeOf(waymark.files.verify('c', { dryRun: true } as object))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
