import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { HandlerRun, Subscriber } from './handler-run.js';

/** Who wants to publish what. */
export interface Publisher {
  /** Those whose full queue stops it. They are asked for again after each wait. */
  readonly guards: () => readonly Subscriber[];
  /** The handler that publishes. It never waits for its own queue. */
  readonly caller: HandlerRun | undefined;
  /** What is published; `undefined` for who takes no place. */
  readonly event?: DomainEvent;
}

/**
 * Lets publishers wait for room in queues that must not drop anything, who came first first. Whoever is woken has a
 * place kept for him until he is there to take it: nobody who comes later gets in between.
 */
export class QueueRoom {
  #isOpen = false;

  /** Whether a publisher has to wait for nobody. */
  isFree(publisher: Publisher): boolean {
    return this.#fullOne(publisher) === undefined;
  }

  /** Waits until there is room in all queues, and takes it in the same moment. */
  async enter<Result>(publisher: Publisher, take: () => Result): Promise<Result> {
    let before: Subscriber | undefined;
    for (;;) {
      if (before !== undefined) before.reserved -= 1;
      const full = this.#fullOne(publisher);
      try {
        if (full === undefined) return take();
      } finally {
        // The place may not have been taken: then it is the next one's.
        if (before !== undefined && before !== full) wake(before);
      }
      const isFirst = before === full;
      await new Promise<void>((resolve) => (isFirst ? full.waiters.unshift(resolve) : full.waiters.push(resolve)));
      before = full;
    }
  }

  /** Places in a queue became free. */
  freed(subscription: Subscriber): void {
    if (subscription.waiters.length > 0) wake(subscription);
  }

  /** Nobody need wait for this one any more. */
  open(subscription: Subscriber): void {
    for (const resolve of subscription.waiters.clear()) {
      subscription.reserved += 1;
      resolve();
    }
  }

  /** Nobody need wait for anybody any more. */
  openAll(subscriptions: readonly Subscriber[]): void {
    this.#isOpen = true;
    for (const subscription of subscriptions) this.open(subscription);
  }

  #fullOne({ guards, caller, event }: Publisher): Subscriber | undefined {
    if (this.#isOpen) return undefined;
    return guards().find(
      (guard) =>
        guard.active &&
        guard.isFull &&
        guard.plan.overflow === 'backpressure' &&
        (event === undefined || guard.passes(event)) &&
        caller?.comesFrom(guard) !== true,
    );
  }
}

function wake(subscription: Subscriber): void {
  while (!subscription.isFull) {
    const resolve = subscription.waiters.shift();
    if (resolve === undefined) return;
    subscription.reserved += 1;
    resolve();
  }
}
