import { createWaymark, type OverflowPolicy, WaymarkError } from 'waymark';
import { DealWon } from './deals.js';

/** What becomes of the third event when two may wait. */
export async function main(print: (line: string) => void): Promise<void> {
  for (const policy of ['error', 'drop-oldest', 'drop-newest', 'backpressure'] as const) await show(policy, print);
}

async function show(overflow: OverflowPolicy, print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;
  const handled: string[] = [];
  bus.subscribe(DealWon, ({ payload }) => handled.push(payload.dealId), {
    mode: 'async',
    name: 'slow',
    queueSize: 2,
    overflow,
  });

  let note = 'nothing refused';
  for (const dealId of ['d-1', 'd-2', 'd-3']) {
    try {
      bus.publish(new DealWon({ dealId, amount: 100 }));
    } catch (error) {
      if (!WaymarkError.is(error, 'WAYMARK_BUS_OVERFLOW')) throw error;
      note = `${dealId} refused`;
      // Whoever can wait gets through.
      if (overflow === 'backpressure') await bus.publishAsync(new DealWon({ dealId: 'd-3, later', amount: 100 }));
    }
  }
  await bus.settled();
  print(`${overflow}: ${note}, ${bus.metrics().dropped} dropped, handled ${handled.join(' · ')}`);
}
