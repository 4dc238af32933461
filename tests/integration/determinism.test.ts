import type { NodeContext, Waymark, WaymarkConfig } from '../../src/index.js';
import { deal, DealCreated } from '../support/deals.js';
import { FakeClock } from '../support/fake-clock.js';
import { checkpointId } from '../support/happened.js';
import { ManualScheduler } from '../support/manual-scheduler.js';
import { openWaymark } from '../support/open-waymark.js';
import { Processes } from '../support/processes.js';
import { SequenceIds } from '../support/sequence-ids.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { diamond } from '../support/workflows.js';

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

/** Failure, rollback, fork, cancellation and the events of a host: everything that has an order, a time or an id. */
async function program(waymark: Waymark): Promise<void> {
  const left = ({ state }: NodeContext): object => {
    waymark.bus.publish(deal('from left'));
    if (state['limit'] !== 'wide') throw new Error('too strict');
    return { left: 'passed' };
  };
  const right = async ({ progress }: NodeContext): Promise<object> => {
    progress(0.5);
    await Promise.resolve();
    return { right: 'passed' };
  };
  waymark.bus.subscribe('deal.*', () => {
    throw new Error('a handler that fails');
  });
  const run = await waymark.executions.start(diamond({ left, right }), {}, { actor: 'user:ada' });
  await run.result();
  waymark.bus.publish(new DealCreated({ dealId: 'outside' }, { id: 'mine', occurredAt: '2026-01-01T00:00:00.000Z' }));
  await waymark.flush();
  const target = await checkpointId(waymark, run.id, 'exit', 'split');
  await waymark.executions.rollback(run.id, target, { statePatch: { limit: 'wide' }, reason: 'limit' });
  await (await waymark.executions.resume(run.id)).result();
  await waymark.flush();
  const fork = await waymark.executions.fork(target, { breakpoints: ['right'], statePatch: { limit: 'wide' } });
  await fork.result();
  await waymark.executions.cancel(fork.id, { reason: 'seen enough' });
  await waymark.flush();
}

/** Plays the program on an injected clock, ids, scheduler and identity, and gives every stored byte of the log. */
async function play(storage: string): Promise<{ bodies: readonly string[]; head: unknown; executions: unknown }> {
  const config: WaymarkConfig = {
    storage,
    clock: new FakeClock(Date.UTC(2026, 0, 1), 1),
    ids: new SequenceIds(),
    scheduler: new ManualScheduler(),
    identity: new Processes().identity('host/1'),
  };
  const waymark = await openWaymark(config);
  await program(waymark);
  const rows = await waymark.store.auditLog.readRange(0, 10_000);
  const head = await waymark.log.head();
  const executions = await waymark.executions.list();
  await waymark.close();
  return { bodies: rows.map(({ body }) => body), head, executions };
}

describe('the same program on the same clock, ids, scheduler and identity', () => {
  it.each([
    ['in memory', () => 'memory:', () => 'memory:'],
    ['on SQLite', () => `sqlite:${folder.file('one.db')}`, () => `sqlite:${folder.file('two.db')}`],
    ['in memory and on SQLite', () => 'memory:', () => `sqlite:${folder.file('three.db')}`],
  ])('leaves the same log, byte for byte, %s', async (_, first, second) => {
    const plays: Awaited<ReturnType<typeof play>>[] = [];
    // In a loop, so that the stacks of recorded errors go through the same lines.
    for (const storage of [first(), second()]) plays.push(await play(storage));
    const [one, two] = plays as [Awaited<ReturnType<typeof play>>, Awaited<ReturnType<typeof play>>];
    expect(one.bodies.length).toBeGreaterThan(50);
    expect(two.bodies).toStrictEqual(one.bodies);
    expect(two.head).toStrictEqual(one.head);
    expect(two.executions).toStrictEqual(one.executions);
  });
});
