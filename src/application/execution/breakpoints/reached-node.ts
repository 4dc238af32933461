import type { ReachedNode } from '../../../domain/execution/breakpoints.js';
import type { NodeAttempt } from '../../../domain/execution/node-attempt.js';
import { addressOf } from '../../../domain/execution/standing.js';
import { staticId } from '../../../domain/workflow/address.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExecutionStep } from '../execution-step.js';
import type { ExpressionEvaluator } from '../expression-evaluator.port.js';
import type { Fact } from '../../../domain/workflow/planner/fact.js';
import { FlowJudge } from '../flow/flow-judge.js';

/** What tells what the conditions of breakpoints see. */
export interface ReachedBy {
  readonly expressions: ExpressionEvaluator;
  readonly workflow: Pick<Workflow, 'tree'>;
  readonly step: ExecutionStep;
}

/** A node that is ready, as breakpoints before it see it. */
export function readyNode(by: ReachedBy, at: string): ReachedNode {
  const nodeId = staticId(at);
  const { interrupted, occurrences } = by.step.execution.snapshot;
  const begun = interrupted.find((node) => addressOf(node) === at)?.occurrence;
  return reachedNode(by, at, begun ?? (Object.hasOwn(occurrences, nodeId) ? (occurrences[nodeId] ?? 0) : 0) + 1);
}

/** A node whose result a step holds, as breakpoints after it see it. */
export function reachedNode({ expressions, workflow, step }: ReachedBy, at: string, occurrence: number): ReachedNode {
  const scope = () => ({ ...new FlowJudge(expressions, workflow.tree, step).scope(at), occurrence });
  return { at, nodeId: staticId(at), scope };
}

/** The nodes that were completed on the way of a plan. */
export function completedIn(facts: readonly Fact[]): readonly NodeAttempt[] {
  return facts.filter(({ kind }) => kind === 'completed').map(({ node }) => node);
}
