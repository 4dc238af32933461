/** How much an event matters, from least to most. */
export const SEVERITIES = ['debug', 'info', 'warning', 'error', 'critical'] as const;

/** See {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

/** Whether an event says that something succeeded, failed, or neither. */
export const OUTCOMES = ['success', 'failure', 'none'] as const;

/** See {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** `severity` and everything above it. */
export function severitiesFrom(severity: Severity): readonly Severity[] {
  return SEVERITIES.slice(SEVERITIES.indexOf(severity));
}
