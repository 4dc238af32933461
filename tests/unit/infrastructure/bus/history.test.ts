import fc from 'fast-check';
import type { BusHistory } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { codeOf } from '../../../support/caught.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';

const names = (history: BusHistory): readonly string[] =>
  history.events.map((event) => (event.payload as { dealId: string }).dealId);

describe('the history', () => {
  it('is empty before anything was published', () => {
    expect(makeBus().history()).toStrictEqual({ events: [], oldest: 0, newest: 0, gap: false });
  });

  it('keeps the last so many, oldest first, and says that something is missing', () => {
    const bus = makeBus({ historySize: 3 });
    for (const id of ['a', 'b', 'c']) bus.publish(deal(id));
    expect(bus.history()).toMatchObject({ oldest: 1, newest: 3, gap: false });
    for (const id of ['d', 'e']) bus.publish(deal(id));
    const history = bus.history();
    expect(names(history)).toStrictEqual(['c', 'd', 'e']);
    expect(history).toMatchObject({ oldest: 3, newest: 5, gap: true });
  });

  it('begins after a sequence number', () => {
    const bus = makeBus({ historySize: 3 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) bus.publish(deal(id));
    const after = (sequence: number): unknown => {
      const history = bus.history({ after: sequence });
      return [names(history).join(''), history.gap];
    };
    expect([-1, 0, 1, 2, 3, 5, 99].map(after)).toStrictEqual([
      ['cde', true],
      ['cde', true],
      ['cde', true],
      ['cde', false],
      ['de', false],
      ['', false],
      ['', false],
    ]);
  });

  // Positions in the log are followed from -1; the same habit must not look like a loss here.
  it('has no gap before its first event', () => {
    const bus = makeBus();
    bus.publish(deal());
    expect(bus.history({ after: -1 }).gap).toBe(false);
  });

  it('gives a topic, and the newest so many of it', () => {
    const bus = makeBus();
    for (const id of ['a', 'b', 'c']) {
      bus.publish(deal(id));
      bus.publish(new DealWon({ dealId: id.toUpperCase() }));
    }
    expect(names(bus.history({ topic: DealWon, limit: 2 }))).toStrictEqual(['B', 'C']);
    expect(names(bus.history({ topic: [DealCreated], after: 1 }))).toStrictEqual(['b', 'c']);
    expect(names(bus.history({ limit: 0 }))).toStrictEqual([]);
  });

  it('holds what handlers published in the order in which it was delivered', () => {
    const bus = makeBus();
    const seen: string[] = [];
    bus.subscribe(
      DealCreated,
      (event) => event.payload.dealId === 'a' && ['b', 'c'].map((id) => bus.publish(deal(id))),
    );
    bus.subscribe(DealCreated, (event) => seen.push(event.payload.dealId));
    bus.publish(deal('a'));
    expect(names(bus.history())).toStrictEqual(seen);
  });

  it('of size 0 keeps nothing and says so', () => {
    const bus = makeBus({ historySize: 0 });
    expect(bus.history().gap).toBe(false);
    bus.publish(deal());
    expect(bus.history()).toStrictEqual({ events: [], oldest: 0, newest: 1, gap: true });
    expect(bus.history({ after: 1 }).gap).toBe(false);
  });

  it('of size 1 keeps the last', () => {
    const bus = makeBus({ historySize: 1 });
    for (const id of ['a', 'b']) bus.publish(deal(id));
    expect(names(bus.history())).toStrictEqual(['b']);
    expect(bus.history()).toMatchObject({ oldest: 2, newest: 2, gap: true });
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('has no size of %p', async (historySize) => {
    expect(await codeOf(() => makeBus({ historySize }))).toBe('WAYMARK_INVALID_ARGUMENT');
  });

  it('is the end of a list, whatever its size and whatever is asked', () => {
    const sizes = fc.record({
      historySize: fc.nat(6),
      published: fc.nat(15),
      after: fc.integer({ min: -1, max: 16 }),
      limit: fc.nat(8),
    });
    fc.assert(
      fc.property(sizes, ({ historySize, published, after, limit }) => {
        const bus = makeBus({ historySize });
        const all = Array.from({ length: published }, (_, index) => String(index + 1));
        for (const name of all) bus.publish(deal(name));
        const kept = historySize === 0 ? [] : all.slice(-historySize);
        const wanted = kept.filter((name) => Number(name) > after);
        const history = bus.history({ after, limit });
        expect(names(history)).toStrictEqual(limit === 0 ? [] : wanted.slice(-limit));
        expect(history.newest).toBe(published);
        expect(history.oldest).toBe(Number(kept[0] ?? 0));
        expect(history.gap).toBe(all.some((name) => Number(name) > after && !kept.includes(name)));
      }),
    );
  });
});
