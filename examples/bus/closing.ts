import { createWaymark, WaymarkError } from 'waymark';
import { DealWon } from './deals.js';

/** The end: nothing new, and everything old. */
export async function main(print: (line: string) => void): Promise<void> {
  const waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;
  bus.subscribe(
    DealWon,
    async ({ payload }) => {
      await Promise.resolve();
      print(`handled ${payload.dealId}`);
    },
    { mode: 'async' },
  );
  bus.subscribe(DealWon, (events) => print(`a batch of ${events.length}`), { mode: 'batch', delayMs: 60_000 });

  bus.publish(new DealWon({ dealId: 'd-1', amount: 100 }));
  bus.publish(new DealWon({ dealId: 'd-2', amount: 100 }));
  await waymark.close();
  print('closed');
  try {
    bus.publish(new DealWon({ dealId: 'd-3', amount: 100 }));
  } catch (error) {
    if (WaymarkError.is(error)) print(`${error.code}: ${error.message}`);
  }
}
