import type { ErrorRecord } from '../events/families/fields.js';
import type { NodeOccurrence } from './node-attempt.js';

/** What follows when a compensation fails: the others are run all the same, or everything stops where it is. */
export type OnCompensationFailure = 'continue' | 'stop';

/** An occurrence of a node that is not to be compensated any more. */
export interface CompensatedNode extends NodeOccurrence {
  /** A fork took it over from its original: it is not undone, and not for the fork to undo. */
  readonly inherited?: true;
}

/** Of what is completed somewhere, what was undone outside meanwhile: nothing may go on as if it were there. */
export function undoneAmong(
  completed: readonly NodeOccurrence[],
  compensated: readonly CompensatedNode[],
): readonly NodeOccurrence[] {
  const keyOf = ({ nodeId, occurrence }: NodeOccurrence): string => `${nodeId}/${occurrence}`;
  const undone = new Set(compensated.filter(({ inherited }) => inherited !== true).map(keyOf));
  return undone.size === 0 ? [] : completed.filter((node) => undone.has(keyOf(node)));
}

/**
 * Compensations that are under way: durable, so that whoever takes the execution over goes on with them.
 */
export interface Undoing {
  /** Why: a rollback to a checkpoint, or a workflow that failed and undoes what it did. */
  readonly cause: 'rollback' | 'failure';
  /** The checkpoint that is gone back to; for a failure the one it failed at. */
  readonly checkpointId: string;
  readonly reason: string;
  /** `stop` when left out. */
  readonly onFailure?: OnCompensationFailure;
  /**
   * It goes back only where all of it was compensated, though the others are run when one fails: the execution of a
   * sub-workflow, which is one thing to undo for its parent.
   */
  readonly whole?: true;
  /** What is still to be compensated, the next one first. */
  readonly remaining: readonly NodeOccurrence[];
  /** How often the next one was tried and is to be tried again; left out before it has failed. */
  readonly tries?: number;
  /** When it is tried again, as ISO 8601 in UTC. */
  readonly retryAt?: string;
  /** How many are done. */
  readonly compensated: number;
  /** How many failed. */
  readonly failed: number;
  /** Who asked. */
  readonly actor?: string;
  /** The JSON Merge Patch to apply at the end. */
  readonly statePatch?: Readonly<Record<string, unknown>>;
  /** What the execution fails with at the end, for a failure. */
  readonly failure?: { readonly nodeId: string | null; readonly error: ErrorRecord };
  /** The caller's key for the rollback, to be kept with its end. */
  readonly key?: { readonly key: string; readonly digest: string };
}
