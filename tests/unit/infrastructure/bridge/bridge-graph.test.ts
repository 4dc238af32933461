import fc from 'fast-check';
import { BusBridge, busEndPoint } from '../../../../src/index.js';
import { heardOn, makeBridgedBus } from '../../../support/bridges.js';
import { deal } from '../../../support/deals.js';

const MOST_BUSES = 4;

const bus = fc.nat({ max: MOST_BUSES - 1 });
const bridge = fc.record({
  from: bus,
  to: bus,
  ways: fc.constantFrom<'out' | 'in' | 'both'>('out', 'in', 'both'),
});
type Bridge = { readonly from: number; readonly to: number; readonly ways: 'out' | 'in' | 'both' };

describe('any graph of bridges between buses', () => {
  it('delivers an event once on every bus that can be reached, and on no other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: MOST_BUSES }),
        fc.array(bridge, { maxLength: 8 }),
        fc.array(fc.record({ at: bus, isAnswered: fc.boolean() }), { minLength: 1, maxLength: 4 }),
        (count, all, published) => {
          const bridges = all.filter(({ from, to }) => from !== to && from < count && to < count);
          const buses = Array.from({ length: count }, makeBridgedBus);
          const heard = buses.map(heardOn);
          const made = bridges.map(({ from, to, ways }) =>
            new BusBridge(buses[from]!, busEndPoint(buses[to]!), {
              ...(ways === 'in' ? { outgoing: false } : {}),
              ...(ways === 'out' ? { incoming: false } : {}),
            }).enable(),
          );
          for (const { at, isAnswered } of published) {
            const start = at % count;
            const event = deal('question');
            const answer = deal('answer');
            const reached = reachable(start, bridges);
            // Every bus knows the question before the last one that it reaches answers.
            const answering = reached.at(-1) ?? start;
            using _answering = buses[answering]!.subscribe('deal.*', ({ id }) => {
              if (isAnswered && id === event.id) buses[answering]!.publish(answer);
            });
            buses[start]!.publish(event);
            const times = (id: string): readonly number[] =>
              heard.map((events) => events.filter((other) => other.id === id).length);
            const once = (buses_: readonly number[]): readonly number[] =>
              buses.map((_, index) => (buses_.includes(index) ? 1 : 0));
            expect(times(event.id)).toStrictEqual(once(reached));
            expect(times(answer.id)).toStrictEqual(once(isAnswered ? reachable(answering, bridges) : []));
          }
          expect(made.map(({ counters }) => counters.failed)).toStrictEqual(made.map(() => 0));
        },
      ),
    );
  });
});

/** The buses that an event gets to, in some order, the one where it is published first. */
function reachable(start: number, bridges: readonly Bridge[]): readonly number[] {
  const reached = new Set([start]);
  for (const at of reached) {
    for (const { from, to, ways } of bridges) {
      if (from === at && ways !== 'in') reached.add(to);
      if (to === at && ways !== 'out') reached.add(from);
    }
  }
  return [...reached];
}
