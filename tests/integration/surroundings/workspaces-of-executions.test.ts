import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approval, defineWorkflow, subworkflow, task } from '../../../src/index.js';
import { deferred } from '../../support/deferred.js';
import { readTree, writeTree } from '../../support/file-tree.js';
import { lastPosition } from '../../support/open-waymark.js';
import { checkpointOf, filesOf, gathered, place, WorkspaceScene, writing } from '../../support/workspace-scene.js';

const BEGUN = { 'kept.txt': 'kept', 'changed.txt': 'old', 'removed.txt': 'to go' };
const DONE = { 'kept.txt': 'kept', 'changed.txt': 'new', 'a.txt': 'a', 'c.txt': 'c' };

describe('an execution with a workspace', () => {
  let scene: WorkspaceScene;
  beforeEach(() => {
    scene = new WorkspaceScene(BEGUN);
  });
  afterEach(() => scene.close());

  it('works in a folder of its own, whose files are kept with each checkpoint', async () => {
    const waymark = await scene.open();
    const run = await waymark.executions.start(writing(scene.source));
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(await filesOf(waymark, run.id)).toStrictEqual(DONE);
    expect(readTree(scene.source)).toStrictEqual(BEGUN);
    const after = async (nodeId: string): Promise<readonly string[]> => {
      const { commitId } = (await waymark.files.ofCheckpoint(await checkpointOf(waymark, run.id, nodeId))) ?? {};
      const entries = await gathered(waymark.files.entries(commitId ?? ''));
      return entries.map(({ path }) => path);
    };
    expect(await after('a')).toStrictEqual(['a.txt', 'changed.txt', 'kept.txt', 'removed.txt']);
    expect(await after('b')).toStrictEqual(['a.txt', 'changed.txt', 'kept.txt']);
    expect(await after('c')).toStrictEqual(['a.txt', 'c.txt', 'changed.txt', 'kept.txt']);
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('tells of its files where they belong in the story', async () => {
    const waymark = await scene.open();
    const run = await waymark.executions.start(writing(scene.source));
    await run.result();
    const types = (await waymark.log.query({}, { limit: 200 })).map(({ event }) => event.type);
    const blobs = types.filter((type) => type !== 'file.blob_created');
    expect(blobs.slice(0, 7)).toStrictEqual([
      'execution.started',
      'workspace.created',
      'workspace.activated',
      'file.commit_created',
      'workspace.snapshot_created',
      'checkpoint.created',
      'file.checkpoint_linked',
    ]);
    const node = blobs.indexOf('node.completed');
    const step = blobs.slice(blobs.indexOf('node.started'), blobs.indexOf('node.started', node));
    expect(step).toStrictEqual([
      'node.started',
      'file.tracking_started',
      'checkpoint.node_boundary_recorded',
      'node.completed',
      'file.tracking_completed',
      'file.commit_created',
      'workspace.snapshot_created',
      'checkpoint.created',
      'file.checkpoint_linked',
      'checkpoint.node_boundary_recorded',
    ]);
    expect(types.slice(-3)).toStrictEqual(['execution.completed', 'workspace.deactivated', 'workspace.cleaned_up']);
  });

  it('goes back with its files: what was changed is as it was, what was made since is gone, and copies are kept', async () => {
    const waymark = await scene.open();
    const run = await waymark.executions.start(writing(scene.source));
    await run.result();
    const target = await checkpointOf(waymark, run.id, 'a');
    const preview = await waymark.executions.previewRollback(run.id, target);
    expect(preview.files).toStrictEqual({ restored: ['changed.txt', 'removed.txt'], removed: ['c.txt'] });
    expect(await filesOf(waymark, run.id)).toStrictEqual(DONE);
    const from = await lastPosition(waymark);
    await waymark.executions.rollback(run.id, target, { reason: 'a look' });
    expect(await filesOf(waymark, run.id)).toStrictEqual({ ...BEGUN, 'a.txt': 'a' });
    const entries = await waymark.log.query({}, { after: from, limit: 100 });
    const payload = (type: string): object | undefined =>
      entries.find(({ event }) => event.type === type)?.event.payload as object | undefined;
    expect(payload('checkpoint.rollback_completed')).toMatchObject({ filesRestored: 3 });
    expect(payload('workspace.files_restored')).toMatchObject({
      checkpointId: target,
      filesRestored: 2,
      filesRemoved: 1,
    });
    const { backupPath = '' } = payload('file.cleanup_completed') as { readonly backupPath?: string };
    expect(readTree(backupPath)).toStrictEqual({ 'c.txt': 'c', 'changed.txt': 'new' });
    await (await waymark.executions.resume(run.id)).result();
    expect(await filesOf(waymark, run.id)).toStrictEqual(DONE);
  });

  it('makes a folder again that was removed when it completed', async () => {
    const waymark = await scene.open();
    const workspace = { from: { folder: scene.source } };
    const run = await waymark.executions.start(writing(scene.source, { workspace }));
    await run.result();
    const [removed] = await waymark.workspaces.list({ executionId: run.id });
    expect(removed).toMatchObject({ status: 'removed' });
    expect(existsSync(removed?.path ?? '')).toBe(false);
    await waymark.executions.rollback(run.id, await checkpointOf(waymark, run.id, 'b'));
    expect(await filesOf(waymark, run.id)).toStrictEqual({ 'kept.txt': 'kept', 'changed.txt': 'new', 'a.txt': 'a' });
    await (await waymark.executions.resume(run.id)).result();
  });

  it('is forked with a copy of its own: neither sees what the other writes', async () => {
    const waymark = await scene.open();
    const workflow = writing(scene.source, {
      nodes: {
        a: task((context) => {
          writeFileSync(join(place(context), 'a.txt'), 'a');
          return {};
        }),
        ok: approval(),
        c: task((context) => {
          writeFileSync(join(place(context), 'c.txt'), `by ${context.executionId}`);
          return {};
        }),
      },
      edges: { a: 'ok', ok: 'c' },
    });
    const run = await waymark.executions.start(workflow);
    await run.result();
    const fork = await waymark.executions.fork(await checkpointOf(waymark, run.id, 'a'), { reason: 'another way' });
    await fork.result();
    const [one, other] = await Promise.all([run.id, fork.id].map((id) => waymark.workspaces.ofExecution(id)));
    expect(one?.path).not.toBe(other?.path);
    expect(other).toMatchObject({ parentWorkspaceId: one?.id });
    writeFileSync(join(other?.path ?? '', 'kept.txt'), 'edited in the fork');
    await (await waymark.executions.approve(fork.id)).run?.result();
    expect(await filesOf(waymark, fork.id)).toStrictEqual({
      ...BEGUN,
      'a.txt': 'a',
      'kept.txt': 'edited in the fork',
      'c.txt': `by ${fork.id}`,
    });
    expect(await filesOf(waymark, run.id)).toStrictEqual({ ...BEGUN, 'a.txt': 'a' });
  });

  it('is restarted with the files that it began with, whatever the folder is by now', async () => {
    const waymark = await scene.open();
    const run = await waymark.executions.start(writing(scene.source));
    await run.result();
    writeTree(scene.source, { 'kept.txt': 'edited since' });
    const again = await waymark.executions.restart(run.id, { reason: 'once more' });
    await again.result();
    expect(await filesOf(waymark, again.id)).toStrictEqual(DONE);
  });

  it('finds the files of its last checkpoint when it is taken over, and not what was half done', async () => {
    const [one, gate] = [await scene.open('one'), deferred()];
    const half = deferred();
    const workflow = (wait: () => Promise<void>): ReturnType<typeof writing> =>
      writing(scene.source, {
        nodes: {
          a: task((context) => {
            writeFileSync(join(place(context), 'a.txt'), 'a');
            return {};
          }),
          b: task(async (context) => {
            const file = join(place(context), 'b.txt');
            const found = existsSync(file) ? readFileSync(file, 'utf8') : 'nothing';
            writeFileSync(file, 'half');
            half.resolve();
            await wait();
            writeFileSync(file, `whole; found ${found}`);
            return {};
          }),
        },
        edges: { a: 'b' },
      });
    const run = await one.executions.start(workflow(() => gate.promise));
    run.result().catch(() => undefined);
    await half.promise;
    scene.processes.kill('host/1/-/0/one');
    const two = await scene.open('two');
    two.executions.register(workflow(() => Promise.resolve()));
    const [recovery] = await two.executions.recover();
    expect(recovery).toMatchObject({ action: 'taken-over' });
    const { handle } = recovery as { readonly handle?: { result(): Promise<unknown> } };
    expect(await handle?.result()).toMatchObject({ status: 'completed' });
    expect(await filesOf(two, run.id)).toStrictEqual({ ...BEGUN, 'a.txt': 'a', 'b.txt': 'whole; found nothing' });
    gate.resolve();
  });

  it('shares its workspace with the sub-workflows that declare none', async () => {
    const waymark = await scene.open();
    const child = defineWorkflow({
      id: 'child',
      version: '1',
      nodes: {
        w: task((context) => {
          writeFileSync(join(place(context), 'child.txt'), 'written by the child');
          return {};
        }),
      },
      edges: {},
    });
    const nodes = { sub: subworkflow({ workflow: child, into: 'sub' }) };
    const run = await waymark.executions.start(writing(scene.source, { nodes, edges: {} }));
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(await filesOf(waymark, run.id)).toStrictEqual({ ...BEGUN, 'child.txt': 'written by the child' });
    const link = await waymark.files.ofCheckpoint(await checkpointOf(waymark, run.id, 'sub'));
    const paths = (await gathered(waymark.files.entries(link?.commitId ?? ''))).map(({ path }) => path);
    expect(paths).toContain('child.txt');
  });

  it('gets no copy of the store, where that is in the folder that it begins with', async () => {
    const waymark = await scene.open('one', {
      storage: `sqlite:${join(scene.source, 'waymark.db')}`,
      workspaces: { home: join(scene.source, 'waymark.db.files') },
    });
    writeTree(scene.source, { 'waymark.dbx': 'no part of it' });
    const run = await waymark.executions.start(writing(scene.source));
    await run.result();
    expect(await filesOf(waymark, run.id)).toStrictEqual({ ...DONE, 'waymark.dbx': 'no part of it' });
  });

  it('leaves nothing behind when it can not be started', async () => {
    const waymark = await scene.open();
    await waymark.executions.start(writing(scene.source), {}, { executionId: 'taken' });
    await expect(waymark.executions.start(writing(scene.source), {}, { executionId: 'taken' })).rejects.toMatchObject({
      code: 'WAYMARK_VERSION_CONFLICT',
    });
    expect(await waymark.workspaces.list({ executionId: 'taken' })).toHaveLength(1);
  });

  it('refuses a declaration that says nothing, before anything is made', async () => {
    const waymark = await scene.open();
    const start = waymark.executions.start(writing(scene.source), {}, { workspace: { form: 'x' } as never });
    await expect(start).rejects.toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT' });
    expect(await waymark.workspaces.list()).toStrictEqual([]);
  });
});
