import { createWaymark } from 'waymark';
import { DealCreated, DealWon } from './deals.js';

/** What a handler publishes is delivered after the present event has reached everybody. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  const sales = ({ payload: { dealId } }: DealCreated): void => {
    print(`sales: ${dealId} created`);
    bus.publish(new DealWon({ dealId, amount: 100 }));
    print('sales: done');
  };
  bus.subscribe(DealCreated, sales);
  bus.subscribe('deal.*', (event) => print(`archive: ${event.type}`), { name: 'archive' });

  bus.publish(new DealCreated({ dealId: 'd-1', customer: 'Ada' }));
  print('published');
}
