import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Waymark, Workspace } from '../../../../src/index.js';
import { codeOf } from '../../../support/caught.js';
import { writeTree } from '../../../support/file-tree.js';
import { happened } from '../../../support/happened.js';
import { WorkspaceScene } from '../../../support/workspace-scene.js';
import { FakeClock } from '../../../support/fake-clock.js';

const DAY_MS = 86_400_000;

describe('cleaning backups', () => {
  let scene: WorkspaceScene;
  let waymark: Waymark;
  let clock: FakeClock;
  let workspace: Workspace;
  let commitId: string;
  beforeEach(async () => {
    scene = new WorkspaceScene({ 'a.txt': 'a' });
    clock = new FakeClock();
    waymark = await scene.open('one', { clock });
    workspace = await waymark.workspaces.create({ from: { folder: scene.source } });
    commitId = (await waymark.workspaces.snapshot(workspace.id)).id;
  });
  afterEach(() => scene.close());

  /** The backup of a restore that took a file of two bytes away, as old as is said. */
  const backup = async (ageMs: number): Promise<string> => {
    clock.advance(1);
    writeTree(workspace.path, { 'new.txt': 'nn' });
    const { backupPath = '' } = await waymark.workspaces.restore(workspace.id, commitId, { checkpointId: 'p' });
    const at = (clock.now() - ageMs) / 1000;
    utimesSync(backupPath, at, at);
    return backupPath;
  };

  it('removes those that are old enough, a month when nobody says', async () => {
    const [old, week, fresh] = [await backup(31 * DAY_MS), await backup(7 * DAY_MS), await backup(0)];
    const removed = { workspaceId: workspace.id, path: old, fileCount: 1, freedBytes: 2 };
    const plan = await happened(waymark, () => waymark.workspaces.cleanBackups({ dryRun: true }));
    expect(plan).toMatchObject({ types: [], result: { backups: [removed], freedBytes: 2, errors: [] } });
    expect(existsSync(old)).toBe(true);
    expect(await waymark.workspaces.cleanBackups()).toStrictEqual(plan.result);
    expect([old, week, fresh].map((path) => existsSync(path))).toStrictEqual([false, true, true]);
    const { backups } = await waymark.workspaces.cleanBackups({ olderThanMs: 7 * DAY_MS });
    expect(backups.map(({ path }) => path)).toStrictEqual([week]);
    await waymark.workspaces.cleanBackups({ olderThanMs: 0 });
    expect(existsSync(dirname(fresh))).toBe(false);
    expect(existsSync(workspace.path)).toBe(true);
    expect(await waymark.workspaces.cleanBackups({ olderThanMs: 0 })).toMatchObject({ backups: [] });
  });

  it('leaves those of a restore that is not finished', async () => {
    const path = await backup(DAY_MS);
    const pendingRestore = { commitId, checkpointId: 'p', backup: true };
    const row = { ...(await waymark.workspaces.get(workspace.id)), pendingRestore };
    await waymark.store.unitOfWork.run((scope) => waymark.store.workspaces.save(row, scope));
    expect(await waymark.workspaces.cleanBackups({ olderThanMs: 0 })).toMatchObject({ backups: [] });
    expect(existsSync(path)).toBe(true);
  });

  it('goes by age alone: whoever the workspace was of, and whether it is known of', async () => {
    const path = await backup(DAY_MS);
    await waymark.workspaces.remove(workspace.id);
    await waymark.store.unitOfWork.run((scope) => waymark.store.workspaces.remove(workspace.id, scope));
    expect(existsSync(path)).toBe(true);
    expect(await waymark.workspaces.cleanBackups({ olderThanMs: 0 })).toMatchObject({ backups: [{ path }] });
  });

  it('follows no link', async () => {
    const path = await backup(DAY_MS);
    mkdirSync(`${scene.folder.file('other')}/inner`, { recursive: true });
    symlinkSync(scene.folder.file('other'), `${dirname(dirname(path))}/linked`);
    symlinkSync(scene.folder.file('other'), `${dirname(path)}/linked`);
    expect((await waymark.workspaces.cleanBackups({ olderThanMs: 0 })).backups).toMatchObject([{ path }]);
    expect(readdirSync(scene.folder.file('other'))).toStrictEqual(['inner']);
  });

  it('refuses what it does not know', async () => {
    expect(await codeOf(waymark.workspaces.cleanBackups({ olderThanMs: -1 }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(waymark.workspaces.cleanBackups({ older: 1 } as never))).toBe('WAYMARK_INVALID_ARGUMENT');
    const signal = AbortSignal.abort();
    await backup(DAY_MS);
    await expect(waymark.workspaces.cleanBackups({ olderThanMs: 0, signal })).rejects.toThrow(/abort/i);
  });
});
