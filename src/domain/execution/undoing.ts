import type { NodeOccurrence } from './node-attempt.js';

/**
 * Compensations that are under way: durable, so that whoever takes the execution over goes on with them.
 */
export interface Undoing {
  /** Why: a rollback to a checkpoint, or a workflow that failed and undoes what it did. */
  readonly cause: 'rollback' | 'failure';
  /** The checkpoint that is gone back to; for a failure the one it failed at. */
  readonly checkpointId: string;
  readonly reason: string;
  /** What is still to be compensated, the next one first. */
  readonly remaining: readonly NodeOccurrence[];
  /** How many are done. */
  readonly compensated: number;
  /** How many failed. */
  readonly failed: number;
  /** Who asked. */
  readonly actor?: string;
  /** The JSON Merge Patch to apply at the end. */
  readonly statePatch?: Readonly<Record<string, unknown>>;
}
