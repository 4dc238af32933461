import { createWaymark } from 'waymark';
import { DealWon } from './deals.js';

/** Only some events, and only what the handler needs of them. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  bus.subscribe(DealWon, (amount: number) => print(`a bottle for ${amount} euros`), {
    filter: ({ payload }) => payload.amount >= 1_000,
    map: ({ payload }) => payload.amount,
  });

  bus.publish(new DealWon({ dealId: 'd-1', amount: 100 }));
  bus.publish(new DealWon({ dealId: 'd-2', amount: 5_000 }));
}
