import { makeBus } from '../../../support/bus.js';
import { deal, DealCreated } from '../../../support/deals.js';
import { deferred, settle } from '../../../support/deferred.js';
import { nameOf } from '../../../support/marbles.js';

const failing = (): never => {
  throw new RangeError('no');
};
// oxlint-disable-next-line typescript/prefer-promise-reject-errors -- that is the point
const rejectingWith = (reason: unknown) => () => Promise.reject(reason);

// Whatever it is, the process goes on: Node ends it for a rejection that nobody handles.
describe('no rejection is left to the process', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeAll(() => void process.on('unhandledRejection', note));
  afterAll(() => void process.off('unhandledRejection', note));

  const nothing = Object.create(null) as object;
  const late = async (): Promise<void> => {
    await settle();
    throw new Error('late');
  };
  it.each<[string, () => unknown, object]>([
    ['a late one after a time limit', late, { timeoutMs: 1 }],
    ['one in each mode: async', late, { mode: 'async' }],
    ['one in each mode: batch', late, { mode: 'batch', delayMs: 0 }],
    ['one in each mode: sync', late, {}],
    ['one of what is no error', rejectingWith(nothing), { mode: 'async', retry: { attempts: 2, delayMs: 0 } }],
    // oxlint-disable-next-line unicorn/no-thenable -- that is the point
    ['a then that throws', () => ({ then: failing }), {}],
    // oxlint-disable-next-line unicorn/no-thenable -- that is the point
    ['a then that can not be read', () => Object.defineProperty({}, 'then', { get: failing }), { filter: () => true }],
    ['a filter that throws', () => undefined, { filter: failing, mode: 'async' }],
    ['a map that throws', () => undefined, { map: failing, mode: 'batch' }],
    ['a key that throws', () => undefined, { key: failing, mode: 'async' }],
    ['a key that is no string', late, { key: () => nothing, mode: 'async' }],
    ['a key that is a symbol', late, { key: () => Symbol('key'), mode: 'async' }],
    [
      'a predicate that throws the unprintable',
      late,
      {
        retry: {
          attempts: 2,
          retryIf: () => {
            // oxlint-disable-next-line typescript/only-throw-error -- that is the point
            throw nothing;
          },
        },
      },
    ],
  ])('%s', async (_, handle, options) => {
    const bus = makeBus();
    const subscription = bus.subscribe(DealCreated, handle, options as never);
    const seen: string[] = [];
    bus.subscribe(DealCreated, (event) => seen.push(nameOf(event)));
    bus.publish(deal('a'));
    await bus.settled();
    expect(bus.metrics().failed).toBeGreaterThan(0);
    // And the same for one who has left before it fails.
    bus.publish(deal('b'));
    subscription.unsubscribe();
    await settle();
    await bus.close();
    await settle();
    expect(seen).toStrictEqual(['a', 'b']);
    expect(unhandled).toStrictEqual([]);
  });

  it('one of a handler whose signal aborts meanwhile', async () => {
    const bus = makeBus();
    const gate = deferred();
    const controller = new AbortController();
    bus.subscribe(DealCreated, () => gate.promise, {
      signal: controller.signal,
      mode: 'async',
      retry: { attempts: 5 },
    });
    bus.publish(deal());
    await settle();
    controller.abort();
    gate.reject(new Error('aborted'));
    await bus.settled();
    expect(bus.metrics()).toMatchObject({ failed: 1, retried: 0 });
    expect(unhandled).toStrictEqual([]);
  });
});
