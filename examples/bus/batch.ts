import { createWaymark } from 'waymark';
import { DealCreated } from './deals.js';

/** Several events in one call. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  const subscription = bus.subscribe(
    DealCreated,
    (events, deliveries) => {
      print(`${events.map(({ payload }) => payload.dealId).join(', ')} (${deliveries.length} deliveries)`);
    },
    { mode: 'batch', name: 'warehouse', size: 3, delayMs: 200 },
  );

  for (const dealId of ['d-1', 'd-2', 'd-3', 'd-4', 'd-5']) bus.publish(new DealCreated({ dealId, customer: 'Ada' }));
  print('published');
  // What waits for more to come waits no longer.
  await subscription.settled();
}
