import { createWaymark } from 'waymark';
import { DealWon } from './deals.js';

/** Waiting for the handlers of one event. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  bus.subscribe(DealWon, () => undefined, { name: 'screen' });
  bus.subscribe(DealWon, () => Promise.reject(new Error('no connection')), { name: 'crm', mode: 'async' });
  bus.subscribe(DealWon, () => undefined, { name: 'warehouse', mode: 'batch', size: 10 });

  const { outcomes } = await bus.publishAsync(new DealWon({ dealId: 'd-1', amount: 100 }));
  for (const { handler, status, attempts, error } of outcomes) {
    print(`${handler}: ${status} after ${attempts}${error instanceof Error ? `, ${error.message}` : ''}`);
  }
}
