/** What families of events are grouped by, for people. */
export const EVENT_CATEGORIES = [
  'workflow',
  'checkpoint',
  'tool_usage',
  'decision',
  'reasoning',
  'error',
  'session',
  'resource',
  'operations',
] as const;

/** See {@link EVENT_CATEGORIES}. */
export type EventCategory = (typeof EVENT_CATEGORIES)[number];
