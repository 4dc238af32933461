import { createWaymark } from 'waymark';
import { DealWon } from './deals.js';

/** Coming and going while an event is delivered. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  bus.subscribe(
    DealWon,
    ({ payload }) => {
      leaver.unsubscribe();
      bus.subscribe(DealWon, (event) => print(`newcomer: ${event.payload.dealId}`));
      print(`host: ${payload.dealId}`);
    },
    { once: true },
  );
  const leaver = bus.subscribe(DealWon, ({ payload }) => print(`leaver: ${payload.dealId}`));

  bus.publish(new DealWon({ dealId: 'd-1', amount: 100 }));
  bus.publish(new DealWon({ dealId: 'd-2', amount: 100 }));
}
