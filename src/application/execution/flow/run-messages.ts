import type { ExecutionStep } from '../execution-step.js';
import type { ExecutionResult } from '../execution-result.js';
import type { NodeOutcome } from '../run-node.js';
import type { Told } from '../waiting/told.js';

/** What a run is told: a node has settled, somebody wants something, or it is time. */
export type Message =
  | { readonly kind: 'settled'; readonly at: string; readonly outcome: NodeOutcome }
  /** What became of the execution of a node that waited for it when the run began. */
  | { readonly kind: 'child'; readonly at: string; readonly outcome: NodeOutcome }
  | { readonly kind: 'asked' }
  /** Somebody changes the execution in a step of its own: a wait is over. */
  | { readonly kind: 'told'; readonly told: Told }
  /** The time has come that a wait ends at, or the execution. */
  | { readonly kind: 'due' };

/** What a message leads to. */
export interface NextStep {
  readonly step: ExecutionStep;
  /** The event that what comes next is caused by. */
  readonly cause: string | undefined;
  /** Who waits for the step. */
  readonly told?: Told;
  /** Its time is up. */
  readonly isOver?: true;
}

/** What somebody adds to the step that ends a run: what it came to is kept with it. */
export type AtEnd = (step: ExecutionStep, result: ExecutionResult) => void;

/** Somebody's wish that a run stops. */
export interface StopWish {
  readonly kind: 'pause' | 'cancel';
  readonly reason: string;
  /** Runs work in the context of who asked: the events that follow are theirs, and not those of who started it. */
  readonly asAsker: <Result>(work: () => Result) => Result;
}
