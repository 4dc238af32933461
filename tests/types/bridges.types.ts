import { EventEmitter } from 'node:events';
import { Subject } from 'rxjs';
import { BusBridge, busEndPoint, type EventBus, eventEmitterEndPoint, subjectEndPoint } from '../../src/index.js';
import { DealCreated, DealWon } from '../support/deals.js';

// Compiled by `npm run typecheck`, never run: each line is a promise of the types to those who use them.

/** What a mapping is given follows from the topic, and what it has to give from the end point. */
export function mappings(bus: EventBus, other: EventBus): void {
  const texts = subjectEndPoint(new Subject<string>());
  void new BusBridge(bus, texts, {
    topic: DealCreated,
    outgoing: ({ payload }) => payload.dealId,
    incoming: (dealId) => new DealWon({ dealId }),
  });
  void new BusBridge(bus, texts, {
    topic: [DealCreated, DealWon],
    outgoing: ({ type }) => type satisfies 'deal.created' | 'deal.won',
  });
  void new BusBridge(bus, texts, {
    // @ts-expect-error -- the Subject takes texts
    outgoing: (event) => event,
  });
  void new BusBridge(bus, eventEmitterEndPoint(new EventEmitter(), ['line']), {
    // @ts-expect-error -- what comes in has to become an event
    incoming: ({ args }) => args,
  });
  void new BusBridge(bus, busEndPoint(other, DealWon), { topic: 'deal.*', incoming: false });
}
