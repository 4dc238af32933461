import { BusHandlerFailed, createWaymark } from 'waymark';
import { DealCreated } from './deals.js';

/** The mode when none is said: called within the publish. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;

  bus.subscribe(BusHandlerFailed, ({ payload }) => print(`${payload.handler} failed: ${payload.error.message}`));
  bus.subscribe(DealCreated, () => print('first'));
  bus.subscribe(
    DealCreated,
    () => {
      throw new Error('out of paper');
    },
    { name: 'printer' },
  );
  bus.subscribe(DealCreated, async () => {
    print('third, until it waits');
    await Promise.resolve();
    print('third, afterwards');
  });

  bus.publish(new DealCreated({ dealId: 'd-1', customer: 'Ada' }));
  print('published');
  await bus.settled();
  print('settled');
}
