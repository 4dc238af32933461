import type { EventOf, Topic } from '../../application/bus/topic.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertKeys, assertOptional, type KeysOf } from '../../domain/shared/options.js';

/** How a bridge carries. */
export interface BusBridgeOptions<Message, T extends Topic = string> {
  /** What goes out; everything when left out. What comes in, the end point says. */
  readonly topic?: T;
  /**
   * What becomes of an event on its way out; `undefined` leaves it here. `false`: nothing goes out. When left out, the
   * end point decides.
   */
  readonly outgoing?: ((event: EventOf<T>) => Message | undefined) | false;
  /**
   * What becomes of a message on its way in; `undefined` leaves it there. `false`: nothing comes in. When left out, the
   * end point decides.
   */
  readonly incoming?: ((message: Message) => DomainEvent | undefined) | false;
  /** For reports; `bridge to event emitter` and the like when left out. */
  readonly name?: string;
  /** Is told of every failure. What it throws goes no further. */
  readonly onError?: (error: unknown, direction: 'outgoing' | 'incoming') => void;
}

/** What a bridge has done. */
export interface BridgeCounters {
  /** Events that went out. */
  readonly sent: number;
  /** Events that came in. */
  readonly received: number;
  /** What would have gone where it has been already. */
  readonly skipped: number;
  /** What a mapping left where it was, and reports on the bridge itself. */
  readonly ignored: number;
  /** What failed, in a mapping or at its destination. */
  readonly failed: number;
}

const KEYS: KeysOf<BusBridgeOptions<never>> = {
  topic: true,
  outgoing: true,
  incoming: true,
  name: true,
  onError: true,
};

/** @throws InvalidArgumentError */
export function assertBridgeOptions(options: unknown): void {
  assertKeys(options, KEYS, 'bridge option');
  const { outgoing, incoming, name, onError } = options as Readonly<Record<keyof typeof KEYS, unknown>>;
  if (outgoing !== false) assertOptional(outgoing, 'function', 'mapping of what goes out');
  if (incoming !== false) assertOptional(incoming, 'function', 'mapping of what comes in');
  assertOptional(name, 'string', 'name of a bridge');
  if (name === '') throw new InvalidArgumentError('The name of a bridge is empty.');
  assertOptional(onError, 'function', 'onError');
}
