import { createWaymark, DomainEvent, type EventTypeInfo, NODE_EVENTS, NodeStarted, type Topic } from 'waymark';
import { DealCreated, DealEnded, DealLost, DealWon } from './deals.js';

/** Every way to say what to listen to. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  // A class, or one that it extends, gives its handler the event's own type.
  bus.subscribe(DealWon, ({ payload }) => print(`a class: won for ${payload.amount} euros`));
  bus.subscribe(DealEnded, ({ dealId, type }) => print(`a base class: ${dealId}, ${type}`));

  const failed = ({ definition }: EventTypeInfo): boolean => definition?.outcome === 'failure';
  const topics: Readonly<Record<string, Topic>> = {
    'a type': 'deal.created',
    'every class': DomainEvent,
    'a family': NODE_EVENTS,
    'a list': [DealLost, 'node.started'],
    'one word': 'deal.*',
    'any number': '**',
    'a predicate': failed,
  };
  const seen = Object.entries(topics).map(([name, topic]) => {
    const types: string[] = [];
    bus.subscribe(topic, ({ type }) => types.push(type), { name });
    return { name, types };
  });

  bus.publish(new DealCreated({ dealId: 'd-1', customer: 'Ada' }));
  bus.publish(new DealWon({ dealId: 'd-1', amount: 100 }));
  bus.publish(new DealLost({ dealId: 'd-2' }));
  bus.publish(
    new NodeStarted({ executionId: 'e-1', nodeId: 'n', nodeName: 'n', nodeKind: 'task', occurrence: 1, attempt: 1 }),
  );
  for (const { name, types } of seen) print(`${name}: ${types.join(', ')}`);
}
