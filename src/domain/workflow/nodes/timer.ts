import type { JsonObject } from '../../shared/json.js';
import type { NodeOptions } from './node-options.js';
import type { TimerNode } from './workflow-node.js';

/** A timer as it is declared: for a while, or until a moment. */
export type TimerOptions<State extends object = JsonObject> = NodeOptions<State> &
  (
    | { readonly afterMs: NonNullable<TimerNode<State>['afterMs']>; readonly until?: undefined }
    | { readonly afterMs?: undefined; readonly until: NonNullable<TimerNode<State>['until']> }
  );

/**
 * Declares a node that waits for a while, in milliseconds, or until a moment, as ISO 8601.
 *
 * @example
 * timer({ afterMs: 3_600_000 });
 * timer<{ embargo: string }>({ until: (state) => state.embargo });
 */
export function timer<State extends object = JsonObject>(options: TimerOptions<State>): TimerNode<State> {
  return Object.freeze({ ...options, kind: 'timer' }) as unknown as TimerNode<State>;
}
