import { AsyncLocalStorage } from 'node:async_hooks';
import { LogWriter } from '../../../src/application/audit/log-writer.js';
import {
  type DomainEvent,
  EventCatalog,
  InMemoryAuditLogRepository,
  runWithContext,
  type TransactionScope,
  UnknownEvent,
} from '../../../src/index.js';
import { caught, codeOf } from '../../support/caught.js';
import { deferred, settle } from '../../support/deferred.js';
import { deal, DealCreated, deals, DealWon } from '../../support/deals.js';
import { FakeClock } from '../../support/fake-clock.js';
import { FaultyUnitOfWork } from '../../support/faulty-store.js';

/** A writer over a store in memory whose transactions can be held and made to fail. */
function makeWriter() {
  const unitOfWork = new FaultyUnitOfWork();
  const repository = new InMemoryAuditLogRepository();
  const catalog = new EventCatalog([DealCreated]);
  const writer = new LogWriter(unitOfWork, repository, catalog, new FakeClock());
  const recorded = async (): Promise<readonly string[]> => {
    const rows = await repository.readRange(0, 10_000);
    return rows.map((row) => (JSON.parse(row.body) as { payload: { dealId: string } }).payload.dealId);
  };
  return { unitOfWork, repository, writer, recorded };
}

const failing = { weight: 1, write: (): Promise<readonly DomainEvent[]> => Promise.reject(new Error('mine alone')) };

describe('group commit', () => {
  it('commits together what is handed over together', async () => {
    const { unitOfWork, writer, recorded } = makeWriter();
    await Promise.all(deals('a', 'b', 'c').map((event) => writer.append([event])));
    expect(unitOfWork.begun).toBe(1);
    expect(await recorded()).toStrictEqual(['a', 'b', 'c']);
  });

  it('gathers what arrives during a commit into one next transaction', async () => {
    const { unitOfWork, writer, recorded } = makeWriter();
    const gate = deferred();
    unitOfWork.hold = (transaction) => (transaction === 1 ? gate.promise : undefined);
    const first = writer.append(deals('a'));
    await settle();
    const rest: Promise<unknown>[] = [];
    for (const event of deals('b', 'c', 'd')) {
      rest.push(writer.append([event]));
      await settle();
    }
    expect(unitOfWork.begun).toBe(1);
    gate.resolve();
    await Promise.all([first, ...rest]);
    expect(unitOfWork.begun).toBe(2);
    expect(await recorded()).toStrictEqual(['a', 'b', 'c', 'd']);
  });

  // One append of many events would hold the event loop for as long as it takes.
  it('gives the event loop a turn between the parts of one large commit', async () => {
    const order: string[] = [];
    class Observed extends InMemoryAuditLogRepository {
      override append(...args: Parameters<InMemoryAuditLogRepository['append']>) {
        order.push('part');
        setImmediate(() => order.push('turn'));
        return super.append(...args);
      }
    }
    const writer = new LogWriter(
      new FaultyUnitOfWork(),
      new Observed(),
      new EventCatalog([DealCreated]),
      new FakeClock(),
    );
    await writer.append(deals(...Array.from({ length: 600 }, (_, index) => String(index))));
    expect(order.slice(0, 5)).toStrictEqual(['part', 'turn', 'part', 'turn', 'part']);
  });

  // A driver that works synchronously never leaves the queue of promises: timers and sockets would get nothing.
  it('gives the event loop a turn while events are awaited one after another', async () => {
    const { writer } = makeWriter();
    let isTurned = false;
    setImmediate(() => (isTurned = true));
    for (let appended = 0; !isTurned && appended < 50_000; appended += 1) await writer.append([deal('x')]);
    expect(isTurned).toBe(true);
  });

  it('commits together what callers hand over next when they were answered together', async () => {
    const { unitOfWork, writer } = makeWriter();
    const callers = Array.from({ length: 20 }, async () => {
      for (let round = 0; round < 50; round += 1) await writer.append([deal('x')]);
    });
    await Promise.all(callers);
    expect(unitOfWork.begun).toBe(50);
  });

  it('bounds a transaction by its events, and never splits a commit', async () => {
    const { unitOfWork, writer, recorded } = makeWriter();
    const names = Array.from({ length: 2_400 }, (_, index) => String(index));
    await Promise.all([
      ...names.slice(0, 1_200).map((name) => writer.append(deals(name))),
      writer.append(deals(...names.slice(1_200))),
    ]);
    expect(unitOfWork.begun).toBe(3);
    expect(await recorded()).toStrictEqual(names);
  });

  it('resolves in the order of the calls, each with the entries of its own events', async () => {
    const { writer } = makeWriter();
    const order: number[] = [];
    const commits = [deals('a', 'b'), [], deals('c')].map(async (events, index) => {
      const recorded = await writer.append(events);
      order.push(index);
      return recorded.map(({ event, entry }) => [(event as DealCreated).payload.dealId, entry.position]);
    });
    expect(await Promise.all(commits)).toStrictEqual([
      [
        ['a', 0],
        ['b', 1],
      ],
      [],
      [['c', 2]],
    ]);
    expect(order).toStrictEqual([0, 1, 2]);
  });

  it('records an event that is handed over twice once, and gives both its entry', async () => {
    const { writer, recorded } = makeWriter();
    const event = deal('twice');
    const [[first], [second]] = (await Promise.all([writer.append([event]), writer.append([event])])) as never as [
      [{ entry: unknown }],
      [{ entry: unknown }],
    ];
    expect(first.entry).toBe(second.entry);
    expect(await recorded()).toStrictEqual(['twice']);
  });
});

describe('a commit that fails', () => {
  it('takes back its own changes and no other', async () => {
    const { writer, recorded } = makeWriter();
    const undone: string[] = [];
    const write = (name: string, fails: boolean) => (scope: TransactionScope) => {
      scope.onRollback(() => undone.push(name));
      return fails ? Promise.reject(new Error(`no ${name}`)) : Promise.resolve(deals(name));
    };
    const results = await Promise.allSettled([
      writer.commit({ write: write('a', false), weight: 1 }),
      writer.commit({ write: write('b', true), weight: 1 }),
      writer.commit({ write: write('c', false), weight: 1 }),
    ]);
    expect(results.map(({ status }) => status)).toStrictEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(undone).toStrictEqual(['b']);
    expect(await recorded()).toStrictEqual(['a', 'c']);
  });

  it('rejects with what it threw, alone or in company', async () => {
    const { writer } = makeWriter();
    expect(await caught(writer.commit(failing))).toMatchObject({ message: 'mine alone' });
    const company = writer.append(deals('a'));
    expect(await caught(writer.commit(failing))).toMatchObject({ message: 'mine alone' });
    expect(await company).toHaveLength(1);
  });

  it('because the store does, is told to everybody in the transaction, and to nobody after it', async () => {
    const { unitOfWork, writer, recorded } = makeWriter();
    unitOfWork.fails = (transaction) => transaction === 1;
    const [a, b] = [writer.append(deals('a')), writer.append(deals('b'))];
    expect([await codeOf(a), await codeOf(b)]).toStrictEqual([
      'WAYMARK_STORE_UNAVAILABLE',
      'WAYMARK_STORE_UNAVAILABLE',
    ]);
    const [c] = await writer.append(deals('c'));
    expect(c?.entry.position).toBe(0);
    expect(await recorded()).toStrictEqual(['c']);
  });

  it('may throw at once instead of rejecting', async () => {
    const { writer } = makeWriter();
    const write = (): never => {
      throw new Error('at once');
    };
    const other = writer.append(deals('a'));
    expect(await caught(writer.commit({ write, weight: 1 }))).toMatchObject({ message: 'at once' });
    expect(await other).toHaveLength(1);
  });
});

describe('an append that expects a version', () => {
  it('and fails in the middle takes back its first part, and nothing of the others in its transaction', async () => {
    const thrown = new Error('no room for the second part');
    class Failing extends InMemoryAuditLogRepository {
      override append(...[drafts, scope]: Parameters<InMemoryAuditLogRepository['append']>) {
        if (drafts.some(({ rest }) => rest.includes('"dealId":"last"'))) return Promise.reject(thrown);
        return super.append(drafts, scope);
      }
    }
    const repository = new Failing();
    const writer = new LogWriter(new FaultyUnitOfWork(), repository, new EventCatalog([DealCreated]), new FakeClock());
    const many = deals(...Array.from({ length: 300 }, (_, index) => String(index)), 'last');
    const before = writer.append(deals('before'));
    const failing = caught(writer.append(many, new Map([['deal/x', 0]])));
    const after = writer.append(deals('after'));
    expect(await failing).toBe(thrown);
    expect([(await before)[0]?.entry.position, (await after)[0]?.entry.position]).toStrictEqual([0, 1]);
    expect((await repository.head()).size).toBe(2);
  });
});

describe('the asynchronous context', () => {
  it('of each commit is its own, also in a transaction that somebody else began', async () => {
    const { writer } = makeWriter();
    const actors = ['user:ada', 'user:bob', undefined];
    const recorded = await Promise.all(
      actors.map((actor) =>
        runWithContext({ actor }, () => writer.commit({ write: () => Promise.resolve([deal()]), weight: 1 })),
      ),
    );
    expect(recorded.map(([first]) => first?.event.context.actor)).toStrictEqual(actors);
  });

  it('of the caller goes on after its commit', async () => {
    const { writer } = makeWriter();
    const storage = new AsyncLocalStorage<string>();
    const after = ['x', 'y'].map((name) =>
      storage.run(name, async () => {
        await writer.append(deals(name));
        return storage.getStore();
      }),
    );
    expect(await Promise.all(after)).toStrictEqual(['x', 'y']);
  });
});

describe('an entry', () => {
  it('is what its class says, though nobody registered the class', async () => {
    const { writer } = makeWriter();
    const [recorded] = await writer.append([new DealWon({ dealId: 'd' })]);
    expect(recorded?.entry.columns).toMatchObject({ severity: 'warning', outcome: 'success', category: 'decision' });
  });

  it('counts as info of operations when nobody declared its type', async () => {
    const { writer } = makeWriter();
    const { payload, context } = new DealWon({ dealId: 'd' });
    const [recorded] = await writer.append([new UnknownEvent('deal.shelved', { ...payload }, context)]);
    expect(recorded?.entry.columns).toMatchObject({ severity: 'info', outcome: 'none', category: 'operations' });
  });
});

describe('flush and close', () => {
  it('flush waits for everything that was handed over, failures included', async () => {
    const { unitOfWork, writer, recorded } = makeWriter();
    unitOfWork.fails = (transaction) => transaction === 1;
    const lost = caught(writer.append(deals('a')));
    await settle();
    const kept = writer.append(deals('b'));
    await writer.flush();
    expect(await recorded()).toStrictEqual(['b']);
    await Promise.all([lost, kept, writer.flush()]);
  });

  it('close writes what was handed over and takes no more', async () => {
    const { writer, recorded } = makeWriter();
    const before = writer.append(deals('a'));
    await writer.close();
    expect(await recorded()).toStrictEqual(['a']);
    expect(await codeOf(writer.append(deals('b')))).toBe('WAYMARK_CLOSED');
    await Promise.all([before, writer.close()]);
  });
});
