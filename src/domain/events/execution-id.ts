import { identifierProblem } from '../shared/identifiers.js';

/**
 * The execution that a payload belongs to: its `executionId`, where that is an identifier. A host's type may use the
 * name for something else; that is data then, and nothing is filed under it.
 */
export function executionIdOf(payload: unknown): string | undefined {
  const { executionId } = payload as { readonly executionId?: unknown };
  return identifierProblem(executionId) === undefined ? (executionId as string) : undefined;
}
