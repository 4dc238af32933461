import { createWaymark, type PublishResult, WaymarkError } from 'waymark';
import { once } from 'node:events';
import { DealLost, DealWon } from './deals.js';

/** Trying again, and not waiting for ever. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  bus.subscribe(
    DealWon,
    async (_, { attempt }) => {
      await Promise.resolve();
      print(`try ${attempt}`);
      if (attempt < 3) throw new Error('no connection');
    },
    { name: 'crm', mode: 'async', retry: { attempts: 5, delayMs: 10, factor: 2, jitter: 0.5 } },
  );
  tell(await bus.publishAsync(new DealWon({ dealId: 'd-1', amount: 100 })), 'crm', print);

  bus.subscribe(
    DealLost,
    async (_, { signal }) => {
      // The signal tells a handler to stop. Nothing else could.
      if (signal !== undefined) await once(signal, 'abort');
      print('told to stop');
    },
    {
      name: 'directory',
      mode: 'async',
      timeoutMs: 20,
      retry: { attempts: 5, retryIf: (error) => !WaymarkError.is(error, 'WAYMARK_HANDLER_TIMEOUT') },
    },
  );
  tell(await bus.publishAsync(new DealLost({ dealId: 'd-2' })), 'directory', print);
}

function tell({ outcomes }: PublishResult, name: string, print: (line: string) => void): void {
  for (const { handler, status, attempts, error } of outcomes) {
    if (handler !== name) continue;
    print(`${name}: ${status} after ${attempts}${error instanceof Error ? `, ${error.message}` : ''}`);
  }
}
