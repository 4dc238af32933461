import type { JsonObject } from '../../shared/json.js';
import type { Compensation } from './node-context.js';

/** When work that failed is tried again. */
export interface NodeRetry {
  /** How often it is tried in all, the first time included. */
  readonly attempts: number;
  /** How long to wait before the second try, in milliseconds; 0 when left out. */
  readonly delayMs?: number;
  /** What the wait is multiplied by after each further try; 1 when left out. */
  readonly factor?: number;
  /** The longest wait, in milliseconds. */
  readonly maxDelayMs?: number;
  /** Whether an error is worth another try; each is when left out. */
  readonly when?: (error: unknown) => boolean;
}

/** What every node may be told. */
export interface NodeOptions<State extends object = JsonObject> {
  /** For people; the node's id when left out. */
  readonly name?: string;
  /** Undoes what the node did outside. */
  readonly compensate?: Compensation<NoInfer<State>>;
}

/** What nodes may be told that do work of their own. */
export interface WorkOptions<State extends object = JsonObject> extends NodeOptions<State> {
  readonly retry?: NodeRetry;
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs?: number;
}
