import { EventCatalog, type DeadLetter, type RxEventBus } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { codeOf } from '../../../support/caught.js';
import { deal, DealCreated } from '../../../support/deals.js';
import { deferred, settle } from '../../../support/deferred.js';
import { nameOf } from '../../../support/marbles.js';

/** A bus whose handler has failed on events, and what it does from now on. */
async function withLetters(options: object, ...names: readonly string[]) {
  const bus: RxEventBus = makeBus();
  const handler = { handle: (_: unknown): unknown => Promise.reject(new Error('down')) };
  bus.subscribe(DealCreated, (given: unknown) => handler.handle(given), { name: 'crm', ...options } as never);
  for (const name of names) bus.publish(deal(name));
  await bus.settled();
  const letters: readonly DeadLetter[] = await bus.deadLetters.list();
  expect(letters).toHaveLength(names.length);
  return { bus, handler, letters };
}

describe('sending a letter again', () => {
  it.each([{ mode: 'async' }, { mode: 'async', concurrency: 5, key: () => 'one' }])(
    'keeps to the order and the concurrency of %p',
    async (options) => {
      const { bus, handler, letters } = await withLetters(options, 'a', 'b');
      const gates = [deferred(), deferred(), deferred()];
      const begun: string[] = [];
      handler.handle = (event) => {
        begun.push(nameOf(event as DealCreated));
        return gates[begun.length - 1]?.promise;
      };
      bus.publish(deal('live'));
      await settle();
      const sent = letters.map(({ id }) => bus.deadLetters.redrive(id));
      for (const expected of [['live'], ['live', 'a'], ['live', 'a', 'b']]) {
        await settle();
        expect(begun).toStrictEqual(expected);
        gates[begun.length - 1]?.resolve();
      }
      expect(await Promise.all(sent)).toMatchObject([{ status: 'handled' }, { status: 'handled' }]);
      expect(await bus.deadLetters.count()).toBe(0);
    },
  );

  it('makes a batch of its own: should it fail again, then alone', async () => {
    const { bus, handler, letters } = await withLetters({ mode: 'batch', size: 10, delayMs: 60_000 }, 'bad');
    const batches: string[][] = [];
    handler.handle = (events) => {
      const names = (events as readonly DealCreated[]).map(nameOf);
      batches.push(names);
      if (names.includes('bad')) throw new Error('still');
    };
    for (const name of ['c', 'd']) bus.publish(deal(name));
    const sent = bus.deadLetters.redrive(letters[0]?.id ?? '');
    expect(await sent).toMatchObject({ status: 'failed' });
    await bus.settled();
    expect(batches).toStrictEqual([['c', 'd'], ['bad']]);
    expect(await bus.deadLetters.count()).toBe(1);
  });

  it('that its filter takes no more leaves it as it is', async () => {
    let isWanted = true;
    const { bus, handler, letters } = await withLetters({ filter: () => isWanted }, 'a');
    isWanted = false;
    const handled: unknown[] = [];
    handler.handle = (event) => handled.push(event);
    expect(await bus.deadLetters.redrive(letters[0]?.id ?? '')).toMatchObject({ status: 'cancelled', attempts: 0 });
    expect([handled, await bus.deadLetters.list()]).toStrictEqual([[], letters]);
    expect(await bus.deadLetters.redriveAll()).toStrictEqual({ handled: 0, failed: 0, skipped: 1 });
  });

  it('from within the handler itself does not wait for that one', async () => {
    const { bus, handler, letters } = await withLetters({ mode: 'async' }, 'a');
    const handled: string[] = [];
    handler.handle = async (event) => {
      const name = nameOf(event as DealCreated);
      if (name === 'live') await bus.deadLetters.redrive(letters[0]?.id ?? '');
      handled.push(name);
    };
    bus.publish(deal('live'));
    await bus.settled();
    expect(handled).toStrictEqual(['a', 'live']);
  });
});

describe('a letter of a class that is not registered', () => {
  /** Where the first bus of a process has left its letters, for a second one. */
  async function restarted(topic: unknown, given: DealCreated = deal('a')) {
    const before = makeBus();
    before.subscribe(topic as never, () => Promise.reject(new Error('down')), { name: 'crm' });
    before.publish(given);
    await before.settled();
    const [letter] = await before.deadLetters.list();
    const bus = makeBus({ catalog: new EventCatalog() });
    const events: unknown[] = [];
    bus.subscribe(topic as never, (event: unknown) => events.push(event), { name: 'crm' });
    const storage = new Map([[letter?.id ?? '', letter as DeadLetter]]);
    bus.keepDeadLettersIn({
      repository: {
        save: () => Promise.resolve(),
        update: () => Promise.resolve(true),
        remove: (id) => Promise.resolve(storage.delete(id)),
        get: (id) => Promise.resolve(storage.get(id)),
        find: () => Promise.resolve([...storage.values()]),
        count: () => Promise.resolve(storage.size),
      },
      commit: (_, write) => write({ onRollback: () => undefined } as never),
    });
    return { bus, id: letter?.id ?? '', events, storage };
  }

  it.each([[DealCreated], [['node.*', DealCreated]]])('is made by the class of the topic', async (topic) => {
    const { bus, id, events } = await restarted(topic);
    expect(await bus.deadLetters.redrive(id)).toMatchObject({ status: 'handled' });
    expect(events[0]).toBeInstanceOf(DealCreated);
  });

  it('is not sent to a handler that expects what this build can not make of it', async () => {
    const newer = DealCreated.restore({ dealId: 'a' }, { ...deal().context, schemaVersion: 1 });
    const { bus, id, events, storage } = await restarted(DealCreated, newer);
    const letter = storage.get(id) as DeadLetter;
    storage.set(id, { ...letter, event: { ...letter.event, schemaVersion: 9 } });
    expect(await codeOf(bus.deadLetters.redrive(id))).toBe('WAYMARK_UNKNOWN_EVENT_TYPE');
    expect([events, storage.size]).toStrictEqual([[], 1]);
    expect(await bus.deadLetters.redriveAll()).toMatchObject({ handled: 0 });
  });

  it('is sent as it is to a handler of a pattern', async () => {
    const { bus, id, events } = await restarted('deal.*');
    expect(await bus.deadLetters.redrive(id)).toMatchObject({ status: 'handled' });
    expect(events).toHaveLength(1);
  });
});
