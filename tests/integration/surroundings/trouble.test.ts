import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Container } from 'inversify';
import {
  approval,
  type FileStorage,
  task,
  TOKENS,
  type Waymark,
  waymarkModule,
  WaymarkError,
} from '../../../src/index.js';
import { LocalFileStorage } from '../../../src/infrastructure/file/local-file-storage.js';
import { checkpointOf, filesOf, place, WorkspaceScene, writing } from '../../support/workspace-scene.js';

const BEGUN = { 'kept.txt': 'kept', 'changed.txt': 'old', 'removed.txt': 'to go' };

/** A storage that fails when a test says so. */
class FailingStorage extends LocalFileStorage {
  failing: 'snapshot' | 'checkout' | undefined;

  override snapshot(...args: Parameters<FileStorage['snapshot']>): ReturnType<FileStorage['snapshot']> {
    if (this.failing === 'snapshot') return Promise.reject(full());
    return super.snapshot(...args);
  }

  override checkout(...args: Parameters<FileStorage['checkout']>): ReturnType<FileStorage['checkout']> {
    if (this.failing === 'checkout' && args[2].dryRun !== true) return Promise.reject(full());
    return super.checkout(...args);
  }
}

function full(): WaymarkError {
  return new WaymarkError('WAYMARK_FILE_STORAGE_FULL', 'There is no room left.');
}

describe('an execution with a workspace, in trouble', () => {
  let scene: WorkspaceScene;
  let storage: FailingStorage;
  const opened: Waymark[] = [];

  const open = async (name: string): Promise<Waymark> => {
    const container = new Container();
    container.load(
      waymarkModule({
        storage: `sqlite:${scene.folder.file('waymark.db')}`,
        workspaces: { home: scene.home },
        identity: scene.processes.identity(`host/1/-/0/${name}`),
        closeGraceMs: 1,
        executions: { onError: () => undefined },
      }),
    );
    storage = new FailingStorage({ folder: join(scene.home, 'files') });
    container.rebind(TOKENS.FileStorage).toConstantValue(storage);
    const waymark = await container.getAsync(TOKENS.Waymark);
    opened.push(waymark);
    return waymark;
  };

  beforeEach(() => {
    scene = new WorkspaceScene(BEGUN);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((waymark) => waymark.close().catch(() => undefined)));
    await scene.close();
  });

  it('is rolled back though its files can not be put back: that they are to be is durable, and the next start does it', async () => {
    const one = await open('one');
    const run = await one.executions.start(writing(scene.source));
    await run.result();
    const target = await checkpointOf(one, run.id, 'a');
    storage.failing = 'checkout';
    await expect(one.executions.rollback(run.id, target)).rejects.toMatchObject({ code: 'WAYMARK_FILE_STORAGE_FULL' });
    expect(await one.executions.get(run.id)).toMatchObject({ status: 'paused', headCheckpointId: target });
    expect(await one.workspaces.ofExecution(run.id)).toMatchObject({ pendingRestore: { checkpointId: target } });
    const types = (await one.log.query({}, { limit: 500 })).map(({ event }) => event.type);
    expect(types).toContain('workspace.restore_failed');
    await expect(one.executions.resume(run.id)).rejects.toMatchObject({ code: 'WAYMARK_FILE_STORAGE_FULL' });
    scene.processes.kill('host/1/-/0/one');
    const two = await open('two');
    expect(await two.workspaces.ofExecution(run.id)).toMatchObject({ pendingRestore: null });
    expect(await filesOf(two, run.id)).toStrictEqual({ ...BEGUN, 'a.txt': 'a' });
  });

  it('stops where its files can not be kept, and goes on from the checkpoint before when they can', async () => {
    const one = await open('one');
    const workflow = writing(scene.source, {
      nodes: {
        ok: approval(),
        w: task((context) => {
          writeFileSync(join(place(context), 'w.txt'), 'w');
          if (context.attempt === 1) storage.failing = 'snapshot';
          return {};
        }),
      },
      edges: { ok: 'w' },
    });
    const run = await one.executions.start(workflow);
    await run.result();
    const { run: goesOn } = await one.executions.approve(run.id);
    await expect(goesOn?.result()).rejects.toMatchObject({ code: 'WAYMARK_FILE_STORAGE_FULL' });
    const failed = (await one.log.query({}, { limit: 500 })).find(({ event }) => event.type === 'file.tracking_failed');
    expect(failed?.event.payload).toMatchObject({ error: { code: 'WAYMARK_FILE_STORAGE_FULL' } });
    expect(await one.executions.get(run.id)).toMatchObject({ status: 'running' });
    storage.failing = undefined;
    const again = await one.executions.resume(run.id);
    expect(await again.result()).toMatchObject({ status: 'completed' });
    expect(await filesOf(one, run.id)).toStrictEqual({ ...BEGUN, 'w.txt': 'w' });
  });

  it('leaves no folder behind when its first files can not be kept', async () => {
    const one = await open('one');
    storage.failing = 'snapshot';
    await expect(one.executions.start(writing(scene.source))).rejects.toMatchObject({
      code: 'WAYMARK_FILE_STORAGE_FULL',
    });
    expect(readdirSync(join(scene.home, 'workspaces'))).toStrictEqual([]);
    expect(await one.workspaces.list()).toStrictEqual([]);
    expect(await one.executions.list()).toStrictEqual([]);
  });

  it('is refused to whoever would work in the same workspace while it runs', async () => {
    const one = await open('one');
    const workflow = writing(scene.source, { nodes: { ok: approval() }, edges: {} });
    const run = await one.executions.start(workflow);
    await run.result();
    const workspace = await one.workspaces.ofExecution(run.id);
    const two = await open('two');
    await two.workspaces.activate(workspace?.id ?? '');
    await expect(
      one.executions.rollback(run.id, (await one.executions.get(run.id)).headCheckpointId),
    ).rejects.toMatchObject({
      code: 'WAYMARK_WORKSPACE_LOCKED',
    });
    await two.workspaces.deactivate(workspace?.id ?? '');
    await one.executions.cancel(run.id, { reason: 'enough' });
    expect(await one.workspaces.get(workspace?.id ?? '')).toMatchObject({ status: 'preserved' });
    expect(existsSync(workspace?.path ?? '')).toBe(true);
  });
});
