import type { HandlerRun, Subscriber } from './handler-run.js';
import { isFutile } from './held-up.js';
import type { RunLedger } from './run-ledger.js';

/** Who wants to publish something. */
export interface Publisher {
  /** Those whose full queue stops it. They are asked for again after each wait. */
  readonly guards: () => readonly Subscriber[];
  /** The handler that publishes. It never waits for a queue in which there is no room before it has ended itself. */
  readonly caller: HandlerRun | undefined;
  /** Whether what is published is for one of them; all are when left out. */
  readonly isFor?: (guard: Subscriber) => boolean;
}

/**
 * Lets publishers wait for room in queues that must not drop anything, who came first first. Whoever is woken has a
 * place kept for him until he is there to take it: nobody who comes later gets in between.
 */
export class QueueRoom {
  readonly #ledger: RunLedger;
  #isOpen = false;

  constructor(ledger: RunLedger) {
    this.#ledger = ledger;
  }

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
      const leave = this.#ledger.enterWaitFor({ roomOf: full }, publisher.caller);
      const isFirst = before === full;
      await new Promise<void>((resolve) => (isFirst ? full.waiters.unshift(resolve) : full.waiters.push(resolve)));
      leave();
      before = full;
    }
  }

  /** Whether a handler goes beyond a queue's limit, because it would wait for ever. */
  static mayExceed(queue: Subscriber, caller: HandlerRun | undefined): boolean {
    if (queue.plan.overflow !== 'backpressure' || caller === undefined) return false;
    return caller.comesFrom(queue) || isFutile({ roomOf: queue }, caller);
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

  #fullOne({ guards, caller, isFor }: Publisher): Subscriber | undefined {
    if (this.#isOpen) return undefined;
    return guards().find(
      (guard) =>
        guard.active &&
        guard.isFull &&
        guard.plan.overflow === 'backpressure' &&
        isFor?.(guard) !== false &&
        !QueueRoom.mayExceed(guard, caller),
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
