import { context, createContextKey } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BusDeadLettered, BusHandlerFailed, runWithContext } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { deal, DealCreated, DealNoteAdded, DealWon } from '../../../support/deals.js';
import { settle } from '../../../support/deferred.js';
import { nameOf } from '../../../support/marbles.js';

const key = createContextKey('request');
const inRequest = <Result>(request: string, work: () => Result): Result =>
  context.with(context.active().setValue(key, request), work);
const request = (): unknown => context.active().getValue(key);
const won = (): DealWon => new DealWon({ dealId: 'd' });

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

describe("the publisher's context of OpenTelemetry", () => {
  it.each<[string, object]>([
    ['in the mode sync', {}],
    ['in the mode async', { mode: 'async' }],
    ['by key', { mode: 'async', concurrency: 2, key: nameOf }],
    ['in the mode batch', { mode: 'batch', size: 1 }],
    ['with a filter', { filter: () => true }],
  ])('is that of the handler, after an await too: %s', async (_, options) => {
    const bus = makeBus();
    const seen: unknown[] = [];
    bus.subscribe(
      DealCreated,
      async () => {
        const before = request();
        await settle();
        seen.push([before, request()]);
      },
      options as never,
    );
    for (const name of ['one', 'two', 'three']) inRequest(name, () => bus.publish(deal()));
    bus.publish(deal());
    await bus.settled();
    expect(new Set(seen)).toStrictEqual(new Set(['one', 'two', 'three', undefined].map((name) => [name, name])));
  });

  it.each(['sync', 'async'] as const)('is that of each retry: %s', async (mode) => {
    const bus = makeBus({ scheduler: { delay: settle } });
    const seen: unknown[] = [];
    const handle = async (): Promise<never> => {
      seen.push(request());
      throw new Error('again');
    };
    bus.subscribe(DealCreated, handle, { mode, retry: { attempts: 3 } });
    inRequest('one', () => bus.publish(deal()));
    await bus.settled();
    expect(seen).toStrictEqual(['one', 'one', 'one']);
  });

  it('is that of who published within a handler, for a handler that goes on', async () => {
    const bus = makeBus();
    const seen: unknown[] = [];
    bus.subscribe(DealCreated, () => inRequest('inner', () => bus.publish(won())));
    bus.subscribe(DealWon, () => seen.push(request()), { mode: 'async' });
    bus.subscribe(DealWon, async () => seen.push(request()));
    inRequest('outer', () => bus.publish(deal()));
    await bus.settled();
    expect(seen).toStrictEqual(['inner', 'inner']);
  });

  it('is that of who waited for room', async () => {
    const bus = makeBus();
    const seen: unknown[] = [];
    bus.subscribe(DealCreated, async () => settle().then(() => seen.push(request())), {
      mode: 'async',
      queueSize: 1,
      overflow: 'backpressure',
    });
    const names = ['one', 'two', 'three', 'four'];
    await Promise.all(names.map((name) => inRequest(name, () => bus.publishAsync(deal()))));
    expect(seen).toStrictEqual(names);
  });
});

describe("Waymark's own context", () => {
  it.each<[string, object]>([
    ['in the mode sync', {}],
    ['in the mode async', { mode: 'async' }],
    ['in the mode batch', { mode: 'batch', size: 1 }],
  ])('is that of the handler and of what is told of it: %s', async (_, options) => {
    const bus = makeBus();
    const actors: unknown[] = [];
    bus.subscribe([DealNoteAdded, BusHandlerFailed, BusDeadLettered], (event) =>
      actors.push(`${event.type} ${event.context.actor}`),
    );
    const handle = async (): Promise<never> => {
      await settle();
      bus.publish(new DealNoteAdded({ dealId: 'd' }));
      throw new Error('no');
    };
    bus.subscribe(DealCreated, handle, options as never);
    const names = ['user:ada', 'user:bob', 'user:cy'];
    for (const actor of names) runWithContext({ actor }, () => bus.publish(deal()));
    await bus.settled();
    const types = ['deal.note.added', 'bus.handler_failed', 'bus.dead_lettered'];
    expect(new Set(actors)).toStrictEqual(new Set(names.flatMap((name) => types.map((type) => `${type} ${name}`))));
    expect(actors).toHaveLength(9);
  });

  it('is left as it was by every kind of publish', async () => {
    const bus = makeBus();
    for (const mode of ['sync', 'async', 'batch'] as const) {
      bus.subscribe(DealCreated, () => settle(), { mode } as never);
    }
    const causes = (): unknown => won().context.causationId;
    bus.publish(deal());
    const seen = [causes()];
    const publishing = bus.publishAsync(deal());
    seen.push(causes());
    await publishing;
    seen.push(causes());
    bus.subscribe(DealCreated, () => undefined, { replay: 2 });
    seen.push(causes());
    await bus.settled();
    seen.push(causes());
    expect(seen).toStrictEqual(Array.from({ length: 5 }, () => undefined));
  });
});
