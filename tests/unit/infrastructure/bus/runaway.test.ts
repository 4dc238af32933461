import { BusHandlerFailed, type EventBus } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';
import { nameOf } from '../../../support/marbles.js';

const won = (dealId = 'd'): DealWon => new DealWon({ dealId });

/** The codes and messages of failed handlers. */
function failuresOf(bus: EventBus): string[] {
  const failures: string[] = [];
  bus.subscribe(BusHandlerFailed, ({ payload }) => failures.push(`${payload.error.code}: ${payload.error.message}`));
  return failures;
}

describe('handlers that publish in a circle after a promise', () => {
  // Each publish is an outermost one, and nothing else in the process had a turn any more.
  it.each<[string, (next: () => void) => (event: unknown) => unknown]>([
    [
      'of async functions',
      (next) => async () => {
        await Promise.resolve();
        next();
      },
    ],
    ['of plain functions that return promises', (publish) => () => Promise.resolve().then(() => publish())],
  ])('are stopped: %s', async (_, handler) => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    let handled = 0;
    const count = (next: () => void) => (): void => {
      handled += 1;
      next();
    };
    bus.subscribe(DealCreated, handler(count(() => bus.publish(won()))));
    bus.subscribe(DealWon, handler(count(() => bus.publish(deal('d')))));
    bus.publish(deal('d'));
    await bus.settled();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/^WAYMARK_BUS_RUNAWAY: .*deal\.(created|won) → deal\.(created|won) → deal/);
    expect(handled).toBeLessThan(20_000);
  });
});

describe('a cascade', () => {
  const halve = (bus: EventBus, depth: number): { handled: number; errors: unknown[] } => {
    const found = { handled: 0, errors: [] as unknown[] };
    bus.subscribe(DealCreated, (event) => {
      found.handled += 1;
      const level = Number(nameOf(event));
      try {
        for (let n = 0; n < 2 && level < depth; n += 1) bus.publish(deal(String(level + 1)));
      } catch (error) {
        found.errors.push(error);
      }
    });
    bus.publish(deal('0'));
    return found;
  };

  it('that comes to an end is no runaway, though it leads to more of its own type', () => {
    expect(halve(makeBus(), 14)).toStrictEqual({ handled: 32_767, errors: [] });
  });

  it('is stopped at maxCascade, with a hint that names what helps', () => {
    const { errors } = halve(makeBus({ maxCascade: 50 }), 14);
    expect(errors[0]).toMatchObject({
      code: 'WAYMARK_BUS_RUNAWAY',
      hint: expect.stringContaining('maxPublishCascade'),
    });
  });
});

describe('what filters and taps publish', () => {
  it('comes after the event that they were asked about, or told of', () => {
    const bus = makeBus();
    const seen: string[] = [];
    using _tap = bus.tap(({ step, eventType, sequence }) => {
      if (step === 'published' && eventType === 'deal.created' && sequence === 1) bus.publish(deal('b'));
    });
    bus.subscribe(DealCreated, (event) => seen.push(nameOf(event)));
    bus.publish(deal('a'));
    expect(seen).toStrictEqual(['a', 'b']);
  });

  it('keeps the order within a nested publish too', () => {
    const bus = makeBus();
    const seen: number[] = [];
    bus.subscribe(DealCreated, () => {
      for (const name of ['x', 'y']) bus.publish(won(name));
    });
    const filter = (event: DealWon): boolean => {
      if (nameOf(event) === 'x') bus.publish(won('of the filter'));
      return true;
    };
    bus.subscribe(DealWon, () => undefined, { mode: 'async', filter });
    bus.subscribe(DealWon, (_, { sequence }) => seen.push(sequence));
    bus.publish(deal('a'));
    expect(seen).toStrictEqual([2, 3, 4]);
  });

  it.each([1, 1_000])('without end is stopped, with a queue of %d', async (queueSize) => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    let asked = 0;
    const filter = (): boolean => {
      asked += 1;
      bus.publish(deal('again'));
      return true;
    };
    bus.subscribe(DealCreated, () => new Promise(() => undefined), { mode: 'async', queueSize, filter });
    bus.publish(deal('first'));
    expect(asked).toBeLessThan(1_000);
    expect(failures.some((failure) => failure.startsWith('WAYMARK_BUS_RUNAWAY'))).toBe(true);
  });

  it('is asked for once for each event, wherever the event has to wait', async () => {
    const bus = makeBus();
    const asked: string[] = [];
    const filter = (event: DealWon): boolean => asked.push(nameOf(event)) > 0;
    for (const overflow of ['error', 'backpressure'] as const) {
      asked.length = 0;
      const names = ['a', 'b', 'c', 'd'];
      const options = { mode: 'async', queueSize: 2, overflow, filter } as const;
      using _handler = bus.subscribe(DealWon, () => undefined, options);
      await Promise.allSettled(names.map((name) => bus.publishAsync(won(name))));
      expect(asked).toStrictEqual(names);
    }
    asked.length = 0;
    bus.subscribe(DealWon, () => undefined, { filter, replay: 2 });
    expect(asked).toHaveLength(2);
  });

  it('leaves no place behind where the filter refuses an event that one was kept for', () => {
    const bus = makeBus();
    bus.subscribe(DealWon, () => new Promise(() => undefined), {
      mode: 'async',
      queueSize: 2,
      filter: (event) => nameOf(event) === 'wanted',
    });
    let refused = 0;
    bus.subscribe(DealCreated, () => {
      for (let n = 0; n < 5; n += 1) {
        try {
          bus.publish(won('unwanted'));
        } catch {
          refused += 1;
        }
      }
    });
    bus.publish(deal());
    for (let n = 0; n < 2; n += 1) bus.publish(won('wanted'));
    expect([refused, bus.metrics().queueDepth]).toStrictEqual([0, 2]);
  });
});
