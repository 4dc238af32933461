import type { ErrorRecord } from '../../domain/events/families/fields.js';
import type { PauseReason } from '../../domain/execution/execution.js';
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
    }
  | {
      readonly status: 'paused';
      readonly executionId: string;
      readonly reason: PauseReason;
      readonly checkpointId: string;
      readonly nextNodeIds: readonly string[];
    }
  | { readonly status: 'cancelled'; readonly executionId: string; readonly reason: string };

/** A running execution in the hands of whoever started it. */
export interface ExecutionHandle {
  readonly id: string;
  /**
   * Resolves when the execution has ended or stands still.
   *
   * @throws WaymarkError `WAYMARK_STORE_…` when the store failed: the execution is as it was last committed then
   */
  result(): Promise<ExecutionResult>;
}
