import {
  asBreakpoint,
  type BreakpointLike,
  EVERY_NODE,
  type StoredBreakpoint,
  toStoredBreakpoints,
} from '../../../domain/execution/breakpoints.js';
import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExpressionEvaluator } from '../expression-evaluator.port.js';
import { assertCondition } from './condition.js';

/**
 * Breakpoints as they are kept with an execution of a workflow.
 *
 * @throws InvalidArgumentError `WAYMARK_UNKNOWN_NODE` for a node that there is not, `WAYMARK_INVALID_EXPRESSION`, and as
 *   {@link toStoredBreakpoints}
 */
export function checkBreakpoints(
  { expressions }: { readonly expressions: ExpressionEvaluator },
  { id, tree }: Pick<Workflow, 'id' | 'tree'>,
  given: readonly BreakpointLike[] = [],
): readonly StoredBreakpoint[] {
  const breakpoints = toStoredBreakpoints(given);
  for (const { node, when, if: condition } of breakpoints.map(asBreakpoint)) {
    if (node !== EVERY_NODE && tree.get(node) === undefined) {
      throw new InvalidArgumentError(`${id} has no node ${JSON.stringify(node)} to stop ${when}.`, {
        code: 'WAYMARK_UNKNOWN_NODE',
        hint: `Its nodes are ${[...tree.nodes.keys()].join(', ')}.`,
      });
    }
    if (condition !== undefined) assertCondition(expressions, node, condition);
  }
  return breakpoints;
}
