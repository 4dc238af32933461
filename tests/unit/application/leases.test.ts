import type { ExecutionsConfig, NodeContext, Waymark } from '../../../src/index.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { deferred, settle } from '../../support/deferred.js';
import { FakeClock } from '../../support/fake-clock.js';
import { FaultyStore, storeBroken } from '../../support/faulty-store.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { openWaymark } from '../../support/open-waymark.js';
import { Processes } from '../../support/processes.js';
import { chain, diamond } from '../../support/workflows.js';

const LEASE_MS = 30_000;
const THIRD_MS = 10_000;

/** A process: time passes for all of them alike, and each learns of it when the test lets it. */
interface Process {
  readonly waymark: Waymark;
  readonly scheduler: ManualScheduler;
}

class World {
  readonly clock = new FakeClock();
  readonly store = new FaultyStore();
  readonly processes = new Processes();
  /** Each renewal: how many executions it was for. */
  readonly renewals: number[] = [];

  constructor() {
    const renew = this.store.executions.renewLeases.bind(this.store.executions);
    this.store.executions.renewLeases = (renewal, scope) => {
      this.renewals.push(renewal.executionIds.length);
      return renew(renewal, scope);
    };
  }

  async start(self: string): Promise<Process> {
    const scheduler = new ManualScheduler();
    const identity = this.processes.identity(self);
    const { clock } = this;
    return { scheduler, waymark: await openWaymark({ scheduler, identity, clock }, this.store) };
  }

  /** Lets time pass, and a process find out. */
  async pass(ms: number, { scheduler }: Process): Promise<void> {
    this.clock.advance(ms);
    scheduler.elapse();
    await settle();
  }

  now(laterMs = 0): string {
    return new Date(this.clock.now() + laterMs).toISOString();
  }
}

/** A run of a → b → c whose b goes on until it is let go on. */
async function hanging({ waymark }: Process, executionId: string) {
  const contexts: NodeContext[] = [];
  const going = deferred();
  const work = async (context: NodeContext): Promise<void> => {
    contexts.push(context);
    await going.promise;
  };
  const run = await waymark.executions.start(chain({ b: work }), {}, { executionId });
  run.result().catch(() => undefined);
  await settle();
  return { run, contexts, going };
}

describe('the lease of an execution', () => {
  it('is given with its first step, and its nodes know the fence', async () => {
    const world = new World();
    const { contexts } = await hanging(await world.start('first'), 'run');
    expect(await world.store.executions.find('run')).toMatchObject({
      owner: 'first',
      fence: 1,
      leaseExpiresAt: world.now(LEASE_MS),
    });
    expect(contexts).toMatchObject([{ fencingToken: 1 }]);
  });

  it('lasts as long as leaseMs says', async () => {
    const waymark = await openWaymark({ executions: { leaseMs: 1_000 }, clock: new FakeClock(0) });
    await waymark.executions.start(chain({ b: () => new Promise(() => undefined) }), {}, { executionId: 'run' });
    expect((await waymark.executions.get('run')).leaseExpiresAt).toBe(new Date(1_000).toISOString());
  });

  it('is renewed when a third has passed, for all that an instance runs in one statement, without a new version', async () => {
    const world = new World();
    const process = await world.start('first');
    for (const id of ['a', 'b', 'c']) await hanging(process, id);
    const before = await world.store.executions.find('b');
    await world.pass(THIRD_MS - 1, process);
    expect(world.renewals).toStrictEqual([]);
    await world.pass(1, process);
    expect(world.renewals).toStrictEqual([3]);
    expect(await world.store.executions.find('b')).toStrictEqual({ ...before, leaseExpiresAt: world.now(LEASE_MS) });
    for (let times = 2; times <= 10; times += 1) await world.pass(THIRD_MS, process);
    expect(world.renewals).toHaveLength(10);
    expect(await world.store.executions.find('c')).toMatchObject({ leaseExpiresAt: world.now(LEASE_MS) });
  });

  it('is renewed with a step, and is nobody’s when the execution stands still or has ended', async () => {
    const world = new World();
    const process = await world.start('first');
    const { run, going } = await hanging(process, 'run');
    await world.pass(THIRD_MS / 2, process);
    world.clock.advance(THIRD_MS);
    going.resolve();
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(await world.store.executions.find('run')).toMatchObject({ owner: null, leaseExpiresAt: null, fence: 1 });
    const { waymark } = process;
    await (await waymark.executions.start(chain(), {}, { executionId: 'paused', breakpoints: ['b'] })).result();
    expect(await world.store.executions.find('paused')).toMatchObject({ owner: null, leaseExpiresAt: null, fence: 1 });
    await (await waymark.executions.resume('paused', { breakpoints: [] })).result();
    expect(await world.store.executions.find('paused')).toMatchObject({ leaseExpiresAt: null, fence: 2 });
    expect(world.renewals).toStrictEqual([]);
  });

  it('has no timer while nothing runs', async () => {
    const world = new World();
    const process = await world.start('first');
    const { run, going } = await hanging(process, 'run');
    going.resolve();
    await run.result();
    await world.pass(THIRD_MS, process);
    const asked = process.scheduler.askedIdly.length;
    await world.pass(LEASE_MS, process);
    expect(process.scheduler.askedIdly).toHaveLength(asked);
    expect(world.renewals).toStrictEqual([]);
  });

  it('that can not be renewed before it ends stops the work, and leaves the execution as it was committed', async () => {
    const world = new World();
    const process = await world.start('first');
    const { run, contexts } = await hanging(process, 'run');
    const committed = await world.store.executions.find('run');
    world.store.unitOfWork.fails = () => true;
    world.store.unitOfWork.error = storeBroken;
    await world.pass(THIRD_MS, process);
    await world.pass(THIRD_MS, process);
    expect(contexts[0]?.signal.aborted).toBe(false);
    await world.pass(THIRD_MS - 1, process);
    expect(contexts[0]?.signal.aborted).toBe(false);
    await world.pass(1, process);
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'WAYMARK_LEASE_LOST' });
    const lost = await caughtWaymark(run.result());
    expect([lost.code, lost.details, lost.cause]).toStrictEqual([
      'WAYMARK_LEASE_LOST',
      { executionId: 'run', leaseMs: LEASE_MS },
      storeBroken(),
    ]);
    expect(await world.store.executions.find('run')).toStrictEqual(committed);
  });

  it('that fails to be renewed is tried again soon, and kept when that works', async () => {
    const world = new World();
    const process = await world.start('first');
    const { contexts } = await hanging(process, 'run');
    world.store.unitOfWork.fails = () => true;
    await world.pass(THIRD_MS, process);
    world.store.unitOfWork.fails = () => false;
    await world.pass(THIRD_MS / 5, process);
    expect(world.renewals).toStrictEqual([1, 1]);
    expect(await world.store.executions.find('run')).toMatchObject({ leaseExpiresAt: world.now(LEASE_MS) });
    await world.pass(THIRD_MS, process);
    await world.pass(THIRD_MS, process);
    await world.pass(THIRD_MS, process);
    expect(contexts[0]?.signal.aborted).toBe(false);
  });

  it('does not stop a step that waits for the store: its version tells whether somebody was faster', async () => {
    const world = new World();
    const process = await world.start('first');
    const { run, going } = await hanging(process, 'run');
    world.store.unitOfWork.fails = () => true;
    going.resolve();
    await process.scheduler.untilAsked(1);
    await world.pass(LEASE_MS + 1, process);
    world.store.unitOfWork.fails = () => false;
    process.scheduler.elapse();
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect((await process.waymark.log.verify()).verdict).toBe('ok');
  });
});

describe('an execution whose lease has expired', () => {
  /** A run whose process is stopped for longer than the lease, and is not gone. */
  async function stopped() {
    const world = new World();
    const first = await world.start('first');
    const hung = await hanging(first, 'run');
    const second = await world.start('second');
    const again: NodeContext[] = [];
    second.waymark.executions.register(chain({ b: (context) => void again.push(context) }));
    return { world, first, second, again, ...hung };
  }

  it('is taken over, with the next fence: its owner may be on another machine', async () => {
    const { world, second, again } = await stopped();
    world.clock.advance(LEASE_MS - 1);
    expect(await second.waymark.executions.recover()).toStrictEqual([]);
    expect(await codeOf(second.waymark.executions.resume('run'))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    world.clock.advance(1);
    expect(second.waymark.executions.isOrphan(await second.waymark.executions.get('run'))).toBe(true);
    const [recovered] = await second.waymark.executions.recover();
    expect(recovered).toMatchObject({ executionId: 'run', action: 'taken-over' });
    expect(recovered?.action === 'left' ? undefined : await recovered?.handle?.result()).toMatchObject({
      status: 'completed',
    });
    expect(again).toMatchObject([{ occurrence: 1, attempt: 2, fencingToken: 2, idempotencyKey: 'run/b/1' }]);
  });

  it('is not written to by the one that comes back, whose work is stopped', async () => {
    const world = new World();
    const [first, second] = [await world.start('first'), await world.start('second')];
    const contexts: NodeContext[] = [];
    const going = deferred();
    const left = async (context: NodeContext): Promise<void> => {
      contexts.push(context);
      await going.promise;
    };
    const right = (context: NodeContext): Promise<never> => {
      contexts.push(context);
      return new Promise(() => undefined);
    };
    const run = await first.waymark.executions.start(diamond({ left, right }), {}, { executionId: 'run' });
    run.result().catch(() => undefined);
    await settle();
    second.waymark.executions.register(diamond());
    world.clock.advance(LEASE_MS);
    expect(await second.waymark.executions.recover()).toMatchObject([{ action: 'taken-over' }]);
    await settle();
    const done = await second.waymark.executions.get('run');
    expect(done.status).toBe('completed');
    const { size } = await second.waymark.log.head();
    // It is the end of the stop: what the work says is heard before any timer.
    contexts[0]?.progress(0.9, 'nearly');
    going.resolve();
    expect(await codeOf(run.result())).toBe('WAYMARK_VERSION_CONFLICT');
    expect(contexts[1]?.signal.aborted).toBe(true);
    first.scheduler.elapse();
    await settle();
    expect(await second.waymark.executions.get('run')).toStrictEqual(done);
    expect((await second.waymark.log.head()).size).toBe(size);
    expect((await second.waymark.log.verify()).verdict).toBe('ok');
  });

  it('stops the work of the one that comes back, too, when its timer is first', async () => {
    const { world, first, second, run, contexts } = await stopped();
    world.clock.advance(LEASE_MS);
    await second.waymark.executions.recover();
    await world.pass(0, first);
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'WAYMARK_LEASE_LOST' });
    expect(await codeOf(run.result())).toBe('WAYMARK_LEASE_LOST');
  });

  it('is left to its owner where that one renews it while it is being taken over', async () => {
    const { world, second, contexts } = await stopped();
    world.clock.advance(LEASE_MS);
    const { executions, unitOfWork } = world.store;
    const find = executions.find.bind(executions);
    let looked = 0;
    executions.find = async (...args: Parameters<typeof find>) => {
      const found = await find(...args);
      looked += 1;
      // Between the first look and the transaction.
      if (looked === 2) {
        const renewal = { owner: 'first', executionIds: ['run'], expiresAt: world.now(LEASE_MS) };
        await unitOfWork.run((scope) => executions.renewLeases(renewal, scope));
      }
      return found;
    };
    const [left] = await second.waymark.executions.recover();
    expect(left).toMatchObject({ action: 'left', error: { code: 'WAYMARK_VERSION_CONFLICT' } });
    expect(contexts[0]?.signal.aborted).toBe(false);
    expect(await find('run')).toMatchObject({ owner: 'first', fence: 1 });
  });
});

it('an owner from whom an execution was taken learns of it with the next renewal, and stops its work', async () => {
  const world = new World();
  const [first, second] = [await world.start('first'), await world.start('second')];
  const { run, contexts } = await hanging(first, 'run');
  const other = await hanging(first, 'other');
  second.waymark.executions.register(chain({ b: () => new Promise(() => undefined) }));
  await second.waymark.executions.resume('run', { takeOver: true });
  await world.pass(THIRD_MS, first);
  expect(contexts[0]?.signal.reason).toMatchObject({ code: 'WAYMARK_LEASE_LOST' });
  expect(await codeOf(run.result())).toBe('WAYMARK_LEASE_LOST');
  expect(other.contexts[0]?.signal.aborted).toBe(false);
  expect(await world.store.executions.find('run')).toMatchObject({ owner: 'second', fence: 2 });
});

it.each([
  [{ leaseMs: 0 }, 'leaseMs of executions'],
  [{ leaseMs: 1.5 }, 'leaseMs of executions'],
  [{ leaseMs: 99 }, 'leaseMs of executions'],
  [{ leaseMs: 2 ** 31 }, 'leaseMs of executions'],
  [{ recoverEveryMs: 0 }, 'recoverEveryMs of executions'],
  [{ recoverEveryMs: '1' as unknown as number }, 'recoverEveryMs of executions'],
  [{ maxInMemoryWaitMs: -1 }, 'maxInMemoryWaitMs of executions'],
  [{ maxInMemoryWaitMs: 2 ** 31 }, 'maxInMemoryWaitMs of executions'],
  [{ onError: 1 as unknown as () => void }, 'onError of executions'],
  [{ lease: 1 }, 'option of executions'],
])('%j is refused', async (executions, named) => {
  const error = await caughtWaymark(() => openWaymark({ executions: executions as ExecutionsConfig }));
  expect([error.code, error.message]).toStrictEqual(['WAYMARK_INVALID_ARGUMENT', expect.stringContaining(named)]);
});
