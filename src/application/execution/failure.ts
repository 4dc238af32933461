import type { ErrorRecord } from '../../domain/events/families/fields.js';

/** What makes an execution fail once everything has settled. */
export interface Failure {
  /** `null` when no node failed but the making of the output did. */
  readonly nodeId: string | null;
  readonly error: ErrorRecord;
  /** The event that tells of it. */
  readonly causationId: string | undefined;
}
