import { createWaymark } from 'waymark';
import { DEAL_EVENTS, DealCreated } from './deals.js';

/** What becomes of events that a handler fails on for good. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  waymark.catalog.register(...DEAL_EVENTS);
  const { bus } = waymark;
  const { deadLetters } = bus;

  let isUp = false;
  bus.subscribe(
    DealCreated,
    ({ payload }) => {
      if (!isUp) throw new Error('no connection');
      print(`crm: ${payload.dealId} entered`);
    },
    { name: 'crm', mode: 'async', retry: { attempts: 2, delayMs: 10 } },
  );
  for (const dealId of ['d-1', 'd-2', 'd-3']) bus.publish(new DealCreated({ dealId, customer: 'Ada' }));
  await bus.settled();

  const [first, second] = await deadLetters.list({ handler: 'crm' });
  if (first === undefined || second === undefined) throw new Error('There are no dead letters.');
  const { event, handler, topic, attempts, error } = await deadLetters.get(first.id);
  print(`${event.type} for ${handler} on ${topic}, ${attempts} attempts: ${error.message}`);
  print(JSON.stringify(event.payload));

  print(`too early: ${(await deadLetters.redrive(first.id)).status}`);
  isUp = true;
  print(`again: ${(await deadLetters.redrive(first.id)).status}`);
  await deadLetters.discard(second.id);
  print(`all others: ${JSON.stringify(await deadLetters.redriveAll({ handler: 'crm' }))}`);
  print(`left: ${await deadLetters.count()}`);
}
