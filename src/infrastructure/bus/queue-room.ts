import type { HandlerRun, Subscriber } from './handler-run.js';
import { isFutile } from './held-up.js';
import type { QueueTicket } from './handler-subscription.js';
import type { RunLedger } from './run-ledger.js';

/** Who wants to publish something. */
export interface Publisher {
  /** Those whose full queue stops it. */
  readonly guards: () => readonly Subscriber[];
  /** The handler that publishes. It never waits for a queue in which there is no room before it has ended itself. */
  readonly caller: HandlerRun | undefined;
  /** Whether what is published is for one of them; all are when left out. */
  readonly isFor?: (guard: Subscriber) => boolean;
}

/**
 * Lets publishers wait for room in queues that must not drop anything, who came first first.
 *
 * Whoever waits for several queues gets a place in all of them at once, and until then keeps none: to hold one while
 * waiting for another is how some would wait for each other for ever. So they may be overtaken in one queue while there
 * is no room in another.
 */
export class QueueRoom {
  readonly #ledger: RunLedger;
  #isOpen = false;

  constructor(ledger: RunLedger) {
    this.#ledger = ledger;
  }

  /** Whether a publisher has to wait for nobody. */
  isFree(publisher: Publisher): boolean {
    return !this.#needs(publisher).some(({ isFull }) => isFull);
  }

  /** Waits until there is room in all queues, and takes it in the same moment. */
  async enter<Result>(publisher: Publisher, take: () => Result): Promise<Result> {
    let kept: ReadonlySet<Subscriber> = new Set();
    for (let isFirst = false; ; isFirst = true) {
      const needs = this.#needs(publisher);
      if (!needs.some(({ isFull }) => isFull)) {
        try {
          return take();
        } finally {
          // A place that was not taken after all is the next one's.
          for (const queue of kept) this.freed(queue);
        }
      }
      // Who had places, and found them taken by what nobody can refuse, is still the first in line.
      const admission = this.#admission(new Set(needs), publisher.caller, isFirst);
      for (const queue of kept) this.freed(queue);
      kept = await admission;
      for (const queue of kept) queue.reserved -= 1;
    }
  }

  /** Whether a handler goes beyond a queue's limit, because it would wait for ever. */
  static mayExceed(queue: Subscriber, caller: HandlerRun | undefined): boolean {
    if (queue.plan.overflow !== 'backpressure' || caller === undefined) return false;
    return caller.comesFrom(queue) || isFutile({ roomOf: queue }, caller);
  }

  /** Places in a queue became free. */
  freed(subscription: Subscriber): void {
    for (const ticket of subscription.waiters) {
      if (subscription.isFull) return;
      if (![...ticket.needs].some(({ isFull }) => isFull)) ticket.admit();
    }
  }

  /** Nobody need wait for this one any more. */
  open(subscription: Subscriber): void {
    for (const ticket of subscription.waiters) {
      subscription.waiters.delete(ticket);
      ticket.needs.delete(subscription);
      if (![...ticket.needs].some(({ isFull }) => isFull)) ticket.admit();
    }
  }

  /** Nobody need wait for anybody any more. */
  openAll(subscriptions: readonly Subscriber[]): void {
    this.#isOpen = true;
    for (const subscription of subscriptions) this.open(subscription);
  }

  /** The places that are kept from when it resolves. */
  async #admission(
    needs: Set<Subscriber>,
    caller: HandlerRun | undefined,
    isFirst: boolean,
  ): Promise<ReadonlySet<Subscriber>> {
    const leaves = [...needs].map((queue) => this.#ledger.enterWaitFor({ roomOf: queue }, caller));
    try {
      await new Promise<void>((resolve) => {
        const ticket: QueueTicket<HandlerRun> = {
          needs,
          admit: () => {
            for (const queue of needs) {
              queue.waiters.delete(ticket);
              queue.reserved += 1;
            }
            resolve();
          },
        };
        for (const { waiters } of needs) {
          const behind = isFirst ? [...waiters] : [];
          if (isFirst) waiters.clear();
          for (const each of [ticket, ...behind]) waiters.add(each);
        }
      });
    } finally {
      for (const leave of leaves) leave();
    }
    return needs;
  }

  #needs({ guards, caller, isFor }: Publisher): readonly Subscriber[] {
    if (this.#isOpen) return [];
    return guards().filter(
      (guard) =>
        guard.active &&
        guard.plan.overflow === 'backpressure' &&
        isFor?.(guard) !== false &&
        !(guard.isFull && QueueRoom.mayExceed(guard, caller)),
    );
  }
}
