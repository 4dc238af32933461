import {
  type Recovery,
  type RecoverOptions,
  WaymarkError,
  type Waymark,
  type WaymarkConfig,
} from '../../../src/index.js';
import { codeOf } from '../../support/caught.js';
import { deferred, settle } from '../../support/deferred.js';
import { FaultyStore, storeBroken } from '../../support/faulty-store.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { openWaymark } from '../../support/open-waymark.js';
import { Processes } from '../../support/processes.js';
import { chain, diamond, workflow } from '../../support/workflows.js';

const never = (): Promise<never> => new Promise(() => undefined);

/** What became of each, without its handle and its error. */
function told(recovered: readonly Recovery[]): readonly (readonly [id: string, action: string])[] {
  return recovered.map(({ executionId, action }) => [executionId, action]);
}

/** Lets everything that was taken up come to its end. */
async function ends(recovered: readonly Recovery[]): Promise<readonly string[]> {
  const handles = recovered.flatMap((one) => (one.action === 'left' || one.handle === undefined ? [] : [one.handle]));
  return Promise.all(handles.map(async (handle) => (await handle.result()).status));
}

/** A store with executions of a process that was killed in the middle of b, and a process that is there. */
async function afterKill(ids: readonly string[], config: Partial<WaymarkConfig> = {}) {
  const store = new FaultyStore();
  const processes = new Processes();
  const dead = await openWaymark({ identity: processes.identity('dead') }, store);
  for (const executionId of ids) {
    const run = await dead.executions.start(chain({ b: never }), {}, { executionId });
    run.result().catch(() => undefined);
  }
  await settle();
  processes.kill('dead');
  const alive = await openWaymark({ identity: processes.identity('alive'), ...config }, store);
  return { store, processes, alive };
}

describe('recover', () => {
  it('takes over what processes have left that are gone, and gives the handles', async () => {
    const { alive, processes, store } = await afterKill(['one', 'two', 'three']);
    const other = await openWaymark({ identity: processes.identity('other') }, store);
    const theirs = await other.executions.start(chain({ b: never }), {}, { executionId: 'run by another' });
    theirs.result().catch(() => undefined);
    alive.executions.register(chain());
    const recovered = await alive.executions.recover({ actor: 'user:ada' });
    expect(told(recovered)).toStrictEqual([
      ['one', 'taken-over'],
      ['three', 'taken-over'],
      ['two', 'taken-over'],
    ]);
    expect(await ends(recovered)).toStrictEqual(['completed', 'completed', 'completed']);
    expect(await alive.executions.recover()).toStrictEqual([]);
    const [entry] = await alive.log.query({ executionId: 'one', types: ['execution.recovered'] });
    expect(entry?.event.context.actor).toBe('user:ada');
    expect((await alive.log.verify()).verdict).toBe('ok');
  });

  it('leaves what it has no workflow for, with the reason, and takes up the others', async () => {
    const { alive, store, processes } = await afterKill(['a']);
    const dead = await openWaymark({ identity: processes.identity('dead too') }, store);
    const run = await dead.executions.start(diamond({ left: never }), {}, { executionId: 'b' });
    run.result().catch(() => undefined);
    await settle();
    processes.kill('dead too');
    alive.executions.register(diamond());
    const recovered = await alive.executions.recover({ limit: 1 });
    expect(recovered[0]).toMatchObject({
      executionId: 'a',
      action: 'left',
      reason: expect.stringContaining('whose code is not loaded'),
      error: { code: 'WAYMARK_WORKFLOW_NOT_REGISTERED' },
    });
    expect(told(recovered.slice(1))).toStrictEqual([['b', 'taken-over']]);
    expect(await ends(recovered)).toStrictEqual(['completed']);
    expect(await alive.executions.get('a')).toMatchObject({ status: 'running', owner: 'dead' });
  });

  it('leaves what began on another definition', async () => {
    const { alive } = await afterKill(['a']);
    alive.executions.register(workflow('chain', ['a', 'b'], { a: 'b' }));
    expect(await alive.executions.recover()).toMatchObject([
      { action: 'left', error: { code: 'WAYMARK_WORKFLOW_CHANGED' } },
    ]);
  });

  it('takes up no more than it is asked to', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `run-${String(index).padStart(2, '0')}`);
    const { alive } = await afterKill(ids);
    alive.executions.register(chain());
    const recovered = await alive.executions.recover({ limit: 11 });
    expect(told(recovered).map(([id]) => id)).toStrictEqual(ids.slice(0, 11));
    await ends(recovered);
    expect(told(await alive.executions.recover({ limit: 11 })).map(([id]) => id)).toStrictEqual(ids.slice(11));
  });

  it('takes up nothing more when its signal aborts', async () => {
    const { alive } = await afterKill(['a', 'b']);
    alive.executions.register(chain());
    expect(await alive.executions.recover({ signal: AbortSignal.abort() })).toStrictEqual([]);
    expect(told(await alive.executions.recover())).toHaveLength(2);
  });

  it('gives each execution to one of several that take up at once', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `run-${String(index).padStart(2, '0')}`);
    const { alive, store, processes } = await afterKill(ids);
    const others = await Promise.all(
      ['second', 'third'].map((self) => openWaymark({ identity: processes.identity(self) }, store)),
    );
    const done: string[] = [];
    const all: readonly Waymark[] = [alive, ...others];
    for (const waymark of all) {
      waymark.executions.register(chain({ b: ({ executionId }) => void done.push(executionId) }));
    }
    const recovered = (await Promise.all(all.map((waymark) => waymark.executions.recover()))).flat();
    await ends(recovered);
    const taken = recovered.filter(({ action }) => action === 'taken-over').map(({ executionId }) => executionId);
    expect(taken.toSorted()).toStrictEqual(ids);
    const left = recovered.flatMap((one) => (one.action === 'left' ? [one.error] : []));
    expect(left).toMatchObject(left.map(() => ({ code: 'WAYMARK_VERSION_CONFLICT' })));
    expect(done.toSorted()).toStrictEqual(ids);
    expect((await alive.log.verify()).verdict).toBe('ok');
  });

  it('says when the store can not be asked', async () => {
    const { alive, store } = await afterKill(['a']);
    store.executions.owners = () => Promise.reject(storeBroken());
    expect(await codeOf(alive.executions.recover())).toBe('WAYMARK_STORE_FAILED');
  });

  it('leaves what can not be read, and goes on with the next', async () => {
    const { alive, store } = await afterKill(['a', 'b']);
    alive.executions.register(chain());
    const find = store.executions.find.bind(store.executions);
    store.executions.find = (id, ...more) =>
      id === 'a' ? Promise.reject(new WaymarkError('WAYMARK_STORE_CORRUPT', 'It is damaged.')) : find(id, ...more);
    const recovered = await alive.executions.recover();
    expect(told(recovered)).toStrictEqual([
      ['a', 'left'],
      ['b', 'taken-over'],
    ]);
    expect(await ends(recovered)).toStrictEqual(['completed']);
  });

  it.each([
    [{ limit: 0 }, 'WAYMARK_INVALID_ARGUMENT'],
    [{ limit: '5' as unknown as number }, 'WAYMARK_INVALID_ARGUMENT'],
    [{ force: true }, 'WAYMARK_INVALID_ARGUMENT'],
  ])('refuses %j', async (options, code) => {
    const { alive } = await afterKill([]);
    expect(await codeOf(alive.executions.recover(options as RecoverOptions))).toBe(code);
  });
});

describe('recoverEveryMs', () => {
  async function recovering(ids: readonly string[]) {
    const scheduler = new ManualScheduler();
    const errors: unknown[] = [];
    const executions = { recoverEveryMs: 5_000, onError: (error: unknown) => errors.push(error) };
    return { scheduler, errors, ...(await afterKill(ids, { scheduler, executions })) };
  }

  it('takes up what is left behind, time after time, until it is closed', async () => {
    const { alive, scheduler, store, processes } = await recovering(['a']);
    const completed = deferred();
    alive.bus.subscribe('execution.completed', () => completed.resolve());
    alive.executions.register(chain());
    expect(scheduler.asked).toStrictEqual([5_000]);
    scheduler.elapse();
    await completed.promise;
    expect(await alive.executions.get('a')).toMatchObject({ status: 'completed' });
    await scheduler.untilAsked(2);
    await alive.close();
    expect(scheduler.asked.filter((ms) => ms === 5_000)).toHaveLength(2);
    const next = await openWaymark({ identity: processes.identity('next') }, store);
    expect(await next.executions.recover()).toStrictEqual([]);
  });

  it('tells of what fails, of each execution once, and goes on', async () => {
    const { alive, scheduler, errors, store } = await recovering(['a', 'b']);
    alive.executions.register(workflow('chain', ['a', 'b'], { a: 'b' }));
    for (let round = 1; round <= 3; round += 1) {
      scheduler.elapse();
      await scheduler.untilAsked(round + 1);
    }
    expect(errors).toMatchObject([{ code: 'WAYMARK_WORKFLOW_CHANGED' }, { code: 'WAYMARK_WORKFLOW_CHANGED' }]);
    const owners = store.executions.owners.bind(store.executions);
    store.executions.owners = () => Promise.reject(storeBroken());
    scheduler.elapse();
    await scheduler.untilAsked(5);
    expect(errors.slice(2)).toStrictEqual([storeBroken()]);
    store.executions.owners = owners;
    const completed = deferred();
    alive.bus.subscribe('execution.completed', () => completed.resolve());
    alive.executions.register(chain());
    scheduler.elapse();
    await completed.promise;
  });

  it('says nothing of workflows of others', async () => {
    const { scheduler, errors } = await recovering(['a']);
    scheduler.elapse();
    await scheduler.untilAsked(2);
    expect(errors).toStrictEqual([]);
  });
});
