import type { DomainEvent } from '../../domain/events/domain-event.js';

/**
 * One side of a bridge: how a mechanism is listened to, and how something is sent into it. An end point holds the
 * mechanism weakly, and is handed it for everything it does: whoever keeps an end point, or a bridge, keeps no side
 * alive.
 *
 * A host writes one for a mechanism that there is none for.
 *
 * @example
 * import type { MessagePort } from 'node:worker_threads';
 *
 * const portEndPoint = (port: MessagePort): EndPoint<string, MessagePort> => ({
 *   kind: 'message port',
 *   target: new WeakRef(port),
 *   receive(target, receiver) {
 *     const listener = (text: string): void => receiver.message(text);
 *     target.on('message', listener);
 *     return () => target.off('message', listener);
 *   },
 *   send: (target, text) => target.postMessage(text),
 * });
 */
export interface EndPoint<Message, Target extends object = object> {
  /** What it is, for the name of a bridge: `event emitter`. */
  readonly kind: string;
  /** The mechanism, held weakly. */
  readonly target: WeakRef<Target>;

  /**
   * Begins to listen. What it leaves at the target may enclose the receiver and the target, and nothing else that is to
   * be collected.
   *
   * @returns how to stop
   */
  receive(target: Target, receiver: Receiver<Message>): StopReceiving;

  /** Sends. What it throws is the failure of the bridge, on the side that the message comes from. */
  send(target: Target, message: Message): void;

  /** Whether what `send` threw says that the target has ended: then the bridge ends, too. */
  isEnd?(error: unknown): boolean;

  /** How an event becomes a message, for a bridge that is not told. Without one, such a bridge sends nothing. */
  wrap?(event: DomainEvent): Message;

  /**
   * The event that a message carries as it is, if it does. It is what a bridge takes in that is not told otherwise, and
   * its id is how a message is known again.
   */
  unwrap?(message: Message): DomainEvent | undefined;

  /** Whether a message that comes in while `sent` is being sent is that one; `Object.is` when left out. */
  isSame?(sent: Message, received: Message): boolean;
}

/** The bridge, as an end point sees it. */
export interface Receiver<Message> {
  /** The name of the bridge, for reports. */
  readonly name: string;
  /** The other side. Nobody listens for it any more once it is collected. */
  readonly owner: WeakRef<object>;
  /** Takes a message. It throws only into a bus of Waymark's, which reports it. */
  message(message: Message): void;
  /** The target has ended, of itself or with an error: nothing will ever come, and nothing can be sent. */
  end(failure?: { readonly error: unknown }): void;
}

/**
 * Stops listening.
 *
 * @param reason `collected`: the other side is gone. A mechanism that notices this by itself, and reports it, is left to
 *   do so
 */
export type StopReceiving = (reason: 'disabled' | 'collected') => void;
