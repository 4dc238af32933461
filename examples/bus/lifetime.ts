import { createWaymark } from 'waymark';
import { DealWon } from './deals.js';

/** How subscriptions end. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;
  const win = (dealId: string): void => bus.publish(new DealWon({ dealId, amount: 100 }));
  const tell = (who: string) => (event: DealWon) => print(`${who}: ${event.payload.dealId}`);

  bus.subscribe(DealWon, tell('once'), { once: true });
  const controller = new AbortController();
  bus.subscribe(DealWon, tell('until aborted'), { signal: controller.signal });
  const subscription = bus.subscribe(DealWon, tell('until unsubscribed'));
  {
    using _ = bus.subscribe(DealWon, tell('in the block'));
    win('d-1');
  }
  win('d-2');
  controller.abort();
  subscription.unsubscribe();
  win('d-3');
  print(`active: ${subscription.active}`);
}
