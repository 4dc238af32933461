import { bufferCount, filter, map } from 'rxjs';
import { createWaymark } from 'waymark';
import { DealWon } from './deals.js';

/** The bus as an RxJS Observable. */
export async function main(print: (line: string) => void): Promise<void> {
  {
    await using waymark = await createWaymark({ storage: 'memory:' });
    const { bus } = waymark;

    bus
      .on(DealWon)
      .pipe(
        map(({ payload }) => payload.amount),
        filter((amount) => amount >= 100),
        bufferCount(2),
      )
      .subscribe({ next: (amounts) => print(`two more: ${amounts.join(' + ')}`), complete: () => print('complete') });
    bus.on(DealWon).subscribe(() => {
      throw new Error('an observer may throw');
    });

    for (const amount of [100, 5, 200, 300]) bus.publish(new DealWon({ dealId: `d-${amount}`, amount }));
    print(`failed: ${bus.metrics().failed}`);
  }
  print('closed');
}
