import { createWaymark } from 'waymark';
import { DealCreated, DealWon } from './deals.js';

/** What was published before somebody came. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:', historySize: 4 });
  const { bus } = waymark;

  for (const dealId of ['d-1', 'd-2', 'd-3']) {
    bus.publish(new DealCreated({ dealId, customer: 'Ada' }));
    bus.publish(new DealWon({ dealId, amount: 100 }));
  }

  bus.subscribe(
    DealWon,
    ({ payload }, { isReplay }) => print(`${payload.dealId} ${isReplay ? 'from the history' : 'live'}`),
    { replay: 10 },
  );
  bus.publish(new DealWon({ dealId: 'd-4', amount: 100 }));

  const since = bus.history({ after: 2, topic: DealWon });
  print(`history: ${since.events.map(({ type }) => type).join(', ')}`);
  print(`it holds ${since.newest - since.oldest + 1} of ${since.newest} events; a gap after the second: ${since.gap}`);
}
