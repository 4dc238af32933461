import type { Scheduler } from '../../domain/shared/clock.js';
import { AsyncQueue } from './async-queue.js';
import { BatchQueue } from './batch-queue.js';
import type { DeliveryQueue } from './delivery-queue.js';
import type { HandlerRun } from './handler-run.js';
import { KeyedQueue } from './keyed-queue.js';
import type { SubscriptionPlan } from './subscribe-options.js';

/**
 * The queue that a subscription asks for; `undefined` in the mode `sync`.
 *
 * @param work what is done with what it gives out; must not reject
 */
export function makeQueue(
  plan: SubscriptionPlan,
  scheduler: Scheduler,
  work: (...runs: [HandlerRun, ...HandlerRun[]]) => Promise<void>,
): DeliveryQueue<HandlerRun> | undefined {
  switch (plan.mode) {
    case 'sync':
      return undefined;
    case 'batch':
      return new BatchQueue(
        plan,
        scheduler,
        (runs) => work(...(runs as [HandlerRun, ...HandlerRun[]])),
        // Should it fail once more, then not together with events that would have been handled.
        ({ isRedrive }) => isRedrive,
      );
    case 'async':
      return plan.key === undefined
        ? new AsyncQueue(plan.concurrency, work)
        : new KeyedQueue(plan.concurrency, ({ key }) => key, work);
  }
}
