import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approval, defineWorkflow, task, type Waymark, type Workflow } from '../../../src/index.js';
import { caughtWaymark } from '../../support/caught.js';
import { deferred, type Deferred, settle } from '../../support/deferred.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { checkpointOf, filesOf, place, WorkspaceScene, writing } from '../../support/workspace-scene.js';

const WAIT_MS = 30_000;

/** Work that does not look at its signal: it writes when the test lets it, and ends then. */
class Stubborn {
  readonly begun = deferred();
  readonly end: Deferred = deferred();

  async work(folder: string): Promise<object> {
    this.begun.resolve();
    await this.end.promise;
    writeFileSync(join(folder, 'late.txt'), 'late');
    return {};
  }
}

describe('work that goes on in a workspace though nobody listens to it', () => {
  let scene: WorkspaceScene;
  let stubborn: Stubborn;
  beforeEach(() => {
    scene = new WorkspaceScene({ 'kept.txt': 'kept' });
    stubborn = new Stubborn();
  });
  afterEach(async () => {
    stubborn.end.resolve();
    await scene.close();
  });

  const workflow = (keep: 'always' | 'never' = 'always'): Workflow =>
    defineWorkflow({
      id: 'stubborn',
      version: '1',
      workspace: { from: { folder: scene.source }, keep },
      nodes: {
        first: task((context) => {
          writeFileSync(join(place(context), 'first.txt'), 'first');
          return {};
        }),
        slow: task((context) => stubborn.work(place(context))),
      },
      edges: { first: 'slow' },
    });

  const cancelled = async (waymark: Waymark, keep?: 'always' | 'never'): Promise<string> => {
    const run = await waymark.executions.start(workflow(keep));
    await stubborn.begun.promise;
    expect(await waymark.executions.cancel(run.id, { reason: 'enough' })).toMatchObject({ status: 'cancelled' });
    return run.id;
  };

  const told = async (waymark: Waymark): Promise<readonly string[]> =>
    (await waymark.log.query({}, { limit: 500 })).map(({ event }) => event.type);

  const gone = (waymark: Waymark, type: 'workspace.deactivated' | 'workspace.cleaned_up'): Promise<void> =>
    new Promise((resolve) => {
      waymark.bus.subscribe(type, () => resolve());
    });

  it('keeps its workspace locked when it is cancelled: that is left, and concluded, as soon as the work has settled', async () => {
    const waymark = await scene.open();
    const cleaned = gone(waymark, 'workspace.cleaned_up');
    const id = await cancelled(waymark, 'never');
    const workspace = await waymark.workspaces.ofExecution(id);
    await settle();
    expect(await told(waymark)).not.toContain('workspace.deactivated');
    expect(workspace).toMatchObject({ status: 'open' });
    expect(await waymark.workspaces.inspect(workspace?.id ?? '')).toMatchObject({ lock: { pid: 1 } });
    stubborn.end.resolve();
    await cleaned;
    expect((await told(waymark)).slice(-3)).toStrictEqual([
      'execution.cancelled',
      'workspace.deactivated',
      'workspace.cleaned_up',
    ]);
    expect(await waymark.workspaces.ofExecution(id)).toBeUndefined();
    await waymark.close();
    // The folder was removed after the last that was written to it.
    expect(existsSync(workspace?.path ?? '')).toBe(false);
    expect(existsSync(`${workspace?.path ?? ''}.lock`)).toBe(false);
  });

  it.each(['rollback', 'another workspace'] as const)('is waited for by %s', async (verb) => {
    const waymark = await scene.open();
    const id = await cancelled(waymark);
    const { id: workspaceId = '' } = (await waymark.workspaces.ofExecution(id)) ?? {};
    let isDone = false;
    const target = await checkpointOf(waymark, id, 'first');
    const doing = (
      verb === 'rollback'
        ? waymark.executions.rollback(id, target)
        : waymark.workspaces.create({ from: { workspaceId } })
    ).then(() => (isDone = true));
    // Long enough for whoever would not wait.
    await (
      await waymark.executions.start(writing(scene.source, { edges: {}, nodes: { a: task(() => ({})) } }))
    ).result();
    expect(isDone).toBe(false);
    stubborn.end.resolve();
    await doing;
    const files = { 'kept.txt': 'kept', 'first.txt': 'first' };
    expect(await filesOf(waymark, id)).toStrictEqual(verb === 'rollback' ? files : { ...files, 'late.txt': 'late' });
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('is not met by whoever can not wait so long: nothing is changed, and it is done when the work has settled', async () => {
    const scheduler = new ManualScheduler();
    const waymark = await scene.open('one', { scheduler });
    const id = await cancelled(waymark);
    const target = await checkpointOf(waymark, id, 'first');
    const { version } = await waymark.executions.get(id);
    const asked = scheduler.asked.length;
    const rollback = waymark.executions.rollback(id, target);
    const refused = caughtWaymark(rollback);
    await scheduler.untilAsked(asked + 1);
    expect(scheduler.asked.at(-1)).toBe(WAIT_MS);
    scheduler.elapse();
    expect(await refused).toMatchObject({
      code: 'WAYMARK_WORK_GOES_ON',
      message: expect.stringContaining(`slow of execution ${id}`) as string,
      details: { work: [`slow of execution ${id}`] },
    });
    expect(await waymark.executions.get(id)).toMatchObject({ version, status: 'cancelled' });
    const { id: workspaceId = '' } = (await waymark.workspaces.ofExecution(id)) ?? {};
    await expect(waymark.workspaces.remove(workspaceId)).rejects.toMatchObject({ code: 'WAYMARK_WORK_GOES_ON' });
    stubborn.end.resolve();
    await waymark.executions.rollback(id, target);
    expect(await filesOf(waymark, id)).toStrictEqual({ 'kept.txt': 'kept', 'first.txt': 'first' });
  });

  it('is not waited for for ever when Waymark is closed: the lock stays, and is taken over when the process is gone', async () => {
    const one = await scene.open('one');
    const id = await cancelled(one);
    const { path = '' } = (await one.workspaces.ofExecution(id)) ?? {};
    await one.close();
    expect(existsSync(`${path}.lock`)).toBe(true);
    const two = await scene.open('two');
    expect(await told(two)).not.toContain('workspace.deactivated');
    expect(await two.workspaces.ofExecution(id)).toMatchObject({ status: 'open' });
    two.executions.register(workflow());
    await two.executions.rollback(id, await checkpointOf(two, id, 'first'));
    expect(await filesOf(two, id)).toStrictEqual({ 'kept.txt': 'kept', 'first.txt': 'first' });
  });

  it('that stops in time when Waymark is closed lets it leave the workspace', async () => {
    const waymark = await scene.open('one', { closeGraceMs: 10_000 });
    const id = await cancelled(waymark);
    const { path = '' } = (await waymark.workspaces.ofExecution(id)) ?? {};
    const closing = waymark.close();
    await settle();
    expect(existsSync(`${path}.lock`)).toBe(true);
    stubborn.end.resolve();
    await closing;
    expect(existsSync(`${path}.lock`)).toBe(false);
    expect(await told(await scene.open('two'))).toContain('workspace.deactivated');
  });

  describe('after its time was up', () => {
    const attempts: number[] = [];
    const overdue = (): Workflow =>
      defineWorkflow({
        id: 'overdue',
        version: '1',
        workspace: { from: { folder: scene.source }, keep: 'always' },
        nodes: {
          slow: task({
            timeoutMs: 100,
            retry: { attempts: 2 },
            run: async ({ attempt, workspace }) => {
              attempts.push(attempt);
              return attempt === 1 && workspace !== undefined ? stubborn.work(workspace.path) : {};
            },
          }),
        },
        edges: {},
      });
    beforeEach(() => {
      attempts.length = 0;
    });

    it('is waited for before the next attempt begins', async () => {
      const scheduler = new ManualScheduler();
      const waymark = await scene.open('one', { scheduler });
      const run = await waymark.executions.start(overdue());
      await stubborn.begun.promise;
      const asked = scheduler.asked.length;
      scheduler.elapse();
      await scheduler.untilAsked(asked + 1);
      expect(scheduler.asked.at(-1)).toBe(WAIT_MS);
      await settle();
      expect(attempts).toStrictEqual([1]);
      stubborn.end.resolve();
      expect(await run.result()).toMatchObject({ status: 'completed' });
      expect(attempts).toStrictEqual([1, 2]);
    });

    it('fails its node where it does not settle, without another attempt', async () => {
      const scheduler = new ManualScheduler();
      const waymark = await scene.open('one', { scheduler });
      const run = await waymark.executions.start(overdue());
      await stubborn.begun.promise;
      const asked = scheduler.asked.length;
      scheduler.elapse();
      await scheduler.untilAsked(asked + 1);
      scheduler.elapse();
      expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_WORK_GOES_ON' } });
      expect(attempts).toStrictEqual([1]);
      expect(await told(waymark)).toContain('node.timed_out');
    });

    it('is waited for before another try of a compensation', async () => {
      const scheduler = new ManualScheduler();
      const waymark = await scene.open('one', { scheduler });
      const undo = defineWorkflow({
        id: 'undo',
        version: '1',
        workspace: { from: { folder: scene.source }, keep: 'always' },
        nodes: {
          a: task({
            run: () => ({}),
            compensate: {
              timeoutMs: 100,
              retry: { attempts: 2 },
              run: async ({ attempt, workspace }) => {
                attempts.push(attempt);
                if (attempt === 1) await stubborn.work(workspace?.path ?? '');
              },
            },
          }),
          ok: approval(),
        },
        edges: { a: 'ok' },
      });
      const run = await waymark.executions.start(undo);
      await run.result();
      const [first] = await waymark.checkpoints.list(run.id);
      const rollback = waymark.executions.rollback(run.id, first?.id ?? '');
      await stubborn.begun.promise;
      const asked = scheduler.asked.length;
      scheduler.elapse();
      await scheduler.untilAsked(asked + 1);
      expect(scheduler.asked.at(-1)).toBe(WAIT_MS);
      await settle();
      expect(attempts).toStrictEqual([1]);
      stubborn.end.resolve();
      await rollback;
      expect(attempts).toStrictEqual([1, 2]);
      expect(await filesOf(waymark, run.id)).toStrictEqual({ 'kept.txt': 'kept' });
    });
  });
});
