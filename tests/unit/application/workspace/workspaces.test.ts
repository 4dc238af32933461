import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Container } from 'inversify';
import { prepareActivate } from '../../../../src/application/workspace/activate-workspace.js';
import { prepareConclude } from '../../../../src/application/workspace/conclude-workspace.js';
import { prepareCreate } from '../../../../src/application/workspace/create-workspace.js';
import { intendRestore } from '../../../../src/application/workspace/restore-workspace.js';
import type { WorkspaceServices } from '../../../../src/application/workspace/workspace-services.js';
import { TOKENS, type Waymark, waymarkModule, type Workspace } from '../../../../src/index.js';
import { codeOf } from '../../../support/caught.js';
import { readTree, writeTree } from '../../../support/file-tree.js';
import { happened, payloadOf } from '../../../support/happened.js';
import { recordedTypes } from '../../../support/open-waymark.js';
import { WorkspaceScene } from '../../../support/workspace-scene.js';

const FILES = { 'a.txt': 'a', 'src/b.txt': 'bb', '.gitignore': 'built\n' };

describe('Workspaces', () => {
  let scene: WorkspaceScene;
  let waymark: Waymark;
  let services: WorkspaceServices;
  const open = (self: string): Promise<Waymark> => scene.open('any', { identity: scene.processes.identity(self) });
  const fromSource = (part: Parameters<Waymark['workspaces']['create']>[0] = {}): Promise<Workspace> =>
    waymark.workspaces.create({ from: { folder: scene.source }, ...part });
  /** Changes the row of a workspace, as somebody with the database open would. */
  const alter = (workspace: Workspace, part: Partial<Workspace>): Promise<void> =>
    waymark.store.unitOfWork.run((scope) => waymark.store.workspaces.save({ ...workspace, ...part }, scope));
  const link = (checkpointId: string, { id, commitId }: Workspace, executionId = 'run-1'): Promise<void> =>
    waymark.store.unitOfWork.run((scope) =>
      waymark.store.checkpointFiles.link(
        [{ checkpointId, executionId, workspaceId: id, commitId, environment: null }],
        scope,
      ),
    );

  beforeEach(async () => {
    scene = new WorkspaceScene(FILES);
    const container = new Container();
    const config = { storage: `sqlite:${scene.folder.file('waymark.db')}`, workspaces: { home: scene.home } };
    container.load(waymarkModule({ ...config, identity: scene.processes.identity('host/1/-/0/one') }));
    waymark = await container.getAsync(TOKENS.Waymark);
    services = await container.getAsync(TOKENS.WorkspaceServices);
  });
  afterEach(async () => {
    await waymark.close();
    await scene.close();
  });

  describe('create', () => {
    it('makes a folder of its own, tells of it, and keeps what was said', async () => {
      const { result, entries, types } = await happened(waymark, () =>
        fromSource({ executionId: 'run-1', keep: 'always', ignore: ['*.log'], actor: 'user:ada' }),
      );
      expect(readTree(result.path)).toStrictEqual(FILES);
      expect(dirname(result.path)).toBe(join(scene.home, 'workspaces'));
      expect(result).toMatchObject({
        executionId: 'run-1',
        strategy: 'copy',
        status: 'open',
        keep: 'always',
        ignore: ['*.log'],
        owner: 'host/1/-/0/one',
      });
      expect(types).toStrictEqual(['workspace.created']);
      expect(payloadOf(entries, 'workspace.created')).toStrictEqual({
        workspaceId: result.id,
        executionId: 'run-1',
        path: result.path,
        strategy: 'copy',
        fileCount: 3,
        totalBytes: 9,
      });
      expect(entries[0]?.event.context.actor).toBe('user:ada');
      expect(await waymark.workspaces.get(result.id)).toStrictEqual(result);
      expect(await waymark.workspaces.ofExecution('run-1')).toStrictEqual(result);
      expect(await waymark.workspaces.path(result.id)).toBe(result.path);
      expect(await waymark.workspaces.list({ status: 'open' })).toStrictEqual([result]);
      expect((await waymark.workspaces.inspect(result.id)).lock).toBeUndefined();
    });

    it('makes one from a commit, from another workspace, and an empty one', async () => {
      const first = await fromSource();
      const commit = await waymark.workspaces.snapshot(first.id);
      writeFileSync(join(first.path, 'a.txt'), 'changed since');
      const fromCommit = await waymark.workspaces.create({ from: { commitId: commit.id } });
      expect(readTree(fromCommit.path)).toStrictEqual(FILES);
      expect(fromCommit).toMatchObject({ sourceCommitId: commit.id, commitId: commit.id, parentWorkspaceId: null });
      const fromOther = await waymark.workspaces.create({ from: { workspaceId: first.id } });
      expect(readTree(fromOther.path)).toStrictEqual({ ...FILES, 'a.txt': 'changed since' });
      expect(fromOther).toMatchObject({ sourceCommitId: null, parentWorkspaceId: first.id });
      expect(readTree((await waymark.workspaces.create()).path)).toStrictEqual({});
    });

    it('leaves nothing behind when it fails or can not be recorded', async () => {
      expect(await codeOf(fromSource({ from: { folder: scene.folder.file('nowhere') } }))).toBe(
        'WAYMARK_WORKSPACE_SOURCE_NOT_FOUND',
      );
      expect(await codeOf(waymark.workspaces.create({ from: { commitId: 'none' } }))).toBe(
        'WAYMARK_FILE_COMMIT_NOT_FOUND',
      );
      const prepared = await prepareCreate(services, { from: { folder: scene.source } });
      expect(existsSync(prepared.workspace.path)).toBe(true);
      await prepared.undo();
      expect(existsSync(prepared.workspace.path)).toBe(false);
      expect(await codeOf(waymark.workspaces.get(prepared.workspace.id))).toBe('WAYMARK_WORKSPACE_NOT_FOUND');
      expect(readTree(join(scene.home, 'workspaces'))).toStrictEqual({});
      expect(await recordedTypes(waymark)).toStrictEqual([]);
    });

    it('says which strategies there are not', async () => {
      const first = await fromSource();
      const { id: commitId } = await waymark.workspaces.snapshot(first.id);
      const reflink = waymark.workspaces.create({ from: { commitId }, strategy: 'reflink' });
      expect(await codeOf(reflink)).toBe('WAYMARK_WORKSPACE_STRATEGY_UNSUPPORTED');
      expect(await codeOf(fromSource({ strategy: 'worktree' }))).toBe('WAYMARK_WORKSPACE_STRATEGY_UNSUPPORTED');
    });

    it.each<[string, object]>([
      ['two origins', { from: { folder: '.', commitId: 'c' } }],
      ['no origin that there is', { from: { url: 'x' } }],
      ['a strategy that there is not', { strategy: 'magic' }],
      ['an option that there is not', { form: { folder: '.' } }],
      ['ignored files of a commit', { from: { commitId: 'c' }, withIgnored: true }],
      ['a worktree of a commit', { from: { commitId: 'c' }, strategy: 'worktree' }],
      ['read-only files of a copy', { from: { folder: '.' }, readOnly: ['*'] }],
      ['ignore that is no list', { ignore: '*.log' }],
    ])('refuses %s', async (_, options) => {
      expect(await codeOf(waymark.workspaces.create(options))).toBe('WAYMARK_INVALID_ARGUMENT');
    });
  });

  describe('activate and deactivate', () => {
    it('has a workspace for one process at a time, and tells what was written', async () => {
      const { id, path } = await fromSource({ executionId: 'run-1' });
      const other = await open('host/2/-/0/two');
      const { result, entries } = await happened(waymark, () =>
        waymark.workspaces.activate(id, { previousPath: '/before' }),
      );
      expect(result.owner).toBe('host/1/-/0/one');
      expect(payloadOf(entries, 'workspace.activated')).toStrictEqual({
        workspaceId: id,
        executionId: 'run-1',
        path,
        previousPath: '/before',
      });
      for (const refused of [
        other.workspaces.activate(id),
        other.workspaces.snapshot(id),
        other.workspaces.conclude('run-1', 'completed'),
        other.workspaces.remove(id),
        other.workspaces.create({ from: { workspaceId: id } }),
        other.workspaces.restore(id, 'c', { checkpointId: 'p' }),
      ]) {
        expect(await codeOf(refused)).toBe('WAYMARK_WORKSPACE_LOCKED');
      }
      await expect(other.workspaces.activate(id)).rejects.toMatchObject({
        message: expect.stringContaining('process 1 on host since '),
        hint: expect.stringContaining(`${path}.lock`),
      });
      // Again, it is as it was.
      expect((await happened(waymark, () => waymark.workspaces.activate(id))).types).toStrictEqual([]);
      writeTree(path, { 'new.txt': 'new', 'a.txt': 'changed', built: 'ignored' });
      const left = await happened(waymark, () => waymark.workspaces.deactivate(id));
      expect(payloadOf(left.entries, 'workspace.deactivated')).toStrictEqual({
        workspaceId: id,
        executionId: 'run-1',
        path,
        filesWritten: 2,
        outputBytes: 10,
      });
      expect((await happened(waymark, () => waymark.workspaces.deactivate(id))).types).toStrictEqual([]);
      expect((await other.workspaces.activate(id)).owner).toBe('host/2/-/0/two');
    });

    it('takes over from a process that is gone, and leaves what it has when it is closed', async () => {
      const { id } = await fromSource();
      await waymark.workspaces.activate(id);
      scene.processes.kill('host/1/-/0/one');
      const other = await open('host/2/-/0/two');
      await other.workspaces.activate(id);
      await other.close();
      const third = await open('host/3/-/0/three');
      expect((await third.workspaces.inspect(id)).lock).toBeUndefined();
      expect(await recordedTypes(third)).toContain('workspace.deactivated');
    });

    it('gives the lock back when it can not be recorded', async () => {
      const { id } = await fromSource();
      const prepared = await prepareActivate(services, await waymark.workspaces.get(id));
      expect((await waymark.workspaces.inspect(id)).lock?.pid).toBe(1);
      await prepared.undo();
      expect((await waymark.workspaces.inspect(id)).lock).toBeUndefined();
    });

    it('says where a workspace is whose folder is not here', async () => {
      const workspace = await fromSource();
      rmSync(workspace.path, { recursive: true });
      await expect(waymark.workspaces.activate(workspace.id)).rejects.toMatchObject({
        code: 'WAYMARK_WORKSPACE_MISSING',
        hint: expect.stringContaining('on host'),
      });
      expect(await codeOf(waymark.workspaces.path(workspace.id))).toBe('WAYMARK_WORKSPACE_MISSING');
    });
  });

  describe('snapshot, diff and verify', () => {
    it('keeps what there is, and tells what changed since', async () => {
      const { id, path } = await fromSource({ executionId: 'run-1' });
      expect(await codeOf(waymark.workspaces.diff(id))).toBe('WAYMARK_WORKSPACE_NO_COMMIT');
      const {
        result: first,
        entries,
        types,
      } = await happened(waymark, () => waymark.workspaces.snapshot(id, { message: 'first' }));
      expect(types.at(-2)).toBe('file.commit_created');
      expect(payloadOf(entries, 'workspace.snapshot_created')).toStrictEqual({
        workspaceId: id,
        executionId: 'run-1',
        commitId: first.id,
        fileCount: 3,
        totalBytes: 9,
      });
      expect(first).toMatchObject({ workspaceId: id, executionId: 'run-1', message: 'first', parentId: null });
      const again = await happened(waymark, () => waymark.workspaces.snapshot(id));
      expect(again.result.id).toBe(first.id);
      expect(again.types).toStrictEqual([]);

      writeTree(path, { 'new.txt': 'new', 'a.txt': 'changed', built: 'ignored' });
      rmSync(join(path, 'src/b.txt'));
      const changes = await waymark.workspaces.diff(id);
      expect(changes.map(({ change, path: at }) => `${change} ${at}`)).toStrictEqual([
        'modified a.txt',
        'added new.txt',
        'removed src/b.txt',
      ]);
      const verified = await happened(waymark, () => waymark.workspaces.verify(id));
      expect(payloadOf(verified.entries, 'workspace.verified')).toMatchObject({ filesChecked: 4, mismatches: 3 });
      expect(verified.result).toMatchObject({ commitId: first.id, filesChecked: 4 });
      const second = await waymark.workspaces.snapshot(id);
      expect(second.parentId).toBe(first.id);
      expect(await waymark.workspaces.diff(id)).toStrictEqual([]);
      await link('checkpoint-1', await waymark.workspaces.get(id));
      expect(await waymark.workspaces.diff(id, { against: 'checkpoint-1' })).toStrictEqual([]);
      expect(await waymark.workspaces.diff(id, { against: first.id })).toHaveLength(3);
    });
  });

  describe('restore', () => {
    const changed = { 'new.txt': 'new', 'a.txt': 'changed' };
    const prepared = async () => {
      const workspace = await fromSource({ executionId: 'run-1' });
      const commit = await waymark.workspaces.snapshot(workspace.id);
      writeTree(workspace.path, { ...changed, built: 'ignored' });
      rmSync(join(workspace.path, 'src'), { recursive: true });
      return { workspace, commit };
    };

    it('puts files back, takes away what was made since, and copies that aside', async () => {
      const { workspace, commit } = await prepared();
      const { result, entries, types } = await happened(waymark, () =>
        waymark.workspaces.restore(workspace.id, commit.id, { checkpointId: 'checkpoint-1', actor: 'user:ada' }),
      );
      expect(readTree(workspace.path)).toStrictEqual({ ...FILES, built: 'ignored' });
      expect(readTree(result.backupPath ?? '')).toStrictEqual(changed);
      expect(result.backupPath).toContain(join(scene.home, 'backups', workspace.id));
      expect(types).toStrictEqual(['file.restored', 'file.cleanup_completed', 'workspace.files_restored']);
      expect(payloadOf(entries, 'workspace.files_restored')).toMatchObject({
        workspaceId: workspace.id,
        checkpointId: 'checkpoint-1',
        commitId: commit.id,
        filesRestored: 2,
        filesRemoved: 1,
      });
      expect(payloadOf(entries, 'file.cleanup_completed')).toStrictEqual({
        executionId: 'run-1',
        checkpointId: 'checkpoint-1',
        deleted: 1,
        backedUp: 2,
        skipped: 0,
        backupPath: result.backupPath,
        dryRun: false,
        errors: [],
      });
      expect(entries.map(({ event }) => event.context.actor)).toStrictEqual(['user:ada', 'user:ada', 'user:ada']);
      expect(result.workspace).toMatchObject({ pendingRestore: null, commitId: commit.id, status: 'open' });
    });

    it('only tells with a dry run', async () => {
      const { workspace, commit } = await prepared();
      const before = readTree(workspace.path);
      const { result, types } = await happened(waymark, () =>
        waymark.workspaces.restore(workspace.id, commit.id, { checkpointId: 'checkpoint-1', dryRun: true }),
      );
      expect(result.restored.toSorted()).toStrictEqual(['a.txt', 'src/b.txt']);
      expect(result.removed).toStrictEqual(['new.txt']);
      expect(result.workspace.pendingRestore).toBeNull();
      expect(types).toStrictEqual(['file.cleanup_completed']);
      expect(readTree(workspace.path)).toStrictEqual(before);
      expect(existsSync(join(scene.home, 'backups'))).toBe(false);
    });

    it('makes a folder again that was removed', async () => {
      const { workspace, commit } = await prepared();
      await waymark.workspaces.remove(workspace.id);
      expect(await codeOf(waymark.workspaces.activate(workspace.id))).toBe('WAYMARK_WORKSPACE_REMOVED');
      const plan = await waymark.workspaces.restore(workspace.id, commit.id, { checkpointId: 'p', dryRun: true });
      expect(plan.restored).toHaveLength(3);
      await waymark.workspaces.restore(workspace.id, commit.id, { checkpointId: 'p' });
      expect(readTree(workspace.path)).toStrictEqual(FILES);
      expect((await waymark.workspaces.activate(workspace.id)).status).toBe('open');
    });

    it('tells of a failure, and is tried again before anybody works there', async () => {
      const { workspace, commit } = await prepared();
      const blobs = join(scene.home, 'files');
      const aside = `${blobs}-aside`;
      const { renameSync } = await import('node:fs');
      renameSync(blobs, aside);
      const { types } = await happened(waymark, () =>
        codeOf(waymark.workspaces.restore(workspace.id, commit.id, { checkpointId: 'checkpoint-1' })),
      );
      expect(types).toStrictEqual(['file.restore_failed', 'workspace.restore_failed']);
      // Nor is what may be half restored committed.
      await codeOf(waymark.workspaces.snapshot(workspace.id));
      await codeOf(waymark.workspaces.activate(workspace.id));
      expect((await waymark.workspaces.get(workspace.id)).pendingRestore).not.toBeNull();
      rmSync(blobs, { recursive: true, force: true });
      renameSync(aside, blobs);
      const { types: after } = await happened(waymark, () => waymark.workspaces.activate(workspace.id));
      expect(after).toContain('workspace.files_restored');
      expect(after.at(-1)).toBe('workspace.activated');
      expect(readTree(workspace.path)).toStrictEqual({ ...FILES, built: 'ignored' });
    });

    it('is finished on the next start, where whoever began it is gone', async () => {
      const { workspace, commit } = await prepared();
      const pending = { commitId: commit.id, checkpointId: 'checkpoint-1', backup: true };
      const found = await waymark.workspaces.get(workspace.id);
      const intended = await intendRestore(services, found, pending);
      await waymark.store.unitOfWork.run((scope) => intended.save(scope));

      const beside = await open('host/2/-/0/two');
      expect((await beside.workspaces.get(workspace.id)).pendingRestore).toStrictEqual(pending);
      const elsewhere = await open('another/1/-/0/three');
      scene.processes.kill('host/1/-/0/one');
      expect(await elsewhere.workspaces.finishRestores()).toStrictEqual({ finished: [], failed: [] });

      const next = await open('host/4/-/0/four');
      expect((await next.workspaces.get(workspace.id)).pendingRestore).toBeNull();
      expect(readTree(workspace.path)).toStrictEqual({ ...FILES, built: 'ignored' });
      expect(await recordedTypes(next)).toContain('workspace.files_restored');
      expect(await next.workspaces.finishRestores()).toStrictEqual({ finished: [], failed: [] });
    });
  });

  it('forks one: each has its own from then on', async () => {
    const first = await fromSource({ executionId: 'run-1', ignore: ['*.log'], keep: 'never' });
    const commit = await waymark.workspaces.snapshot(first.id);
    await link('checkpoint-1', await waymark.workspaces.get(first.id));
    writeFileSync(join(first.path, 'a.txt'), 'changed since');
    const { result, types, entries } = await happened(waymark, () =>
      waymark.workspaces.fork('checkpoint-1', { executionId: 'run-2' }),
    );
    expect(readTree(result.path)).toStrictEqual(FILES);
    expect(result).toMatchObject({
      executionId: 'run-2',
      parentWorkspaceId: first.id,
      sourceCommitId: commit.id,
      ignore: ['*.log'],
      keep: 'never',
    });
    expect(types).toStrictEqual(['workspace.created', 'workspace.forked']);
    expect(payloadOf(entries, 'workspace.forked')).toStrictEqual({
      workspaceId: result.id,
      executionId: 'run-2',
      parentWorkspaceId: first.id,
      checkpointId: 'checkpoint-1',
      filesCopied: 3,
      totalBytes: 9,
    });
    writeFileSync(join(result.path, 'src/b.txt'), 'of the fork');
    expect(readFileSync(join(first.path, 'src/b.txt'), 'utf8')).toBe('bb');
    expect(await codeOf(waymark.workspaces.fork('checkpoint-2'))).toBe('WAYMARK_CHECKPOINT_WITHOUT_FILES');
  });

  describe('conclude', () => {
    it.each([
      ['unless-completed', 'completed', 'removed', 'completed'],
      ['unless-completed', 'failed', 'preserved', 'failed_preserved'],
      ['unless-completed', 'cancelled', 'preserved', 'failed_preserved'],
      ['always', 'completed', 'preserved', 'completed'],
      ['never', 'failed', 'removed', 'completed'],
    ] as const)('keep %s, %s: %s', async (keep, status, becomes, reason) => {
      const { id, path } = await fromSource({ executionId: 'run-1', keep });
      await waymark.workspaces.activate(id);
      const { result, types, entries } = await happened(waymark, () => waymark.workspaces.conclude('run-1', status));
      expect(result?.status).toBe(becomes);
      expect(existsSync(path)).toBe(becomes === 'preserved');
      expect(types).toStrictEqual(['workspace.deactivated', 'workspace.cleaned_up']);
      expect(payloadOf(entries, 'workspace.cleaned_up')).toMatchObject({
        reason,
        preserved: becomes === 'preserved',
        filesRemoved: becomes === 'preserved' ? 0 : 3,
        freedBytes: becomes === 'preserved' ? 0 : 9,
      });
      const beside = readTree(join(scene.home, 'workspaces'), [basename(path)]);
      expect(Object.keys(beside).filter((name) => !name.endsWith('.index'))).toStrictEqual([]);
      expect(await waymark.workspaces.conclude('run-2', status)).toBeUndefined();
    });

    it('leaves everything as it was when it can not be recorded', async () => {
      const workspace = await fromSource({ executionId: 'run-1', keep: 'never' });
      const prepared = await prepareConclude(services, workspace, 'completed');
      expect(existsSync(workspace.path)).toBe(false);
      await prepared.undo();
      expect(readTree(workspace.path)).toStrictEqual(FILES);
      expect(await waymark.workspaces.get(workspace.id)).toStrictEqual(workspace);
      // A crash in between is the same.
      await prepareConclude(services, workspace, 'completed');
      scene.processes.kill('host/1/-/0/one');
      const next = await open('host/2/-/0/two');
      await next.workspaces.activate(workspace.id);
      expect(readTree(workspace.path)).toStrictEqual(FILES);
    });
  });

  it('removes one that is worked in here, and leaves it', async () => {
    const { id, path } = await fromSource();
    await waymark.workspaces.activate(id);
    const { types } = await happened(waymark, () => waymark.workspaces.remove(id));
    expect(types).toStrictEqual(['workspace.deactivated', 'workspace.cleaned_up']);
    expect(existsSync(path)).toBe(false);
    expect(readTree(join(scene.home, 'workspaces'))).toStrictEqual({});
    expect(await codeOf(waymark.workspaces.remove(id))).toBe('WAYMARK_WORKSPACE_REMOVED');
  });

  it('is where its id says, whatever a row says of the path', async () => {
    const precious = writeTree(scene.folder.file('precious'), { 'p.txt': 'precious' });
    const workspace = await fromSource({ executionId: 'run-1' });
    const { id, path } = workspace;
    const { id: commitId } = await waymark.workspaces.snapshot(id);
    await alter(workspace, { path: precious });
    expect(await waymark.workspaces.get(id)).toMatchObject({ path });
    expect(await waymark.workspaces.ofExecution('run-1')).toMatchObject({ path });
    expect(await waymark.workspaces.list()).toMatchObject([{ path }]);
    expect(await waymark.workspaces.path(id)).toBe(path);
    expect(await waymark.workspaces.activate(id)).toMatchObject({ path });
    await alter(workspace, { path: precious });
    writeTree(path, { 'new.txt': 'new' });
    await waymark.workspaces.restore(id, commitId, { checkpointId: 'p' });
    expect(readTree(path)).toStrictEqual(readTree(scene.source));
    await alter(workspace, { path: precious });
    expect(await waymark.workspaces.create({ from: { workspaceId: id } })).toMatchObject({ parentWorkspaceId: id });
    await waymark.workspaces.remove(id);
    expect(existsSync(path)).toBe(false);
    expect(readTree(precious)).toStrictEqual({ 'p.txt': 'precious' });
  });

  it('touches nothing where its id is no name of a folder, or where a link is in its place', async () => {
    const precious = writeTree(scene.folder.file('precious'), { 'p.txt': 'precious' });
    const workspace = await fromSource({ executionId: 'run-1' });
    await alter({ ...workspace, id: '../../precious' }, { executionId: 'run-2', path: precious });
    const strange = await waymark.workspaces.ofExecution('run-2');
    expect(strange).toMatchObject({ id: '../../precious', path: '' });
    for (const refused of [
      waymark.workspaces.activate('../../precious'),
      waymark.workspaces.inspect('../../precious'),
      waymark.workspaces.remove('../../precious'),
      waymark.workspaces.conclude('run-2', 'completed'),
    ]) {
      expect(await codeOf(refused)).toBe('WAYMARK_WORKSPACE_OUTSIDE');
    }
    const { errors } = await waymark.workspaces.clean({ dryRun: true });
    expect(errors).toStrictEqual([expect.stringContaining(precious)]);
    rmSync(workspace.path, { recursive: true });
    symlinkSync(precious, workspace.path);
    await expect(waymark.workspaces.remove(workspace.id)).rejects.toMatchObject({
      code: 'WAYMARK_WORKSPACE_OUTSIDE',
      hint: expect.stringContaining('remove what is in its place'),
    });
    expect(readTree(precious)).toStrictEqual({ 'p.txt': 'precious' });
  });

  it('is left, and its lock given back, though a link is in the place of its folder: that is reported', async () => {
    const errors: unknown[] = [];
    const other = await scene.open('other', { executions: { onError: (error) => errors.push(error) } });
    const [linked, whole] = [await other.workspaces.create(), await other.workspaces.create()];
    await other.workspaces.activate(linked.id);
    await other.workspaces.activate(whole.id);
    rmSync(linked.path, { recursive: true });
    symlinkSync(scene.source, linked.path);
    const told = await happened(other, () => other.workspaces.deactivate(linked.id));
    expect(payloadOf(told.entries, 'workspace.deactivated')).toMatchObject({ filesWritten: 0, outputBytes: 0 });
    expect(errors).toMatchObject([{ code: 'WAYMARK_WORKSPACE_OUTSIDE' }]);
    await other.close();
    expect(errors).toHaveLength(1);
    expect(readdirSync(join(scene.home, 'workspaces')).filter((name) => name.endsWith('.lock'))).toStrictEqual([]);
  });

  it('is made again from its last commit when its folder is lost, and recorded as restored', async () => {
    const { id, path } = await fromSource();
    const { id: commitId } = await waymark.workspaces.snapshot(id);
    rmSync(path, { recursive: true });
    const { types, entries } = await happened(waymark, () => waymark.workspaces.activate(id));
    expect(types).toStrictEqual(['file.restored', 'workspace.files_restored', 'workspace.activated']);
    expect(entries[1]?.event.payload).toMatchObject({ commitId, checkpointId: commitId });
    expect(readTree(path)).toStrictEqual(readTree(scene.source));
    expect(await waymark.workspaces.get(id)).toMatchObject({ pendingRestore: null, commitId, status: 'open' });
  });

  it('is open again when files were put back into one that was preserved or removed', async () => {
    const workspace = await fromSource({ executionId: 'run-1', keep: 'always' });
    const { id: commitId } = await waymark.workspaces.snapshot(workspace.id);
    for (const status of ['preserved', 'removed'] as const) {
      await alter(workspace, { status, commitId });
      const { workspace: restored } = await waymark.workspaces.restore(workspace.id, commitId, { checkpointId: 'p' });
      expect([status, restored.status]).toStrictEqual([status, 'open']);
    }
  });
});
