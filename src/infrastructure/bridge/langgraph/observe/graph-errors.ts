import { isRecord } from './graph.js';

// By what they say of themselves: not every version of LangGraph that there may be exports a test for them.

/** Whether a graph stopped because it was asked to, between two supersteps. */
export function isDrained(error: unknown): boolean {
  return isRecord(error) && error['name'] === 'GraphDrained';
}

/** Whether it is what LangGraph makes a node throw whose superstep is given up. */
export function isAbort(error: unknown): boolean {
  if (!isRecord(error)) return false;
  const { name, message } = error;
  return name === 'AbortError' || message === 'Abort' || message === 'Aborted';
}
