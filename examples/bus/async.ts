import { createWaymark } from 'waymark';
import { setImmediate } from 'node:timers/promises';
import { DealCreated } from './deals.js';

/** A queue of the handler's own, several events at a time, one at a time for each customer. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  let atOnce = 0;
  let most = 0;
  bus.subscribe(
    DealCreated,
    async ({ payload: { dealId, customer } }) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      print(`begin ${customer} ${dealId}`);
      await setImmediate();
      print(`end ${customer} ${dealId}`);
      atOnce -= 1;
    },
    { mode: 'async', name: 'crm', concurrency: 2, key: ({ payload }) => payload.customer },
  );

  for (const [dealId, customer] of [
    ['d-1', 'Ada'],
    ['d-2', 'Ada'],
    ['d-3', 'Grace'],
  ] as const) {
    bus.publish(new DealCreated({ dealId, customer }));
  }
  print('published');
  await bus.settled();
  print(`${most} at a time`);
}
