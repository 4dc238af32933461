import { jest } from '@jest/globals';
import { map } from 'rxjs';
import { BusHandlerFailed } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { deal, DealCreated } from '../../../support/deals.js';
import { settle } from '../../../support/deferred.js';

// Typed as what nobody waits for, as hosts can: that is the point.
// oxlint-disable-next-line typescript/no-misused-promises
const rejecting: () => void = () => Promise.reject(new RangeError('no'));

// Node ends the process for a rejection that nobody handles.
describe('an asynchronous function where none is waited for', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeAll(() => void process.on('unhandledRejection', note));
  afterAll(() => void process.off('unhandledRejection', note));
  afterEach(async () => {
    await settle();
    // oxlint-disable-next-line jest/no-standalone-expect -- of every test
    expect(unhandled.splice(0)).toStrictEqual([]);
  });

  it.each(['of its own', 'behind an operator'])('as an observer is a failure: %s', async (which) => {
    const bus = makeBus();
    const failures: BusHandlerFailed[] = [];
    bus.subscribe(BusHandlerFailed, (event) => failures.push(event));
    const source = bus.on(DealCreated);
    (which === 'of its own' ? source : source.pipe(map((event) => event))).subscribe(rejecting);
    const events = [deal(), deal()];
    for (const event of events) bus.publish(event);
    await settle();
    expect(bus.metrics().failed).toBe(2);
    expect(failures.map(({ payload }) => payload.eventId)).toStrictEqual(events.map(({ id }) => id));
  });

  it('as what is told of the end is a failure', async () => {
    const bus = makeBus();
    bus.on(DealCreated).subscribe({ complete: rejecting });
    await bus.close();
    await settle();
    expect(bus.metrics().failed).toBe(1);
  });

  it('as a tap is taken off with one warning', async () => {
    const bus = makeBus();
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    let calls = 0;
    bus.tap(() => {
      calls += 1;
      return rejecting();
    });
    for (let n = 0; n < 2; n += 1) bus.publish(deal());
    await settle();
    bus.publish(deal());
    const warnings = warn.mock.calls.length;
    warn.mockRestore();
    expect([calls, warnings]).toStrictEqual([2, 1]);
  });

  it.each(['filter', 'map', 'key'])('as %s is a failure that says so', async (option) => {
    const bus = makeBus();
    const handled: unknown[] = [];
    bus.subscribe(DealCreated, (event: unknown) => handled.push(event), {
      mode: 'async',
      [option]: rejecting,
    } as never);
    bus.publish(deal());
    await bus.settled();
    expect(handled).toStrictEqual([]);
    expect(bus.subscriptions()[0]?.lastError).toBe(
      `The ${option} of a handler must not be asynchronous, and it returned a promise.`,
    );
  });

  it('as retryIf ends the tries, and says so', async () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, rejecting, {
      name: 'crm',
      mode: 'async',
      retry: { attempts: 3, retryIf: rejecting as never },
    });
    const { outcomes } = await bus.publishAsync(deal());
    expect(outcomes).toMatchObject([{ status: 'failed', attempts: 1 }]);
    expect(String(outcomes[0]?.error)).toContain('must not be asynchronous');
  });

  it('as a predicate of a topic is a failure', async () => {
    const bus = makeBus();
    bus.subscribe(rejecting as never, () => undefined, { name: 'crm' });
    bus.publish(deal());
    await bus.settled();
    expect(bus.subscriptions()[0]?.lastError).toContain('must not be asynchronous');
  });
});
