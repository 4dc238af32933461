import type { ErrorRecord } from '../../domain/events/families/fields.js';
import type { PauseReason } from '../../domain/execution/execution-snapshot.js';
import type { NodeOccurrence } from '../../domain/execution/node-attempt.js';
import type { JsonValue } from '../../domain/shared/json.js';

/** How a run ended, or where it stands still. A workflow that fails is a result, not an exception. */
export type ExecutionResult =
  | { readonly status: 'completed'; readonly executionId: string; readonly output: JsonValue }
  | {
      readonly status: 'failed';
      readonly executionId: string;
      readonly nodeId: string | null;
      readonly error: ErrorRecord;
      readonly checkpointId: string;
      /** What it completed and compensations undid: nothing goes on from there. Left out where nothing was undone. */
      readonly undone?: readonly NodeOccurrence[];
    }
  | {
      readonly status: 'paused';
      readonly executionId: string;
      readonly reason: PauseReason;
      readonly checkpointId: string;
      readonly nextNodeIds: readonly string[];
      /** When it goes on by itself, as ISO 8601 in UTC: its timer ends, or a time limit does. */
      readonly dueAt?: string;
    }
  | { readonly status: 'cancelled'; readonly executionId: string; readonly reason: string };

/** A running execution in the hands of whoever started it. */
export interface ExecutionHandle {
  readonly id: string;
  /**
   * Resolves when the execution has ended or stands still. It goes on to wait where it stands still with the reason
   * `timer` and this instance lets it go on itself.
   *
   * @throws WaymarkError `WAYMARK_STORE_…` when the store failed: the execution is as it was last committed then
   */
  result(): Promise<ExecutionResult>;
}
