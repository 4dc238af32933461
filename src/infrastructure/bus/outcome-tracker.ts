import type { HandlerOutcome } from '../../application/bus/subscription.js';
import type { HandlerRun } from './handler-run.js';
import { isHeldUpBy } from './held-up.js';
import type { RunLedger } from './run-ledger.js';

/** Who waits for the outcomes of an event. */
export interface OutcomeWaiter {
  /** When the event was published, by the monotonic clock. */
  readonly startedAt: number;
  /** The handler that published it, and waits for this. */
  readonly caller: HandlerRun | undefined;
  readonly ledger: RunLedger;
}

/** Gathers what comes of one event at its handlers, for whoever waits for it. */
export class OutcomeTracker {
  readonly startedAt: number;
  readonly #outcomes: Promise<HandlerOutcome>[] = [];
  readonly #delivered: Promise<void>;
  readonly #caller: HandlerRun | undefined;
  readonly #ledger: RunLedger;
  #onDelivered: () => void = () => undefined;

  constructor({ startedAt, caller, ledger }: OutcomeWaiter) {
    this.startedAt = startedAt;
    this.#caller = caller;
    this.#ledger = ledger;
    this.#delivered = new Promise((resolve) => {
      this.#onDelivered = resolve;
    });
  }

  /** One more handler has the event. */
  follow(run: HandlerRun): void {
    const { name, plan } = run.subscription;
    // That Waymark records the event is no outcome of it.
    if (name.startsWith('waymark.')) return;
    // A batch is full when it is full; and a handler can't wait for itself, nor for who waits for it.
    const isLeft = plan.mode === 'batch' || (plan.mode === 'async' && this.#isHeldUp(run));
    const queued: HandlerOutcome = { handler: name, status: 'queued', attempts: 0, durationMs: 0 };
    this.#outcomes.push(isLeft ? Promise.resolve(queued) : this.#ledger.outcomeOf(run, this.#caller));
  }

  #isHeldUp(run: HandlerRun): boolean {
    const caller = this.#caller;
    return caller !== undefined && (caller.comesFrom(run.subscription) || isHeldUpBy(run, caller));
  }

  /** Every handler has been given the event. */
  delivered(): void {
    this.#onDelivered();
  }

  /** Every outcome, in the order of subscription, once there is one from everybody. */
  async outcomes(): Promise<readonly HandlerOutcome[]> {
    await this.#delivered;
    return Promise.all(this.#outcomes);
  }
}
