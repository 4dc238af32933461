import { errorRecord } from '../../application/context/error-record.js';
import type { EventBus } from '../../application/bus/event-bus.port.js';
import type { Topic } from '../../application/bus/topic.js';
import { DomainEvent } from '../../domain/events/domain-event.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { busEndPoint, whenClosed } from './bus-end-point.js';
import { assertBridgeOptions, type BridgeCounters, type BusBridgeOptions } from './bridge-options.js';
import { forgetCollected, onCollected } from './collected.js';
import type { EndPoint, StopReceiving } from './end-point.js';
import { letOver, sideOf } from './side.js';

/**
 * Carries events between a bus and something else: an EventEmitter, a Subject, an EventTarget, another bus, or whatever
 * there is an {@link EndPoint} for. It is off until `enable()` is called.
 *
 * **Failures.** What a mapping, or the other side, throws reaches no publisher. On the way out it is the failure of a
 * handler: the bus tells of it as `bus.handler_failed` under the bridge's name. On the way in nobody is there to be told
 * but the host: it is counted, kept as `lastError`, and given to `onError`. Both ways count.
 *
 * **Loops.** Each side remembers the ids of the events that a bridge has met there: at least the last 10,000, for all
 * bridges that end there. An event goes to no side that knows its id. So it never comes back, neither straight nor
 * around a ring of bridges, and of several ways to a side it takes one. This holds as long as an event keeps its id, or
 * the end point finds it in the message. Beyond that, what would come in while a bridge sends the very same message from
 * that bus is that message and no answer. Not caught are: an event that is made anew at every turn of a ring of several
 * bridges (the bus stops that one with `WAYMARK_BUS_RUNAWAY`); an echo without the event in it that comes when `send`
 * has returned; a foreign message without an event in it that several bridges take in, each of which makes an event of
 * it; and an event that is sent around for longer than it is remembered. An event that a host publishes twice crosses
 * once.
 *
 * **Memory.** The bridge keeps neither side alive. Each side lets go of the other one, and of the bridge, when that is
 * garbage collected, and a bus tells of it as `bus.handler_collected`. Nobody need keep the bridge: while it is enabled,
 * the sides do. What the mappings enclose, they keep.
 *
 * **Ends.** The bridge disables itself when the bus closes, or the other side ends. What a bus tells of the bridge
 * itself, such as its failures, does not cross it.
 *
 * @example
 * import { EventEmitter } from 'node:events';
 *
 * using bridge = new BusBridge(waymark.bus, eventEmitterEndPoint(new EventEmitter()), {
 *   topic: DealCreated,
 *   outgoing: ({ payload }) => ({ name: 'created', args: [payload.dealId] }),
 * }).enable();
 * console.log(bridge.counters.sent);
 */
export class BusBridge<Message, T extends Topic = string> implements Disposable {
  /** The name under which a bus knows its handler. */
  readonly name: string;
  readonly #bus: WeakRef<EventBus>;
  readonly #near: EndPoint<DomainEvent, EventBus>;
  readonly #far: EndPoint<Message>;
  readonly #outgoing: ((event: DomainEvent) => Message | undefined) | undefined;
  readonly #incoming: ((message: Message) => DomainEvent | undefined) | undefined;
  readonly #onError: BusBridgeOptions<Message, T>['onError'];
  readonly #counters = { sent: 0, received: 0, skipped: 0, ignored: 0, failed: 0 };
  /** How to stop listening at a side. By the side, and weakly, because what stops encloses it. */
  readonly #stops = new WeakMap<object, StopReceiving>();
  #lastError: string | undefined;
  #enabled = false;

  /**
   * @throws InvalidArgumentError for an option that there is not, a bridge from a bus to itself, and one over which
   *   nothing can go
   */
  constructor(bus: EventBus, endPoint: EndPoint<Message>, options: BusBridgeOptions<Message, T> = {}) {
    assertBridgeOptions(options);
    if (endPoint.target.deref() === bus) throw new InvalidArgumentError('A bridge leads from a bus to something else.');
    const { outgoing = endPoint.wrap?.bind(endPoint), incoming = endPoint.unwrap?.bind(endPoint) } = options;
    this.name = options.name ?? `bridge to ${endPoint.kind}`;
    this.#bus = new WeakRef(bus);
    this.#near = busEndPoint(bus, options.topic);
    this.#far = endPoint;
    // The topic decides what the mapping is given.
    this.#outgoing = outgoing === false ? undefined : (outgoing as (event: DomainEvent) => Message | undefined);
    this.#incoming = incoming === false ? undefined : incoming;
    this.#onError = options.onError;
    if (this.#outgoing === undefined && this.#incoming === undefined) {
      throw new InvalidArgumentError(`Nothing can go over ${this.name}.`, {
        hint: 'Give it a mapping: outgoing, incoming or both.',
      });
    }
  }

  /** Whether it carries: it was enabled, and both sides are still there. */
  get enabled(): boolean {
    return this.#enabled && this.#bus.deref() !== undefined && this.#far.target.deref() !== undefined;
  }

  /** What it has done since it was made. */
  get counters(): BridgeCounters {
    return { ...this.#counters };
  }

  /** What failed last, in words: an error itself could keep a side alive. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /**
   * Begins to carry. Idempotent; it stays disabled when a side was collected or has ended.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_TOPIC`; WaymarkError `WAYMARK_BUS_CLOSED` when a bus that it listens to
   *   is closed
   */
  enable(): this {
    const bus = this.#bus.deref();
    const target = this.#far.target.deref();
    if (this.#enabled || bus === undefined || target === undefined) return this;
    // Before anything else: a side that has ended says so while it is being listened to.
    this.#enabled = true;
    // Whoever outlives the other is left by the bridge.
    onCollected(bus, () => this.#end(this.#far.target, 'collected'), this);
    onCollected(target, () => this.#end(this.#bus, 'collected'), this);
    try {
      this.#listenToBus(bus);
      if (this.#incoming !== undefined) this.#listenTo(target);
    } catch (error) {
      this.disable();
      throw error;
    }
    return this;
  }

  /** Carries nothing any more, and leaves no handler behind. Idempotent; it can be enabled again. */
  disable(): void {
    if (!this.#enabled) return;
    try {
      this.#end(this.#bus, 'disabled');
    } finally {
      this.#end(this.#far.target, 'disabled');
    }
  }

  [Symbol.dispose](): void {
    this.disable();
  }

  // Functions made in one scope share what they enclose: a scope that has a bus and its counterpart in it must make none
  // that is left at a side. So each side is listened to in a method of its own.

  #listenToBus(bus: EventBus): void {
    // An event that was published before the bus closed is still delivered: only the other side is left then.
    const end = (): void => this.#end(this.#far.target, 'disabled');
    const receiver = {
      name: this.name,
      owner: this.#far.target,
      message: (event: DomainEvent): void => this.#carryOut(event),
      end,
    };
    this.#keepStop(bus, this.#outgoing === undefined ? whenClosed(bus, end) : this.#near.receive(bus, receiver));
  }

  #listenTo(target: object): void {
    const receiver = {
      name: this.name,
      owner: this.#bus,
      message: (message: Message): void => this.#carryIn(message),
      end: (failure?: { readonly error: unknown }): void => {
        if (failure !== undefined) this.#fail(failure.error, 'incoming');
        this.#end(this.#bus, 'disabled');
      },
    };
    this.#keepStop(target, this.#far.receive(target, receiver));
  }

  #keepStop(target: object, stop: StopReceiving): void {
    if (this.#enabled) this.#stops.set(target, stop);
    else stop('disabled');
  }

  /** Stops listening at one side, and waits for no collection any more. */
  #end(side: WeakRef<object>, reason: 'disabled' | 'collected'): void {
    this.#enabled = false;
    forgetCollected(this);
    const target = side.deref();
    if (target !== undefined) this.#stop(target, reason);
  }

  #stop(target: object, reason: 'disabled' | 'collected'): void {
    const stop = this.#stops.get(target);
    this.#stops.delete(target);
    stop?.(reason);
  }

  /** A failure goes on to the bus, which is who calls this. */
  #carryOut(event: DomainEvent): void {
    const bus = this.#bus.deref();
    const target = this.#far.target.deref();
    if (bus === undefined || target === undefined) return;
    try {
      this.#counters[this.#send(event, bus, target)] += 1;
    } catch (error) {
      this.#fail(error, 'outgoing');
      if (this.#far.isEnd?.(error) === true) this.disable();
      throw error;
    }
  }

  #send(event: DomainEvent, bus: EventBus, target: object): keyof BridgeCounters {
    const from = sideOf(bus);
    const to = sideOf(target);
    // Before anything is mapped: it must be known here when it comes back in another form.
    from.remember(idsOf(event));
    if (to.knows(idsOf(event))) return 'skipped';
    const message = tellsOf(event, this.name) ? undefined : this.#outgoing?.(event);
    if (message === undefined) return 'ignored';
    const ids = idsOf(event, this.#far.unwrap?.(message));
    const send = (): void => to.send(message, from, () => this.#far.send(target, message));
    return letOver(ids, from, to, send) ? 'sent' : 'skipped';
  }

  /** Never throws: who calls this is a publisher on the other side. */
  #carryIn(message: Message): void {
    const bus = this.#bus.deref();
    const target = this.#far.target.deref();
    if (bus === undefined || target === undefined) return;
    try {
      this.#counters[this.#publish(message, bus, target)] += 1;
    } catch (error) {
      this.#fail(error, 'incoming');
      if (this.#near.isEnd?.(error) === true) this.#end(this.#far.target, 'disabled');
    }
  }

  #publish(message: Message, bus: EventBus, target: object): keyof BridgeCounters {
    const from = sideOf(target);
    const to = sideOf(bus);
    const isMessage = (sent: unknown): boolean =>
      this.#far.isSame?.(sent as Message, message) ?? Object.is(sent, message);
    if (from.isSending(isMessage, to)) return 'skipped';
    const carried = this.#far.unwrap?.(message);
    from.remember(idsOf(carried));
    if (to.knows(idsOf(carried))) return 'skipped';
    const event = carried !== undefined && tellsOf(carried, this.name) ? undefined : this.#incoming?.(message);
    if (event === undefined) return 'ignored';
    return letOver(idsOf(event, carried), from, to, () => bus.publish(event)) ? 'received' : 'skipped';
  }

  #fail(error: unknown, direction: 'outgoing' | 'incoming'): void {
    this.#counters.failed += 1;
    this.#lastError = inWords(error);
    try {
      this.#onError?.(error, direction);
    } catch (thrown) {
      this.#lastError = inWords(thrown);
    }
  }
}

/** The ids of what is an event. */
function idsOf(...values: readonly unknown[]): readonly string[] {
  return values.filter((value) => DomainEvent.isEvent(value)).map(({ id }) => id);
}

/** Whether a bus reports on a handler of this name: to carry its failures would make it fail again. */
function tellsOf(event: DomainEvent, handler: string): boolean {
  return event.type.startsWith('bus.') && (event.payload as { readonly handler?: unknown }).handler === handler;
}

function inWords(error: unknown): string {
  const { name, message } = errorRecord(error);
  return `${name}: ${message}`;
}
