import { AsyncLocalStorage } from 'node:async_hooks';
import { createWaymark, type DomainEvent, runWithContext } from 'waymark';
import { DealCreated, DealLost, DealWon } from './deals.js';

/** Stands for OpenTelemetry, or whatever else travels with asynchronous work. */
const span = new AsyncLocalStorage<string>();

/** What follows from what. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const { bus } = waymark;
  const typeOf = new Map<string | undefined, string>();
  const tell = ({ id, type, context }: DomainEvent): void => {
    typeOf.set(id, type);
    const cause = typeOf.get(context.causationId) ?? 'nothing';
    print(`${type}: from ${cause}, of ${context.correlationId ?? 'nothing'}, by ${context.actor ?? 'nobody'}`);
  };
  bus.subscribe('deal.*', tell);

  bus.subscribe(
    DealCreated,
    async ({ payload: { dealId } }) => {
      await Promise.resolve();
      print(`within the span ${span.getStore()}`);
      bus.publish(new DealWon({ dealId, amount: 100 }));
      runWithContext({ actor: 'user:grace' }, () => bus.publish(new DealLost({ dealId })));
    },
    { mode: 'async' },
  );

  runWithContext({ correlationId: 'request-7', actor: 'user:ada' }, () =>
    span.run('of the request', () => bus.publish(new DealCreated({ dealId: 'd-1', customer: 'Ada' }))),
  );
  await bus.settled();
}
