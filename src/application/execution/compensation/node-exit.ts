import type { Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import type { CheckpointTree } from '../../../domain/checkpoint/checkpoint-tree.js';
import { isSameValue } from '../../../domain/checkpoint/diff/same-value.js';
import type { Execution } from '../../../domain/execution/execution.js';
import type { NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import { addressOf } from '../../../domain/execution/standing.js';
import { type JsonObject, type JsonValue, setOwn } from '../../../domain/shared/json.js';
import { bodiesOf } from '../../../domain/workflow/address.js';
import type { CompensationContext } from '../../../domain/workflow/nodes/node-context.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { WorkflowTree } from '../../../domain/workflow/workflow-tree.js';
import type { Checkpoints } from '../../checkpoint/checkpoints.js';
import type { ExpressionEvaluator } from '../expression-evaluator.port.js';
import { conditionFailed } from '../flow/flow-errors.js';
import { FlowJudge } from '../flow/flow-judge.js';
import { FlowMemory } from '../flow/flow-memory.js';
import { framesOf, ownState } from '../flow/state-scope.js';
import { keyOf } from './what-to-undo.js';

/** The states around the end of a node. */
export interface NodeExit {
  /** The state of the execution before it ended; `undefined` where nobody can tell any more. */
  readonly before: JsonObject | undefined;
  /** The state of the execution that it left. */
  readonly after: JsonObject;
}

/**
 * The states around the end of an occurrence of a node, on the way to a checkpoint: by the checkpoint that it led to, or
 * by the first that is left of those after it.
 */
export async function nodeExit(
  checkpoints: Checkpoints,
  tree: CheckpointTree,
  headId: string,
  node: NodeOccurrence,
): Promise<NodeExit> {
  const way = tree.path(headId);
  const key = keyOf(node);
  const exit =
    way.find(
      ({ kind, nodeId, occurrence }) => kind === 'exit' && keyOf({ nodeId, occurrence } as NodeOccurrence) === key,
    ) ?? way.find(({ position }) => position.completed.some((done) => keyOf(done) === key));
  if (exit === undefined) return { before: undefined, after: await checkpoints.state(headId) };
  const after = await checkpoints.load(exit);
  const before = parentOf(tree, exit);
  return { before: before === undefined ? undefined : await checkpoints.load(before), after };
}

/** What a compensation sees of the states around the end of its node: what the node saw, with what it added. */
export type SeenAtExit = Pick<CompensationContext, 'state' | 'output' | 'item' | 'index' | 'iteration'>;

/**
 * Makes out what a compensation sees: within a map the item of its node, and as results those of the item.
 *
 * @throws WaymarkError `WAYMARK_CONDITION_FAILED` when the list of the map can't be made again out of the state, or the
 *   item is not recorded
 */
export function seenAtExit(
  expressions: ExpressionEvaluator,
  { tree }: Workflow,
  execution: Execution,
  node: NodeOccurrence,
  { before, after }: NodeExit,
): SeenAtExit {
  const at = addressOf(node);
  if (node.at === undefined && isInMap(tree, node.nodeId)) {
    throw conditionFailed(node.nodeId, 'item', 'is not recorded: it was done before the node had a compensation.');
  }
  const frames = framesOf(tree, at);
  const judge = new FlowJudge(expressions, tree, { state: after, execution, memory: new FlowMemory() });
  const { state, item, index, iteration } = judge.scope(at);
  return {
    state,
    output: before === undefined ? {} : changed(ownState(before, frames), ownState(after, frames)),
    ...(iteration === undefined ? {} : { iteration }),
    ...(item === undefined || index === undefined ? {} : { item, index }),
  };
}

function isInMap(tree: WorkflowTree, nodeId: string): boolean {
  return bodiesOf(nodeId).some(({ node }) => tree.get(node)?.kind === 'map');
}

function parentOf(tree: CheckpointTree, { parentId }: Checkpoint): Checkpoint | undefined {
  return parentId !== null && tree.has(parentId) ? tree.get(parentId) : undefined;
}

function changed(before: JsonObject, after: JsonObject): JsonObject {
  const output: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(after)) {
    if (Object.hasOwn(before, key) && isSameValue(before[key], value)) continue;
    setOwn(output, key, value);
  }
  return Object.freeze(output);
}
