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

/** How work is tried: again where it failed, and each time only for so long. */
export interface TryOptions {
  readonly retry?: NodeRetry;
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/** A compensation that is tried again where it failed, or may take only so long. */
export interface CompensationWork<State extends object = JsonObject> extends TryOptions {
  readonly run: Compensation<State>;
}

/** What every node may be told. */
export interface NodeOptions<State extends object = JsonObject> {
  /** For people; the node's id when left out. */
  readonly name?: string;
  /** Undoes what the node did outside. */
  readonly compensate?: Compensation<NoInfer<State>> | CompensationWork<NoInfer<State>>;
}

/** What nodes may be told that do work of their own. */
export interface WorkOptions<State extends object = JsonObject> extends NodeOptions<State>, TryOptions {}
