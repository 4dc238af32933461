import type { Delivery } from '../../application/bus/subscription.js';

/** The one object that is made for an event on its way: every handler is given it. */
export class EventDelivery implements Delivery {
  readonly sequence: number;
  readonly position: number | undefined;
  declare readonly attempt: number;
  declare readonly isReplay: boolean;
  declare readonly signal: AbortSignal | undefined;

  constructor(sequence: number, position: number | undefined) {
    this.sequence = sequence;
    this.position = position;
  }
}
// What is the same for almost every delivery is not stored in each.
Object.assign(EventDelivery.prototype, { attempt: 1, isReplay: false, signal: undefined });

/**
 * What stands for no delivery. It lives as long as the program: the engine forgets what it learnt of a class whose
 * objects have all been collected, and would learn it again after every full collection.
 */
export const NO_DELIVERY = new EventDelivery(0, undefined);

/** A delivery that differs from the first and plain one: a later try, one with a time limit, or one of the past. */
export function specialDelivery(
  { sequence, position, isReplay }: Delivery,
  special: { readonly attempt?: number; readonly isReplay?: boolean; readonly signal?: AbortSignal },
): Delivery {
  return { sequence, position, attempt: 1, isReplay, signal: undefined, ...special };
}
