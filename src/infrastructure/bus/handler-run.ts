import type { Delivery, HandlerOutcome } from '../../application/bus/subscription.js';
import { eventLoopTurn } from '../../application/shared/event-loop-turn.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { HandlerSubscription } from './handler-subscription.js';

/** A subscription, whose queue holds runs. */
export type Subscriber = HandlerSubscription<HandlerRun>;

/** What a handler waits for: that a run ends, or that there is room in a queue. */
export type Wait = { readonly run: HandlerRun } | { readonly roomOf: Subscriber };

/** Runs work in the asynchronous context of another place. */
export type Scope = <Result>(work: () => Result) => Result;

/** Where a run comes from. */
export interface RunOrigin {
  /** When it began to wait, by the monotonic clock. */
  readonly since: number;
  /** The publisher's asynchronous context; left out where it is the one that the handler is called in anyway. */
  readonly scope?: Scope | undefined;
  /** The run whose handler published the event. */
  readonly parent?: HandlerRun | undefined;
  /** Which events it has to follow. */
  readonly key?: string | undefined;
  readonly isRedrive?: boolean;
}

/** How many types of a chain are remembered, to name its circle. */
const PATH_LENGTH = 10;

/** One event at one handler, from the queue to its outcome. */
export class HandlerRun {
  readonly subscription: Subscriber;
  readonly event: DomainEvent;
  readonly delivery: Delivery;
  /** What the handler is given: the event, or what the subscription makes of it. */
  readonly value: unknown;
  readonly scope: Scope | undefined;
  readonly since: number;
  readonly key: string;
  attempts = 0;
  /** How many waits for the whole bus its handler is in the middle of: those must not wait for it. */
  waits = 0;
  isEnded = false;
  /** Whether it goes on outside of any queue. */
  isTracked = false;
  /** Those that its handler was given together with it, itself included, where it takes batches. */
  batch: readonly HandlerRun[] | undefined;
  /** What its handler waits for by way of the bus. */
  waitsFor: Set<Wait> | undefined;
  /** Whether it is tried for a dead letter that there is already. */
  readonly isRedrive: boolean;
  /** Of how many runs it is the last, each begun by the one before within one turn of the event loop. */
  readonly chain: number;
  /** The types of the events that the last of these were for, this one's at the end. */
  readonly path: readonly string[];
  readonly #turn: number;
  #parent: HandlerRun | undefined;
  #outcome: Promise<HandlerOutcome> | undefined;
  #onEnd: ((outcome: HandlerOutcome) => void) | undefined;

  constructor(
    subscription: Subscriber,
    event: DomainEvent,
    delivery: Delivery,
    value: unknown,
    { since, scope, parent, key = '', isRedrive = false }: RunOrigin,
  ) {
    this.subscription = subscription;
    this.event = event;
    this.delivery = delivery;
    this.value = value;
    this.since = since;
    this.scope = scope;
    this.key = key;
    this.isRedrive = isRedrive;
    this.#parent = livingAncestor(parent);
    this.#turn = parent === undefined ? 0 : eventLoopTurn();
    // The first of a chain has no number of its turn yet, and counts as of this one.
    const goesOn = parent !== undefined && (parent.chain === 0 || parent.#turn === this.#turn);
    this.chain = goesOn ? parent.chain + 1 : 0;
    this.path = goesOn ? [...parent.path.slice(-PATH_LENGTH), event.type] : [event.type];
  }

  /** Resolves with what comes of it. */
  outcome(): Promise<HandlerOutcome> {
    this.#outcome ??= new Promise((resolve) => {
      this.#onEnd = resolve;
    });
    return this.#outcome;
  }

  end(outcome: HandlerOutcome): void {
    this.isEnded = true;
    this.waitsFor = undefined;
    this.#onEnd?.(outcome);
    this.#onEnd = undefined;
  }

  /** Whether a subscription's handler is what this run, or one that it came from, is busy with. */
  comesFrom(subscription: Subscriber): boolean {
    if (this.subscription === subscription && !this.isEnded) return true;
    return this.parent?.comesFrom(subscription) === true;
  }

  /** The nearest run that it came from and that has not ended. */
  get parent(): HandlerRun | undefined {
    // What has ended is cut off: a chain of runs, each begun by the one before, must not be kept for ever.
    this.#parent = livingAncestor(this.#parent);
    return this.#parent;
  }
}

function livingAncestor(run: HandlerRun | undefined): HandlerRun | undefined {
  let living = run;
  while (living?.isEnded === true) living = living.parent;
  return living;
}
