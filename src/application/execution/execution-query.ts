import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import type { ExecutionQuery } from '../../domain/execution/execution.repository.port.js';
import { EXECUTION_STATUSES } from '../../domain/execution/execution-status.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { assertKeys, type KeysOf, oneOf, wholeNumber } from '../../domain/shared/options.js';
import { MAX_EXECUTION_PAGE } from '../../domain/shared/page-limits.js';

const QUERY_KEYS: KeysOf<ExecutionQuery> = { workflowId: true, status: true, parentExecutionId: true, limit: true };
const DEFAULT_LIMIT = 50;

/**
 * Checks what to list. The keys are a closed list: a misspelt one is an error and never finds everything.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` or `WAYMARK_INVALID_ID`
 */
export function toExecutionQuery(query: Partial<ExecutionQuery>): ExecutionQuery {
  assertKeys(query, QUERY_KEYS, 'filter of executions');
  const { workflowId, status, parentExecutionId, limit = DEFAULT_LIMIT } = query;
  if (workflowId !== undefined) assertIdentifier(workflowId, 'workflow id');
  if (parentExecutionId !== undefined) assertIdentifier(parentExecutionId, 'execution id');
  return {
    limit: wholeNumber(limit, 'limit', 1, MAX_EXECUTION_PAGE),
    ...(workflowId === undefined ? {} : { workflowId }),
    ...(status === undefined ? {} : { status: oneOf(status, EXECUTION_STATUSES, 'status') }),
    ...(parentExecutionId === undefined ? {} : { parentExecutionId }),
  };
}

/** Waymark's own executions and threads, as one list. */
export function withThreads(
  own: readonly ExecutionSnapshot[],
  threads: readonly ExecutionSnapshot[],
  { limit }: ExecutionQuery,
): readonly ExecutionSnapshot[] {
  if (threads.length === 0) return own;
  return [...own, ...threads].toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1)).slice(0, limit);
}
