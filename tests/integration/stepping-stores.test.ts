import type { Store, Waymark, Workflow } from '../../src/index.js';
import { settle } from '../support/deferred.js';
import { openWaymark } from '../support/open-waymark.js';
import { Processes } from '../support/processes.js';
import { UNOPENED_STORES } from '../support/stores.js';
import { chain } from '../support/workflows.js';

const hang = (): Promise<never> => new Promise(() => undefined);

describe.each(UNOPENED_STORES)('when a process dies, %s', (_, make) => {
  let store: Store;
  let remove: (() => unknown) | undefined;
  let processes: Processes;
  let dead: Waymark;

  beforeEach(async () => {
    const made = await make();
    store = made.store;
    ({ remove } = made);
    processes = new Processes();
    dead = await openWaymark({ identity: processes.identity('host/1') }, store);
  });
  afterEach(async () => {
    await store.close();
    await remove?.();
  });

  /** The process that comes after the one that is gone. */
  async function revive(workflow: Workflow): Promise<Waymark> {
    await settle();
    processes.kill('host/1');
    const alive = await openWaymark({ identity: processes.identity('host/2') }, store);
    alive.executions.register(workflow);
    return alive;
  }

  it('at a breakpoint, another one finds the execution as it stood', async () => {
    const breakpoints = [
      { node: 'b', if: 'state.a == 1' },
      { node: 'b', when: 'after' as const },
    ];
    const run = await dead.executions.start(chain(), {}, { breakpoints });
    await run.result();
    const alive = await revive(chain());
    expect(await alive.executions.inspect(run.id)).toMatchObject({ status: 'paused', ready: ['b'], state: { a: 1 } });
    expect(await (await alive.executions.resume(run.id)).result()).toMatchObject({ nextNodeIds: ['c'] });
    expect(await (await alive.executions.step(run.id)).result()).toMatchObject({ status: 'completed' });
  });

  it('within a step, another one repeats the node, and stops where the step would have', async () => {
    const run = await dead.executions.start(chain({ b: hang }), {}, { breakpoints: ['b'] });
    await run.result();
    await dead.executions.step(run.id);
    const attempts: number[] = [];
    const alive = await revive(chain({ b: ({ attempt }) => void attempts.push(attempt) }));
    const taken = await alive.executions.resume(run.id);
    expect(await taken.result()).toMatchObject({ status: 'paused', reason: 'breakpoint', nextNodeIds: ['c'] });
    expect(attempts).toStrictEqual([2]);
    expect((await alive.executions.get(run.id)).breakpoints).toStrictEqual(['b']);
  });

  it('within a step, whoever recovers what was left stops there too', async () => {
    const run = await dead.executions.start(chain({ b: hang }), {}, { breakpoints: ['b'] });
    await run.result();
    await dead.executions.step(run.id);
    const alive = await revive(chain());
    const [recovered] = await alive.executions.recover();
    expect(recovered).toMatchObject({ executionId: run.id, action: 'taken-over' });
    if (recovered?.action === 'taken-over') await recovered.handle?.result();
    const stood = await alive.executions.inspect(run.id);
    expect(stood).toMatchObject({ status: 'paused', reason: 'breakpoint', ready: ['c'], breakpoints: ['b'] });
  });
});
