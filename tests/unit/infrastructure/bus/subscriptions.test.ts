import { InvalidEventError, NodeSkipped, UnknownEvent } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { caught, caughtWaymark, codeOf } from '../../../support/caught.js';
import { deferred, settle } from '../../../support/deferred.js';
import { deal, DealCreated, DealNoteAdded, DealWon } from '../../../support/deals.js';

const EVENTS = [
  deal('d'),
  new DealWon({ dealId: 'd' }),
  new DealNoteAdded({ dealId: 'd' }),
  new NodeSkipped({ executionId: 'e', nodeId: 'n', occurrence: 1, attempt: 1, reason: '' }),
];

describe('a topic', () => {
  it.each<[string, never, readonly string[]]>([
    ['a type', 'deal.won' as never, ['deal.won']],
    ['a type that nobody declared', 'deal.lost' as never, []],
    ['a class', DealCreated as never, ['deal.created']],
    ['a list', [DealWon, 'node.*'] as never, ['deal.won', 'node.skipped']],
    ['overlapping patterns, once each', ['deal.*', '**', DealWon] as never, EVENTS.map(({ type }) => type)],
    ['one word', 'deal.*' as never, ['deal.created', 'deal.won']],
    ['one word in the middle', 'deal.*.added' as never, ['deal.note.added']],
    ['any number of words', 'deal.**' as never, ['deal.created', 'deal.won', 'deal.note.added']],
    ['any number of words, none included', 'deal.won.**' as never, ['deal.won']],
    ['everything', '**' as never, EVENTS.map(({ type }) => type)],
    ['any number of words in front', '**.added' as never, ['deal.note.added']],
    ['any number of words on both sides', '**.note.**' as never, ['deal.note.added']],
    ['exactly two words', '*.*' as never, ['deal.created', 'deal.won', 'node.skipped']],
    ['a single word', '*' as never, []],
  ])('may be %s', (_, topic, expected) => {
    const bus = makeBus();
    const seen: string[] = [];
    bus.subscribe(topic, (event: { type: string }) => seen.push(event.type));
    for (const event of EVENTS) bus.publish(event);
    expect(seen).toStrictEqual(expected);
    expect(bus.history({ topic }).events.map((event) => event.type)).toStrictEqual(expected);
  });

  it.each<[string, unknown]>([
    ['empty', ''],
    ['a dot too many', 'deal..won'],
    ['half a wildcard', 'deal.cre*'],
    ['three stars', 'deal.***'],
    ['upper case', 'Deal.won'],
    ['an empty list', []],
    ['a list with something invalid in it', ['deal.*', '']],
    ['a class that is no event', class Deal {}],
    ['a regular expression', /deal/],
  ])('may not be %s', async (_, topic) => {
    const bus = makeBus();
    for (const use of [
      () => bus.subscribe(topic as never, () => undefined),
      () => bus.on(topic as never),
      () => bus.history({ topic: topic as never }),
    ]) {
      expect(await codeOf(use)).toBe('WAYMARK_INVALID_TOPIC');
    }
  });

  it('finds types that were first published before or after it', () => {
    const bus = makeBus();
    bus.publish(deal());
    const seen: string[] = [];
    const first = bus.subscribe('deal.*', (event) => seen.push(event.type));
    bus.publish(deal());
    bus.publish(new DealWon({ dealId: 'd' }));
    first.unsubscribe();
    bus.publish(deal());
    expect(seen).toStrictEqual(['deal.created', 'deal.won']);
  });
});

describe('a subscription', () => {
  it('of once gets one event, even when its handler publishes the next', () => {
    const bus = makeBus();
    let calls = 0;
    const subscription = bus.subscribe(
      DealCreated,
      () => {
        calls += 1;
        bus.publish(deal());
      },
      { once: true },
    );
    bus.publish(deal());
    expect([calls, subscription.active, bus.metrics().subscriptions]).toStrictEqual([1, false, 0]);
  });

  it('of once waits for an event that its filter lets through', () => {
    const bus = makeBus();
    const seen: string[] = [];
    const options = { once: true, filter: (event: DealCreated) => event.payload.dealId !== 'a' };
    bus.subscribe(DealCreated, (event) => seen.push(event.payload.dealId), options);
    for (const id of ['a', 'b', 'c']) bus.publish(deal(id));
    expect(seen).toStrictEqual(['b']);
  });

  it('ends with its signal, and never begins when that has aborted', () => {
    const bus = makeBus();
    const seen: string[] = [];
    const controller = new AbortController();
    const subscription = bus.subscribe('**', (event) => seen.push(event.type), { signal: controller.signal });
    bus.publish(deal());
    controller.abort();
    bus.publish(deal());
    const late = bus.subscribe('**', (event) => seen.push(event.type), { signal: controller.signal });
    bus.publish(deal());
    expect(seen).toHaveLength(1);
    expect([subscription.active, late.active, bus.metrics().subscriptions]).toStrictEqual([false, false, 0]);
  });

  it('ends with its block', () => {
    const bus = makeBus();
    {
      using subscription = bus.subscribe('**', () => undefined);
      expect(subscription.active).toBe(true);
    }
    expect(bus.metrics().subscriptions).toBe(0);
  });

  it('ends once, however often it is ended', () => {
    const bus = makeBus();
    const handler = (): void => undefined;
    const [first, second] = [bus.subscribe('**', handler), bus.subscribe('**', handler)];
    first.unsubscribe();
    first.unsubscribe();
    expect([first.active, second.active, bus.metrics().subscriptions]).toStrictEqual([false, true, 1]);
  });

  it('gets nothing once it has ended, be it in its own filter', () => {
    const bus = makeBus();
    let calls = 0;
    const subscription = bus.subscribe('**', () => (calls += 1), {
      filter: () => {
        subscription.unsubscribe();
        return true;
      },
    });
    bus.publish(deal());
    expect(calls).toBe(0);
  });

  it('needs a function', async () => {
    expect(await codeOf(() => makeBus().subscribe('**', 'log' as never))).toBe('WAYMARK_INVALID_HANDLER');
  });
});

describe('publishing', () => {
  it.each([null, undefined, 'deal.created', { type: 'deal.created', payload: {} }, DealCreated])(
    'refuses %p, which is no event',
    async (value) => {
      const bus = makeBus();
      const error = await caught(() => bus.publish(value as never));
      expect(error).toBeInstanceOf(InvalidEventError);
      expect(bus.metrics().published).toBe(0);
    },
  );

  it('takes events of types that nobody declared here', () => {
    const bus = makeBus();
    const seen: string[] = [];
    bus.subscribe('plugin.*', (event) => seen.push(event.type));
    bus.publish(new UnknownEvent('plugin.loaded', {}, { ...deal().context }));
    expect(seen).toStrictEqual(['plugin.loaded']);
  });
});

describe('closing', () => {
  it('takes no more events and no more handlers, and may be repeated', async () => {
    const bus = makeBus();
    bus.subscribe('**', () => undefined);
    await bus.close();
    await bus.close();
    expect(await codeOf(() => bus.publish(deal()))).toBe('WAYMARK_BUS_CLOSED');
    expect(await codeOf(() => bus.subscribe('**', () => undefined))).toBe('WAYMARK_BUS_CLOSED');
    expect(bus.metrics().subscriptions).toBe(0);
  });

  it('waits for handlers whose promise is open, and tells of those that fail meanwhile', async () => {
    const bus = makeBus();
    const gate = deferred();
    const seen: string[] = [];
    bus.subscribe(DealCreated, () => gate.promise);
    bus.subscribe('bus.*', (event) => seen.push(event.type));
    bus.publish(deal());
    let closed = false;
    const closing = bus.close().then(() => (closed = true));
    await settle();
    expect(closed).toBe(false);
    gate.reject(new Error('at last'));
    await closing;
    expect(seen).toStrictEqual(['bus.handler_failed', 'bus.dead_lettered']);
  });

  it('from inside a handler lets the present event reach everybody, and what was queued', async () => {
    const bus = makeBus();
    const seen: string[] = [];
    let closing: Promise<void> | undefined;
    bus.subscribe(DealCreated, () => {
      bus.publish(new DealWon({ dealId: 'queued' }));
      closing = bus.close();
    });
    bus.subscribe('deal.*', (event) => seen.push(event.type));
    bus.publish(deal());
    expect(seen).toStrictEqual(['deal.created', 'deal.won']);
    await closing;
    expect((await caughtWaymark(() => bus.publish(deal()))).hint).toBeTruthy();
  });
});

describe('settled and metrics', () => {
  it('settles when every promise of a handler has, those of nested events included', async () => {
    const bus = makeBus();
    const gates = [deferred(), deferred()];
    bus.subscribe(DealCreated, async () => {
      await gates[0]?.promise;
      bus.publish(new DealWon({ dealId: 'd' }));
    });
    bus.subscribe(DealWon, () => gates[1]?.promise);
    bus.publish(deal());
    let settled = false;
    const settling = bus.settled().then(() => (settled = true));
    gates[0]?.resolve();
    await settle();
    expect(settled).toBe(false);
    gates[1]?.resolve();
    await settling;
    await bus.settled();
  });

  it('counts', () => {
    const bus = makeBus();
    bus.subscribe('**', () => undefined);
    bus.subscribe(DealWon, () => undefined);
    bus.publish(deal());
    bus.publish(new DealWon({ dealId: 'd' }));
    expect(bus.metrics()).toMatchObject({
      published: 2,
      delivered: 3,
      failed: 0,
      subscriptions: 2,
      queueDepth: 0,
      running: 0,
    });
  });
});
