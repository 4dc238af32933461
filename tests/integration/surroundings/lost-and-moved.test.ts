import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  approval,
  signal,
  task,
  type Waymark,
  type WaymarkConfig,
  type Workflow,
  type Workspace,
} from '../../../src/index.js';
import { deferred } from '../../support/deferred.js';
import { readTree, writeTree } from '../../support/file-tree.js';
import { checkpointOf, filesOf, place, WorkspaceScene, writing } from '../../support/workspace-scene.js';

const BEGUN = { 'kept.txt': 'kept', 'changed.txt': 'old' };
const KEPT = { ...BEGUN, 'one.txt': '1' };

/** Writes the first file. */
const ONE = task((context) => {
  writeFileSync(join(place(context), 'one.txt'), '1');
  return { one: 1 };
});

describe('an execution whose folder is not where it was', () => {
  let scene: WorkspaceScene;
  let errors: unknown[];
  const open = (name: string, more: Partial<WaymarkConfig> = {}): Promise<Waymark> =>
    scene.open(name, { executions: { onError: (error) => errors.push(error) }, ...more });

  /** Writes a file, waits, and writes another. */
  const waiting = (how: 'approval' | 'signal' = 'approval', keep: Workspace['keep'] = 'always'): Workflow =>
    writing(scene.source, {
      workspace: { from: { folder: scene.source }, keep },
      nodes: {
        one: ONE,
        ok: how === 'approval' ? approval() : signal({ name: 'go', into: 'go' }),
        two: task((context) => {
          writeFileSync(join(place(context), 'two.txt'), '2');
          return {};
        }),
      },
      edges: { one: 'ok', ok: 'two' },
    });
  const stopped = async (waymark: Waymark, workflow = waiting()): Promise<{ id: string; workspace: Workspace }> => {
    const run = await waymark.executions.start(workflow);
    await run.result();
    const workspace = await waymark.workspaces.ofExecution(run.id);
    if (workspace === undefined) throw new Error('There is no workspace.');
    return { id: run.id, workspace };
  };
  const locks = (): readonly string[] =>
    readdirSync(join(scene.home, 'workspaces')).filter((name) => name.endsWith('.lock'));

  beforeEach(() => {
    scene = new WorkspaceScene(BEGUN);
    errors = [];
  });
  afterEach(() => scene.close());

  it('goes on where the store and its home are by now', async () => {
    const [before, after] = [scene.folder.file('before'), scene.folder.file('after')];
    const at = (folder: string) => ({ storage: `sqlite:${join(folder, 's.db')}`, workspaces: {} });
    mkdirSync(before);
    const one = await open('one', at(before));
    const first = await stopped(one);
    const second = await stopped(one);
    const target = await checkpointOf(one, first.id, 'one');
    await one.close();
    renameSync(before, after);

    const two = await open('two', at(after));
    two.executions.register(waiting());
    const path = join(after, 's.db.files', 'workspaces', first.workspace.id);
    expect(await two.workspaces.inspect(first.workspace.id)).toMatchObject({ workspace: { path }, isThere: true });
    expect((await two.workspaces.list()).every((each) => each.path.startsWith(after))).toBe(true);
    const { run } = await two.executions.approve(first.id);
    expect(await run?.result()).toMatchObject({ status: 'completed' });
    expect(readTree(path)).toStrictEqual({ ...KEPT, 'two.txt': '2' });
    expect((await two.executions.previewRollback(first.id, target)).files).toMatchObject({ removed: ['two.txt'] });
    await two.executions.rollback(first.id, target);
    expect(await filesOf(two, first.id)).toStrictEqual(KEPT);
    const fork = await two.executions.fork(target);
    await fork.result();
    expect(await filesOf(two, fork.id)).toStrictEqual(KEPT);
    await two.executions.cancel(second.id, { reason: 'enough' });
    const { workspaces, errors: refused } = await two.workspaces.clean();
    expect([workspaces.map(({ workspaceId }) => workspaceId), refused]).toStrictEqual([[second.workspace.id], []]);
    expect(existsSync(join(after, 's.db.files', 'workspaces', second.workspace.id))).toBe(false);
    expect(existsSync(before)).toBe(false);
    expect(errors).toStrictEqual([]);
  });

  it('previews and goes back in its own folder, whatever its row says', async () => {
    const waymark = await open('one');
    const { id, workspace } = await stopped(waymark);
    const secret = writeTree(scene.folder.file('secret'), { 'secret.txt': 'secret' });
    const target = (await waymark.checkpoints.list(id))[0]?.id ?? '';
    await waymark.store.unitOfWork.run((scope) => waymark.store.workspaces.save({ ...workspace, path: secret }, scope));
    const { files } = await waymark.executions.previewRollback(id, target);
    expect(files).toStrictEqual({ restored: [], removed: ['one.txt'] });
    await waymark.executions.rollback(id, target);
    expect([readTree(secret), readTree(workspace.path)]).toStrictEqual([{ 'secret.txt': 'secret' }, BEGUN]);
  });

  it.each(['approval', 'signal', 'breakpoint'] as const)(
    'that is lost is given it again, from its last commit, to go on from a %s',
    async (how) => {
      const waymark = await open('one');
      const nodes = how === 'breakpoint' ? 'approval' : how;
      const { id, workspace } = await stopped(waymark, waiting(nodes));
      if (how === 'breakpoint') {
        await waymark.executions.setBreakpoints(id, ['two']);
        await (await waymark.executions.approve(id)).run?.result();
      }
      rmSync(workspace.path, { recursive: true });
      const { executions } = waymark;
      const last = (await executions.get(id)).headCheckpointId;
      const run =
        how === 'breakpoint'
          ? await executions.resume(id, { breakpoints: [] })
          : (await (how === 'signal' ? executions.signal(id, 'go', {}) : executions.approve(id))).run;
      expect(await run?.result()).toMatchObject({ status: 'completed' });
      expect(readTree(workspace.path)).toStrictEqual({ ...KEPT, 'two.txt': '2' });
      const entries = await waymark.log.query({ executionId: id }, { limit: 500 });
      const restored = entries.filter(({ event }) => event.type === 'workspace.files_restored');
      expect(restored).toMatchObject([{ event: { payload: { workspaceId: workspace.id, checkpointId: last } } }]);
    },
  );

  it('that is lost is given it again by whoever recovers it', async () => {
    const [one, half, gate] = [await open('one'), deferred(), deferred()];
    let found: unknown;
    const workflow = (wait: () => Promise<void>): Workflow =>
      writing(scene.source, {
        nodes: {
          one: ONE,
          two: task(async (context) => {
            half.resolve();
            await wait();
            found = readTree(place(context));
            return {};
          }),
        },
        edges: { one: 'two' },
      });
    const run = await one.executions.start(workflow(() => gate.promise));
    run.result().catch(() => undefined);
    await half.promise;
    const workspace = await one.workspaces.ofExecution(run.id);
    rmSync(workspace?.path ?? '', { recursive: true });
    scene.processes.kill('host/1/-/0/one');
    const two = await open('two');
    two.executions.register(workflow(() => Promise.resolve()));
    const [recovery] = await two.executions.recover();
    const { handle } = recovery as { readonly handle?: { result(): Promise<unknown> } };
    expect(await handle?.result()).toMatchObject({ status: 'completed' });
    expect(found).toStrictEqual(KEPT);
    gate.resolve();
  });

  it.each(['removed', 'lost'] as const)(
    'that is %s keeps the files of the checkpoint before with the next',
    async (how) => {
      const waymark = await open('one');
      const { id, workspace } = await stopped(waymark);
      const last = async (): Promise<string | null | undefined> => {
        const checkpoint = (await waymark.checkpoints.list(id)).at(-1);
        return (await waymark.files.ofCheckpoint(checkpoint?.id ?? ''))?.commitId;
      };
      const before = await last();
      expect(before).toStrictEqual(expect.any(String));
      if (how === 'removed') await waymark.workspaces.remove(workspace.id);
      else rmSync(workspace.path, { recursive: true });
      await waymark.executions.modifyState(id, { edited: true }, { reason: 'x' });
      expect(await last()).toBe(before);
      const fork = await waymark.executions.fork((await waymark.executions.get(id)).headCheckpointId);
      await fork.result();
      expect(await filesOf(waymark, fork.id)).toStrictEqual(KEPT);
      await waymark.executions.rollback(id, (await waymark.executions.get(id)).headCheckpointId);
      expect(await waymark.workspaces.get(workspace.id)).toMatchObject({ status: 'open' });
      expect(readTree(workspace.path)).toStrictEqual(KEPT);
    },
  );

  it('is open while it can be worked in again: after a rollback of what had ended', async () => {
    const waymark = await open('one');
    const { id, workspace } = await stopped(waymark);
    await waymark.executions.cancel(id, { reason: 'enough' });
    expect(await waymark.workspaces.get(workspace.id)).toMatchObject({ status: 'preserved' });
    await waymark.executions.rollback(id, await checkpointOf(waymark, id, 'one'));
    expect(await waymark.workspaces.get(workspace.id)).toMatchObject({ status: 'open' });
  });

  it.each(['always', 'never'] as const)(
    'is cancelled, and its store closed, though a node put a link in the place of its folder: kept %s',
    async (keep) => {
      const waymark = await open('one');
      const outside = writeTree(scene.folder.file('outside'), { 'o.txt': 'outside' });
      const workflow = writing(scene.source, {
        workspace: { from: { folder: scene.source }, keep },
        nodes: {
          a: task((context) => {
            rmSync(place(context), { recursive: true });
            symlinkSync(outside, place(context));
            return {};
          }),
        },
        edges: {},
      });
      const run = await waymark.executions.start(workflow);
      await expect(run.result()).rejects.toMatchObject({ code: 'WAYMARK_WORKSPACE_OUTSIDE' });
      const workspace = await waymark.workspaces.ofExecution(run.id);
      await expect(waymark.executions.resume(run.id)).rejects.toMatchObject({
        code: 'WAYMARK_WORKSPACE_OUTSIDE',
        hint: expect.stringContaining('remove what is in its place'),
      });
      await waymark.executions.cancel(run.id, { reason: 'enough' });
      expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'cancelled' });
      expect(errors).toContainEqual(expect.objectContaining({ code: 'WAYMARK_WORKSPACE_OUTSIDE' }));
      expect(await waymark.workspaces.get(workspace?.id ?? '')).toMatchObject({
        status: keep === 'always' ? 'preserved' : 'open',
      });
      expect((await waymark.workspaces.clean()).errors).toHaveLength(1);
      rmSync(workspace?.path ?? '');
      expect((await waymark.workspaces.clean()).workspaces).toHaveLength(1);
      expect(readTree(outside)).toStrictEqual({ 'o.txt': 'outside' });
      await waymark.close();
      expect(locks()).toStrictEqual([]);
    },
  );

  it('is cancelled while a node is at work that put a link in the place of its folder', async () => {
    const [waymark, begun] = [await open('one'), deferred()];
    const workflow = writing(scene.source, {
      nodes: {
        a: task(async (context) => {
          rmSync(place(context), { recursive: true });
          symlinkSync(scene.source, place(context));
          begun.resolve();
          await new Promise((end) => context.signal.addEventListener('abort', end));
          throw new Error('ended');
        }),
      },
      edges: {},
    });
    const run = await waymark.executions.start(workflow);
    const result = run.result();
    await begun.promise;
    await waymark.executions.cancel(run.id, { reason: 'enough' });
    expect(await result).toMatchObject({ status: 'cancelled' });
    expect(await waymark.workspaces.ofExecution(run.id)).toMatchObject({ status: 'preserved' });
    await waymark.close();
    expect(locks()).toStrictEqual([]);
    expect(errors).toContainEqual(expect.objectContaining({ code: 'WAYMARK_WORKSPACE_OUTSIDE' }));
  });

  it('is cancelled though somebody else works in its workspace, which stays for who cleans', async () => {
    const one = await open('one');
    const { id, workspace } = await stopped(one, waiting('approval', 'never'));
    const two = await open('two');
    await two.workspaces.activate(workspace.id);
    await one.executions.cancel(id, { reason: 'enough' });
    expect(await one.executions.get(id)).toMatchObject({ status: 'cancelled' });
    expect(errors).toMatchObject([{ code: 'WAYMARK_WORKSPACE_LOCKED' }]);
    await two.workspaces.deactivate(workspace.id);
    expect((await one.workspaces.clean()).workspaces).toMatchObject([{ workspaceId: workspace.id }]);
  });

  it('is gone on with by another try of the node that failed, though its folder was removed with its end', async () => {
    const waymark = await open('one');
    let [calm, found] = [false, undefined as unknown];
    const workflow = writing(scene.source, {
      workspace: { from: { folder: scene.source }, keep: 'never' },
      nodes: {
        one: ONE,
        two: task((context) => {
          if (!calm) throw Object.assign(new Error('not yet'), { recoverable: false });
          found = readTree(place(context));
          return {};
        }),
      },
      edges: { one: 'two' },
    });
    const run = await waymark.executions.start(workflow);
    expect(await run.result()).toMatchObject({ status: 'failed' });
    calm = true;
    const again = await waymark.executions.retryNode(run.id, { nodeId: 'two' });
    expect(await again.result()).toMatchObject({ status: 'completed' });
    expect(found).toStrictEqual(KEPT);
  });
});
