import type { JsonObject } from '../../shared/json.js';
import type { SignalNode } from './workflow-node.js';

/** A signal that is waited for, as it is declared. */
export type SignalOptions<State extends object = JsonObject> = Omit<SignalNode<State>, 'kind'>;

/**
 * Declares a node that waits for a signal from outside.
 *
 * @example
 * signal({ name: 'paid', timeoutMs: 86_400_000, into: 'payment' });
 */
export function signal<State extends object = JsonObject>(options: SignalOptions<State>): SignalNode<State> {
  return Object.freeze({ ...options, kind: 'signal' });
}
