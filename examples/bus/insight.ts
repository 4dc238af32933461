import { createWaymark } from 'waymark';
import { DealWon } from './deals.js';

/** What the bus does, and how it stands. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  bus.subscribe(DealWon, () => undefined, { name: 'screen' });
  bus.subscribe(DealWon, () => Promise.reject(new Error('no connection')), {
    name: 'crm',
    mode: 'async',
    retry: { attempts: 2, delayMs: 10 },
  });
  {
    using _ = bus.tap(({ step, eventType, handler = '-', attempt }) => {
      if (eventType === 'deal.won') print(`${step} ${handler}${attempt === undefined ? '' : ` attempt ${attempt}`}`);
    });
    await bus.publishAsync(new DealWon({ dealId: 'd-1', amount: 100 }));
  }

  for (const { name, topic, mode, delivered, failures, lastError } of bus.subscriptions()) {
    print(`${name} on ${topic} (${mode}): ${delivered} delivered, ${failures} failures, last ${lastError ?? 'none'}`);
  }
  const { published, failed, retried, deadLettered, queueDepth, running } = bus.metrics();
  print(JSON.stringify({ published, failed, retried, deadLettered, queueDepth, running }));
}
