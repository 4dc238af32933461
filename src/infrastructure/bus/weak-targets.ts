import type { BusSubscription, Delivery } from '../../application/bus/subscription.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import type { Subscriber } from './handler-run.js';
import type { SubscriptionPlan } from './subscribe-options.js';

/** Ends subscriptions whose target was garbage collected. */
export class WeakTargets {
  readonly #registry: FinalizationRegistry<Subscriber>;
  readonly #onCollected: (subscription: Subscriber) => void;

  /** @param onCollected told once for each subscription that ended so */
  constructor(onCollected: (subscription: Subscriber) => void) {
    this.#onCollected = onCollected;
    this.#registry = new FinalizationRegistry((subscription) => this.#collected(subscription));
  }

  /** Begins a subscription that holds its target weakly, and what calls the target strongly. */
  begin(plan: SubscriptionPlan, target: object, subscribe: (plan: SubscriptionPlan) => Subscriber): BusSubscription {
    if ((typeof target !== 'object' && typeof target !== 'function') || target === null) {
      throw new InvalidArgumentError(`The target of a weak handler is ${String(target)}; it must be an object.`);
    }
    const reference = new WeakRef(target);
    const call = plan.handler as (target: object, event: DomainEvent, delivery: Delivery) => unknown;
    const handler = (event: DomainEvent, delivery: Delivery): unknown => {
      const alive = reference.deref();
      // The registry is told in its own time.
      return alive === undefined ? undefined : call(alive, event, delivery);
    };
    const subscription = subscribe({ ...plan, handler });
    if (subscription.active) this.#registry.register(target, subscription, subscription);
    return subscription;
  }

  /** A subscription has ended: a target that lives on must not keep it. */
  forget(subscription: Subscriber): void {
    this.#registry.unregister(subscription);
  }

  #collected(subscription: Subscriber): void {
    if (!subscription.active) return;
    subscription.unsubscribe();
    this.#onCollected(subscription);
  }
}
