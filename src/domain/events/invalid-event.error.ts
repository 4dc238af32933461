import { WaymarkError } from '../shared/errors.js';

/** One thing that is wrong with a payload. */
export interface EventIssue {
  /** Where, as keys from the payload's root. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * A payload that its type does not allow, a context that is malformed, or a value that is no event.
 *
 * `issues` holds what Zod found; the message names the type and every field.
 */
export class InvalidEventError extends WaymarkError {
  readonly eventType: string;
  readonly issues: readonly EventIssue[];

  constructor(eventType: string, issues: readonly EventIssue[], cause?: unknown) {
    super('WAYMARK_INVALID_EVENT', `${eventType} is not valid: ${issues.map(describeIssue).join('; ')}.`, {
      cause,
      hint: `Compare the fields with the definition of ${eventType}.`,
      details: { eventType, fields: issues.map((issue) => issue.path.join('.')) },
    });
    this.eventType = eventType;
    this.issues = issues;
  }
}

function describeIssue(issue: EventIssue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}
