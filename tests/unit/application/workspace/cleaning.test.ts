import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Container } from 'inversify';
import { LocalWorkspaceFolders } from '../../../../src/infrastructure/workspace/local-workspace-folders.js';
import { task, TOKENS, type Waymark, waymarkModule, type Workspace } from '../../../../src/index.js';
import { codeOf } from '../../../support/caught.js';
import { readTree, writeTree } from '../../../support/file-tree.js';
import { happened, payloadOf } from '../../../support/happened.js';
import { filesOf, WorkspaceScene, writing } from '../../../support/workspace-scene.js';
import { chain } from '../../../support/workflows.js';

const DAY_MS = 86_400_000;
const ONE = 'host/1/-/0/one';

/** Folders where something else happens right before the next lock is taken: after it was asked what is to be cleaned. */
class InterleavedFolders extends LocalWorkspaceFolders {
  beforeLock: (() => Promise<unknown>) | undefined;

  override async lock(...args: Parameters<LocalWorkspaceFolders['lock']>): ReturnType<LocalWorkspaceFolders['lock']> {
    const { beforeLock } = this;
    this.beforeLock = undefined;
    await beforeLock?.();
    return super.lock(...args);
  }
}

describe('cleaning workspaces', () => {
  let scene: WorkspaceScene;
  let waymark: Waymark;
  const open = (self: string): Promise<Waymark> => scene.open('any', { identity: scene.processes.identity(self) });
  const workspaceOf = (executionId: string, part: object = {}): Promise<Workspace> =>
    waymark.workspaces.create({ executionId, from: { folder: scene.source }, keep: 'always', ...part });
  const ended = async (how: 'completed' | 'failed'): Promise<string> => {
    const fail = { b: () => Promise.reject(Object.assign(new Error('no'), { recoverable: false })) };
    const run = await waymark.executions.start(chain(how === 'failed' ? fail : {}));
    await run.result();
    return run.id;
  };
  const paused = async (): Promise<string> => {
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    return run.id;
  };
  const statusOf = async ({ id }: Workspace): Promise<string> => (await waymark.workspaces.get(id)).status;

  beforeEach(async () => {
    scene = new WorkspaceScene({ 'a.txt': 'a', 'b.txt': 'bb' });
    waymark = await open(ONE);
  });
  afterEach(() => scene.close());

  describe('clean', () => {
    it('removes the folders of executions that have ended, and of no other', async () => {
      const done = await workspaceOf(await ended('completed'));
      const failed = await workspaceOf(await ended('failed'));
      const standing = await workspaceOf(await paused());
      const byHand = await waymark.workspaces.create();
      const busy = await workspaceOf(await ended('completed'));
      const other = await open('host/2/-/0/two');
      await other.workspaces.activate(busy.id);

      const plan = await happened(waymark, () => waymark.workspaces.clean({ dryRun: true }));
      expect(plan.types).toStrictEqual([]);
      expect(plan.result.workspaces.map(({ workspaceId }) => workspaceId).toSorted()).toStrictEqual(
        [done.id, failed.id, busy.id].toSorted(),
      );
      expect(existsSync(done.path)).toBe(true);

      const { result, entries, types } = await happened(waymark, () => waymark.workspaces.clean({ actor: 'user:ada' }));
      expect(result.freedBytes).toBe(6);
      expect(result.errors).toStrictEqual([expect.stringContaining(`${busy.id}: `)]);
      expect(types).toStrictEqual(['workspace.cleaned_up', 'workspace.cleaned_up']);
      expect(entries[0]?.event.payload).toMatchObject({
        reason: 'batch_cleanup',
        filesRemoved: 2,
        freedBytes: 3,
        preserved: false,
      });
      expect(entries[0]?.event.context.actor).toBe('user:ada');
      const left = [standing, byHand, busy];
      for (const workspace of [done, failed]) {
        expect(existsSync(workspace.path)).toBe(false);
        expect(await statusOf(workspace)).toBe('removed');
      }
      for (const workspace of left) expect(existsSync(workspace.path)).toBe(true);
    });

    it('goes by how and when they ended', async () => {
      const done = await workspaceOf(await ended('completed'));
      const failed = await workspaceOf(await ended('failed'));
      expect((await waymark.workspaces.clean({ olderThanMs: DAY_MS })).workspaces).toStrictEqual([]);
      const { workspaces } = await waymark.workspaces.clean({ statuses: ['failed'], olderThanMs: 0 });
      expect(workspaces).toMatchObject([{ workspaceId: failed.id, fileCount: 2, freedBytes: 3 }]);
      expect(await statusOf(done)).toBe('open');
      expect(await codeOf(waymark.workspaces.clean({ statuses: ['running'] }))).toBe('WAYMARK_INVALID_ARGUMENT');
      expect(await codeOf(waymark.workspaces.clean({ olderThanMs: -1 }))).toBe('WAYMARK_INVALID_ARGUMENT');
    });

    it('leaves what is of another host', async () => {
      const elsewhere = await open('another/1/-/0/one');
      const executionId = await ended('completed');
      const theirs = await elsewhere.workspaces.create({ executionId, from: { folder: scene.source } });
      expect((await waymark.workspaces.clean()).workspaces).toStrictEqual([]);
      expect(existsSync(theirs.path)).toBe(true);
    });
  });

  describe('cleanOrphans', () => {
    it('cleans or preserves what a process left that is provably gone, as its keep says', async () => {
      const gone = await workspaceOf(await ended('completed'), { keep: 'unless-completed' });
      const failed = await workspaceOf(await ended('failed'), { keep: 'unless-completed' });
      const missing = await workspaceOf('never-was', { keep: 'unless-completed' });
      const standing = await workspaceOf(await paused(), { keep: 'never' });
      const byHand = await waymark.workspaces.create({ from: { folder: scene.source } });
      const inHand = await waymark.workspaces.create({ from: { folder: scene.source } });
      for (const { id } of [gone, failed, inHand]) await waymark.workspaces.activate(id);

      const other = await open('host/2/-/0/two');
      expect((await other.workspaces.cleanOrphans()).orphans).toStrictEqual([]);
      scene.processes.kill(ONE);
      const elsewhere = await open('another/1/-/0/one');
      expect((await elsewhere.workspaces.cleanOrphans()).orphans).toStrictEqual([]);

      const plan = await happened(other, () => other.workspaces.cleanOrphans({ dryRun: true }));
      expect(plan.types).toStrictEqual([]);
      const found = await happened(other, () => other.workspaces.cleanOrphans());
      const actions = (result: typeof plan.result) =>
        Object.fromEntries(result.orphans.map(({ workspaceId, action }) => [workspaceId, action]));
      expect(actions(found.result)).toStrictEqual(actions(plan.result));
      expect(actions(found.result)).toStrictEqual({
        [gone.id]: 'cleaned',
        [missing.id]: 'cleaned',
        [failed.id]: 'preserved',
        [inHand.id]: 'preserved',
      });
      expect(found.result).toMatchObject({ cleaned: 2, freedBytes: 6, errors: [] });
      const detected = found.entries.filter(({ event }) => event.type === 'workspace.orphan_detected');
      expect(detected).toHaveLength(4);
      expect(detected[0]?.event.payload).toMatchObject({ ownerPid: 1, ownerHost: 'host' });
      expect(payloadOf(found.entries, 'workspace.orphan_cleanup_completed')).toStrictEqual({
        found: 4,
        cleaned: 2,
        freedBytes: 6,
        errors: [],
      });
      expect(existsSync(gone.path)).toBe(false);
      for (const { path } of [failed, standing, byHand, inHand]) expect(existsSync(path)).toBe(true);
      expect((await other.workspaces.get(failed.id)).status).toBe('preserved');
      expect((await other.workspaces.get(standing.id)).status).toBe('open');
      expect((await other.workspaces.inspect(failed.id)).lock).toBeUndefined();
      // All that is found is found once.
      expect((await other.workspaces.cleanOrphans()).orphans).toStrictEqual([]);
    });

    it('removes folders that no workspace is known of, when they are old or their maker is gone', async () => {
      const workspaces = join(scene.home, 'workspaces');
      const old = new Date(Date.now() - DAY_MS);
      const kept = await workspaceOf('run-1');
      for (const name of ['young', 'old', '.making-begun']) writeTree(join(workspaces, name), { 'x.txt': 'x' });
      utimesSync(join(workspaces, 'old'), old, old);
      writeTree(join(workspaces, 'begun.lock'), { [encodeURIComponent('host/9/-/0/dead')]: '' });
      const paths = async () => (await waymark.workspaces.cleanOrphans()).orphans.map(({ path }) => path);
      expect(await paths()).toStrictEqual([join(workspaces, 'old')]);
      scene.processes.kill('host/9/-/0/dead');
      expect(await paths()).toStrictEqual([join(workspaces, '.making-begun')]);
      expect((await waymark.workspaces.cleanOrphans({ minAgeMs: 0 })).orphans).toMatchObject([
        { path: join(workspaces, 'young'), freedBytes: 1, action: 'cleaned' },
      ]);
      expect(readTree(workspaces)).toStrictEqual({ [`${kept.id}/a.txt`]: 'a', [`${kept.id}/b.txt`]: 'bb' });
    });

    it('finishes a removal that was broken off, and leaves one that was not committed', async () => {
      const done = await workspaceOf(await ended('completed'), { keep: 'never' });
      const left = await workspaceOf(await paused(), { keep: 'never' });
      const workspaces = join(scene.home, 'workspaces');
      await waymark.workspaces.remove(done.id);
      mkdirSync(join(workspaces, `.removing-${done.id}`));
      renameSync(left.path, join(workspaces, `.removing-${left.id}`));
      const { orphans } = await waymark.workspaces.cleanOrphans({ minAgeMs: 0 });
      expect(orphans.map(({ workspaceId }) => workspaceId)).toStrictEqual([done.id]);
      await waymark.workspaces.activate(left.id);
      expect(Object.keys(readTree(left.path))).toStrictEqual(['a.txt', 'b.txt']);
    });

    it('goes on after one that can not be removed', async () => {
      const broken = await workspaceOf('gone-1', { keep: 'never' });
      const fine = await workspaceOf('gone-2', { keep: 'never' });
      rmSync(broken.path, { recursive: true });
      symlinkSync(scene.source, broken.path);
      scene.processes.kill(ONE);
      const other = await open('host/2/-/0/two');
      const { result, entries } = await happened(other, () => other.workspaces.cleanOrphans());
      expect(result.orphans.map(({ workspaceId }) => workspaceId)).toStrictEqual([fine.id]);
      expect(payloadOf(entries, 'workspace.orphan_cleanup_completed')).toMatchObject({
        cleaned: 1,
        errors: [expect.stringContaining(broken.path)],
      });
      expect(Object.keys(readTree(scene.source))).toStrictEqual(['a.txt', 'b.txt']);
    });
  });

  describe('beside somebody else', () => {
    const interleaved = async (self: string): Promise<{ cleaning: Waymark; folders: InterleavedFolders }> => {
      const identity = scene.processes.identity(self);
      const container = new Container();
      const storage = `sqlite:${scene.folder.file('waymark.db')}`;
      container.load(waymarkModule({ storage, workspaces: { home: scene.home }, identity, closeGraceMs: 1 }));
      const folders = new InterleavedFolders({ home: scene.home, identity });
      container.rebind(TOKENS.WorkspaceFolders).toConstantValue(folders);
      return { cleaning: await container.getAsync(TOKENS.Waymark), folders };
    };

    it('does not remove the workspace of an execution that went back before its turn came', async () => {
      const run = await waymark.executions.start(writing(scene.source, { nodes: { a: task(() => ({})) }, edges: {} }));
      await run.result();
      const { cleaning, folders } = await interleaved('host/2/-/0/two');
      const target = (await waymark.checkpoints.list(run.id))[0]?.id ?? '';
      folders.beforeLock = () => waymark.executions.rollback(run.id, target);
      expect(await cleaning.workspaces.clean()).toStrictEqual({ workspaces: [], errors: [], freedBytes: 0 });
      expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'paused' });
      expect(await waymark.workspaces.ofExecution(run.id)).toMatchObject({ status: 'open' });
      expect(Object.keys(await filesOf(waymark, run.id))).toStrictEqual(['a.txt', 'b.txt']);
      await cleaning.close();
    });

    it('takes nothing for an orphan that somebody worked in before its turn came', async () => {
      const left = await workspaceOf(await ended('completed'), { keep: 'never' });
      scene.processes.kill(ONE);
      const other = await open('host/3/-/0/three');
      const { cleaning, folders } = await interleaved('host/2/-/0/two');
      folders.beforeLock = async () => {
        await other.workspaces.activate(left.id);
        await other.workspaces.deactivate(left.id);
      };
      expect(await cleaning.workspaces.cleanOrphans()).toMatchObject({ orphans: [], errors: [] });
      expect(existsSync(left.path)).toBe(true);
      await cleaning.close();
    });

    it('removes no folder that somebody gave a workspace before its turn came', async () => {
      const done = await workspaceOf(await ended('completed'));
      const { id: commitId } = await waymark.workspaces.snapshot(done.id);
      await waymark.workspaces.remove(done.id);
      mkdirSync(done.path);
      const { cleaning, folders } = await interleaved('host/2/-/0/two');
      folders.beforeLock = () => waymark.workspaces.restore(done.id, commitId, { checkpointId: 'p' });
      expect(await cleaning.workspaces.cleanOrphans({ minAgeMs: 0 })).toMatchObject({ orphans: [], errors: [] });
      expect(Object.keys(readTree(done.path))).toStrictEqual(['a.txt', 'b.txt']);
      await cleaning.close();
    });
  });
});
