import { BusHandlerFailed, type EventTypeInfo, UnknownEvent } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { codeOf } from '../../../support/caught.js';
import { deal, DealCreated, DealNoteAdded, DealWon } from '../../../support/deals.js';
import { settle } from '../../../support/deferred.js';
import { openWaymark } from '../../../support/open-waymark.js';

const won = (): DealWon => new DealWon({ dealId: 'd' });

describe('an option of subscribe', () => {
  const attempts = 2;
  it.each<[string, unknown]>([
    ['no object', 'sync'],
    ['null', null],
    ['an array', []],
    ['a key that there is not', { modes: 'sync' }],
    ['another mode', { mode: 'parallel' }],
    ['a mode that is no string', { mode: 1 }],
    ['a name that is no string', { name: 1 }],
    ['a filter that is no function', { filter: 'deal' }],
    ['a map that is no function', { map: {} }],
    ['once that is no boolean', { once: 1 }],
    ['a signal that is none', { signal: {} }],
    ['a controller for a signal', { signal: new AbortController() }],
    ['a replay of -1', { replay: -1 }],
    ['a replay of text', { replay: '5' }],
    ['a replay of all', { replay: Number.POSITIVE_INFINITY }],
    ['no time', { timeoutMs: 0 }],
    ['too much time', { timeoutMs: 2 ** 31 }],
    ['deadLetter that is no boolean', { deadLetter: 'no' }],
    ['retry that is a number', { retry: 3 }],
    ['retry without attempts', { retry: {} }],
    ['retry of no attempt', { retry: { attempts: 0 } }],
    ['retry with a key that there is not', { retry: { attempts, delay: 1 } }],
    ['retry with a negative delay', { retry: { attempts, delayMs: -1 } }],
    ['retry with a factor below 1', { retry: { attempts, factor: 0.5 } }],
    ['retry with a factor of text', { retry: { attempts, factor: '2' } }],
    ['retry with too long a wait', { retry: { attempts, maxDelayMs: 2 ** 31 } }],
    ['retry with a jitter above 1', { retry: { attempts, jitter: 1.1 } }],
    ['retry with a jitter of text', { retry: { attempts, jitter: '0.5' } }],
    ['retry with a predicate that is none', { retry: { attempts, retryIf: true } }],
    ['a queue in the mode sync', { queueSize: 5 }],
    ['an overflow in the mode sync', { mode: 'sync', overflow: 'error' }],
    ['a key in the mode sync', { key: () => 'k' }],
    ['a concurrency in the mode sync', { concurrency: 1 }],
    ['a size in the mode async', { mode: 'async', size: 1 }],
    ['a delay in the mode async', { mode: 'async', delayMs: 1 }],
    ['a concurrency in the mode batch', { mode: 'batch', concurrency: 2 }],
    ['a key in the mode batch', { mode: 'batch', key: () => 'k' }],
    ['a mode of null', { mode: null }],
    ['a replay of null', { replay: null }],
    ['an overflow of null', { mode: 'async', overflow: null }],
    ['a batch that its queue can not hold', { mode: 'batch', size: 11, queueSize: 10 }],
    ['a queue of nothing', { mode: 'async', queueSize: 0 }],
    ['another overflow', { mode: 'async', overflow: 'drop' }],
    ['a concurrency of none', { mode: 'async', concurrency: 0 }],
    ['a key that is no function', { mode: 'async', key: 'dealId' }],
    ['a batch of nothing', { mode: 'batch', size: 0 }],
    ['a batch of half an event', { mode: 'batch', size: 1.5 }],
    ['a batch of a negative delay', { mode: 'batch', delayMs: -1 }],
  ])('is refused: %s', async (_, options) => {
    const bus = makeBus();
    expect(await codeOf(() => bus.subscribe(DealCreated, () => undefined, options as never))).toBe(
      'WAYMARK_INVALID_ARGUMENT',
    );
    expect(await codeOf(() => bus.subscribeWeak('**', bus, () => undefined, options as never))).toBe(
      'WAYMARK_INVALID_ARGUMENT',
    );
    expect(bus.metrics().subscriptions).toBe(0);
  });

  it('refuses a weak handler that takes batches', async () => {
    const bus = makeBus();
    expect(await codeOf(() => bus.subscribeWeak('**', bus, () => undefined, { mode: 'batch' } as never))).toBe(
      'WAYMARK_INVALID_ARGUMENT',
    );
  });

  it('lets a queue hold a batch where nothing is said of it', async () => {
    const bus = makeBus();
    let batch = 0;
    bus.subscribe(DealCreated, (events) => (batch = events.length), { mode: 'batch', size: 1_500, delayMs: 60_000 });
    for (let n = 0; n < 1_500; n += 1) bus.publish(deal());
    await settle();
    expect(batch).toBe(1_500);
  });

  it('can be one signal for many subscriptions, without a warning of a leak', async () => {
    const bus = makeBus();
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    const controller = new AbortController();
    const { signal } = controller;
    const all = Array.from({ length: 20 }, () => bus.subscribe(DealCreated, () => undefined, { signal }));
    for (let n = 0; n < 20; n += 1) bus.closing.addEventListener('abort', () => undefined);
    await settle();
    process.off('warning', note);
    all[0]?.unsubscribe();
    expect(bus.metrics().subscriptions).toBe(19);
    controller.abort();
    expect([bus.metrics().subscriptions, warnings]).toStrictEqual([0, []]);
  });

  it('counts as left out when it is undefined', () => {
    const bus = makeBus();
    const options = { mode: undefined, filter: undefined, retry: undefined, name: undefined };
    expect(bus.subscribe(DealCreated, () => undefined, options as never).active).toBe(true);
  });

  it.each([{ historySize: -1 }, { historyBytes: 0.5 }, { maxDepth: 0 }])(
    'of the bus is refused: %p',
    async (options) => {
      expect(await codeOf(() => makeBus(options))).toBe('WAYMARK_INVALID_ARGUMENT');
    },
  );

  it.each([
    { limit: -1 },
    { after: 'x' },
    { afterPosition: 0.5 },
    { since: 'yesterday' },
    { until: 5 },
    { position: 1 },
    null,
  ])('of history is refused: %p', async (query) => {
    expect(await codeOf(() => makeBus().history(query as never))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});

describe('a type that is not registered', () => {
  it('is taken, unless the configuration says otherwise', async () => {
    await using accepting = await openWaymark();
    accepting.bus.publish(deal());
    await using rejecting = await openWaymark({ unregistered: 'reject' });
    expect(await codeOf(() => rejecting.bus.publish(deal()))).toBe('WAYMARK_UNKNOWN_EVENT_TYPE');
    expect(await codeOf(rejecting.bus.publishAsync(deal()))).toBe('WAYMARK_UNKNOWN_EVENT_TYPE');
    rejecting.catalog.register(DealCreated);
    rejecting.bus.publish(deal());
    expect(rejecting.bus.history({ topic: 'deal.*' }).events).toHaveLength(1);
  });
});

describe('a predicate as a topic', () => {
  it('is asked once for each type, and told what is known of it', () => {
    const bus = makeBus();
    bus.publish(deal());
    const asked: EventTypeInfo[] = [];
    const seen: string[] = [];
    const predicate = (info: EventTypeInfo): boolean => {
      asked.push(info);
      return info.family === 'deal';
    };
    bus.subscribe(predicate, (event) => seen.push(event.type));
    for (let n = 0; n < 3; n += 1) {
      bus.publish(deal());
      bus.publish(won());
      bus.publish(new DealNoteAdded({ dealId: 'd' }));
      bus.publish(new UnknownEvent('plugin.loaded', {}, { ...deal().context }));
    }
    expect(asked.map(({ type, family }) => `${family} ${type}`)).toStrictEqual([
      'deal deal.created',
      'deal deal.won',
      'deal.note deal.note.added',
      'plugin plugin.loaded',
    ]);
    expect(asked.map(({ definition }) => definition?.category)).toStrictEqual([
      'workflow',
      'decision',
      'workflow',
      undefined,
    ]);
    expect(seen).toHaveLength(6);
  });

  it('is not asked again because others come and go, or a type is new', () => {
    const bus = makeBus();
    let asked = 0;
    const predicate = (): boolean => (asked += 1) > 0;
    bus.subscribe(predicate, () => undefined);
    bus.publish(deal());
    const other = bus.subscribe('**', () => undefined);
    bus.publish(deal());
    other.unsubscribe();
    bus.publish(deal());
    expect(asked).toBe(1);
    bus.publish(won());
    expect(asked).toBe(2);
  });

  it('is asked once for each type by the history too', () => {
    const bus = makeBus();
    for (let n = 0; n < 5; n += 1) bus.publish(deal());
    let asked = 0;
    expect(bus.history({ topic: () => (asked += 1) > 0 }).events).toHaveLength(5);
    expect(asked).toBe(1);
  });

  it('that throws chooses nothing, is told of once for a type, and is asked again', async () => {
    const bus = makeBus();
    const failures: BusHandlerFailed[] = [];
    bus.subscribe(BusHandlerFailed, (event) => failures.push(event));
    let isReady = false;
    const predicate = ({ family }: EventTypeInfo): boolean => {
      if (!isReady && family === 'deal') throw new RangeError('not ready');
      return family === 'deal';
    };
    const seen: string[] = [];
    bus.subscribe(predicate, (event) => seen.push(event.type), { name: 'crm' });
    const events = [deal(), deal()];
    for (const event of events) bus.publish(event);
    await bus.settled();
    expect(failures.map(({ payload }) => payload)).toMatchObject([
      { eventId: events[0]?.id, eventType: 'deal.created', handler: 'crm', error: { message: 'not ready' } },
    ]);
    expect(bus.subscriptions()[1]).toMatchObject({ failures: 1, lastError: 'not ready' });
    isReady = true;
    bus.publish(deal());
    expect(seen).toStrictEqual(['deal.created']);
  });

  it('that throws hides no other part of a list', () => {
    const bus = makeBus();
    const seen: string[] = [];
    const broken = (): never => {
      throw new Error('no');
    };
    bus.subscribe([broken, DealCreated], (event) => seen.push(event.type));
    bus.publish(deal());
    expect([seen, bus.subscriptions()[0]?.failures]).toStrictEqual([['deal.created'], 0]);
  });

  it.each([[Date], [Map], [Array]])('is not what is built in: %p', async (topic) => {
    expect(await codeOf(() => makeBus().subscribe(topic as never, () => undefined))).toBe('WAYMARK_INVALID_TOPIC');
  });

  it('may be a bound function', () => {
    const predicate = function (this: { family: string }, info: EventTypeInfo): boolean {
      return info.family === this.family;
    };
    expect(makeBus().subscribe(predicate.bind({ family: 'deal' }), () => undefined).active).toBe(true);
  });
});
