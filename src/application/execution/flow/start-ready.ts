import { addressOf } from '../../../domain/execution/standing.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import { bodyOf, staticId } from '../../../domain/workflow/address.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { CompiledNode, WorkflowTree } from '../../../domain/workflow/workflow-tree.js';
import type { Fact } from '../../../domain/workflow/planner/fact.js';
import { open, start } from '../../../domain/workflow/planner/plan.js';
import { isInstant, type MayStart } from '../../../domain/workflow/planner/take-up.js';
import { type InFlight, keepOutput, recordFacts } from '../node-steps.js';
import type { ExpressionEvaluator } from '../expression-evaluator.port.js';
import type { ExecutionStep } from '../execution-step.js';
import { FlowJudge } from './flow-judge.js';
import { framesOf, iterationOf, ownState } from './state-scope.js';
import { tellBoundary, tellStarted } from './tell-facts.js';

/** What a step starts. */
export interface StartedWork {
  /** Work that may begin once the step is durable. */
  readonly started: readonly InFlight[];
  /** The event that what comes next is caused by. */
  readonly cause: string | undefined;
}

/**
 * Adds to a step the start of all that is ready and may be started. Conditions that are due are asked with the step's state;
 * where that ended a node, a checkpoint holds what it came to.
 */
export function startReady(
  expressions: ExpressionEvaluator,
  workflow: Workflow,
  step: ExecutionStep,
  causationId: string | undefined,
  mayStart: (at: string, facts: readonly Fact[]) => boolean,
): StartedWork {
  const { tree } = workflow;
  // What is open was started: it is only looked at again.
  const may: MayStart = (at, _compiled, facts) => step.execution.isOpen(at) || mayStart(at, facts);
  const judge = new FlowJudge(expressions, tree, step);
  const opened = openReady(step, tree, judge, causationId, may);
  const plan = start(tree, step.execution.standing, step.execution.doneAtTop, may);
  if (plan.facts.length === 0) return { started: [], cause: opened.cause };
  step.execution = step.execution.advance(plan);
  const started: InFlight[] = [];
  for (const fact of plan.facts) {
    if (fact.kind !== 'started') continue;
    const around = bodyOf(addressOf(fact.node))?.node;
    const cause = (around === undefined ? undefined : opened.begun.get(around)) ?? opened.cause;
    started.push(begin(step, tree, judge, fact.node, fact.compiled, cause));
  }
  return { started, cause: opened.cause };
}

function openReady(
  step: ExecutionStep,
  tree: WorkflowTree,
  judge: FlowJudge,
  causationId: string | undefined,
  may: MayStart,
): { readonly cause: string | undefined; readonly begun: ReadonlyMap<string, string> } {
  const { waiting, interrupted } = step.execution.snapshot;
  const isDue =
    interrupted.some((node) => step.execution.isOpen(addressOf(node))) ||
    waiting.some((at) => isInstant(nodeAt(tree, at)));
  if (!isDue) return { cause: causationId, begun: new Map() };
  const plan = open(tree, step.execution.standing, step.execution.doneAtTop, judge, may);
  step.execution = step.execution.advance(plan);
  for (const at of judge.made) {
    const { definition } = nodeAt(tree, at);
    const into = definition.kind === 'map' ? definition.into : '';
    keepOutput(step, tree, at, { [into]: step.state[into] ?? [] });
  }
  const recorded = recordFacts(step, plan.facts, causationId);
  const [map] = judge.made;
  if (map !== undefined && !recorded.hasCheckpoint) {
    const node = plan.facts.find((fact) => fact.kind === 'started' && addressOf(fact.node) === map)?.node;
    step.checkpoint('entry', node, recorded.begun.get(map) ?? recorded.cause);
  }
  return recorded;
}

function begin(
  step: ExecutionStep,
  tree: WorkflowTree,
  judge: FlowJudge,
  node: InFlight['node'],
  compiled: CompiledNode,
  causationId: string | undefined,
): InFlight {
  const at = addressOf(node);
  const { headCheckpointId } = step.execution.snapshot;
  const startedId = tellStarted(step, node, compiled, causationId);
  const boundary = { boundary: 'entry', nodeStatus: 'running', checkpointId: headCheckpointId } as const;
  tellBoundary(step, node, boundary, startedId);
  const common = { node, compiled, startedId, begunAt: step.monotonic(), abort: new AbortController() };
  try {
    const scope = placeOf(judge, tree, at);
    return { ...common, baseState: judge.view(at), baseOwn: ownState(step.state, framesOf(tree, at)), ...scope };
  } catch (problem) {
    const nothing: JsonObject = {};
    return { ...common, baseState: nothing, baseOwn: nothing, problem };
  }
}

/** What the context of work says of the loop and the map that it is in. */
function placeOf(judge: FlowJudge, tree: WorkflowTree, at: string): Pick<InFlight, 'place'> {
  if (!at.includes('[')) return {};
  const { item, index } = judge.scope(at);
  const iteration = iterationOf(tree, at);
  return {
    place: {
      ...(iteration === undefined ? {} : { iteration }),
      ...(item === undefined || index === undefined ? {} : { item, index }),
    },
  };
}

function nodeAt(tree: WorkflowTree, at: string): CompiledNode {
  const found = tree.get(staticId(at));
  if (found === undefined) throw new RangeError(`The workflow has no node ${staticId(at)}.`);
  return found;
}
