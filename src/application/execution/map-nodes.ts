import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { renamed, type NodeNames, renameNodes } from '../../domain/execution/rename-nodes.js';
import { addressOf } from '../../domain/execution/standing.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { staticId } from '../../domain/workflow/address.js';
import type { NodeKind } from '../../domain/workflow/nodes/workflow-node.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { compensableIn } from './compensation/what-to-undo.js';
import { mappingMisfit } from './execution-errors.js';

/** Where an execution stands: all that names nodes. */
export type Standpoint = Pick<
  ExecutionSnapshot,
  'id' | 'completed' | 'waiting' | 'interrupted' | 'failed' | 'suspended' | 'progress'
>;

/** What must wait where an execution waits for something. */
const WAITING_KINDS: Readonly<Record<string, NodeKind>> = {
  approval: 'approval',
  timer: 'timer',
  signal: 'signal',
  execution: 'workflow',
};

/**
 * Takes an execution over to a definition that has changed since it began. Whoever asks for that vouches for it: that the
 * work of the nodes still fits the state is not known here. What is looked at is that every node it knows is in the
 * definition, that what it goes on with comes after nothing that was not done, and that nothing is left lying.
 *
 * @param given new ids of nodes, by their old ones; `{}` where all keep theirs
 * @throws InvalidArgumentError for ids that can't be mapped; WaymarkError `WAYMARK_WORKFLOW_CHANGED` when the execution
 *   does not fit
 */
export function mapNodes(stored: ExecutionSnapshot, workflow: Workflow, given: unknown): ExecutionSnapshot {
  const names = checkNames(given, workflow);
  const execution = renameNodes(stored, names);
  const problems = [...unknownNodes(stored, workflow, names), ...wrongKinds(execution, workflow)];
  if (problems.length === 0) problems.push(...misplaced(execution, workflow));
  if (problems.length > 0) throw mappingMisfit(stored, workflow, problems);
  return {
    ...execution,
    workflowHash: workflow.graph.hash,
    workflowVersion: workflow.version,
    compensable: compensableIn(workflow),
  };
}

/**
 * Holds an execution to its definition: a rollback may have gone back to before {@link mapNodes}, where nodes have ids
 * that are no more.
 *
 * @throws WaymarkError `WAYMARK_WORKFLOW_CHANGED`
 */
export function assertKnown(stored: Standpoint, workflow: Workflow): void {
  const problems = unknownNodes(stored, workflow, {});
  if (problems.length > 0) throw mappingMisfit(stored, workflow, problems);
}

function checkNames(given: unknown, workflow: Workflow): NodeNames {
  const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isRecord || Object.values(given).some((id) => typeof id !== 'string')) {
    throw new InvalidArgumentError('mapNodes must give the new ids of nodes by their old ones.');
  }
  const names = given as NodeNames;
  const targets = Object.values(names);
  for (const [from, to] of Object.entries(names)) {
    const problem = nameProblem(from, to, targets, workflow);
    if (problem === undefined) continue;
    throw new InvalidArgumentError(`mapNodes can't make ${JSON.stringify(from)} ${JSON.stringify(to)}: ${problem}.`, {
      hint: `The nodes of ${workflow.id} are ${[...workflow.nodes.keys()].join(', ')}.`,
    });
  }
  return names;
}

function nameProblem(from: string, to: string, targets: readonly string[], workflow: Workflow): string | undefined {
  if (!workflow.nodes.has(to)) return `${workflow.id} has no such node`;
  if (from.split('/').length !== to.split('/').length) return 'a node stays as far within others as it was';
  return targets.filter((other) => other === to).length > 1 ? 'another one becomes that too' : undefined;
}

function unknownNodes(stored: Standpoint, workflow: Workflow, names: NodeNames): string[] {
  const { completed, waiting, interrupted, failed, suspended, progress } = stored;
  const known = new Set([
    ...completed.map(({ nodeId }) => nodeId),
    ...[...waiting, ...(progress?.skipped ?? [])].map(staticId),
    ...[...interrupted, ...failed, ...suspended].map(({ nodeId }) => nodeId),
    ...(progress?.open ?? []).map(({ nodeId }) => nodeId),
  ]);
  return [...known].filter((id) => !workflow.nodes.has(renamed(id, names))).map((id) => `it has no node ${id}`);
}

function wrongKinds({ suspended, progress }: ExecutionSnapshot, workflow: Workflow): string[] {
  const waits = suspended
    .filter(({ nodeId, awaiting }) => {
      const wanted = WAITING_KINDS[awaiting];
      return wanted !== undefined && workflow.tree.get(nodeId)?.kind !== wanted;
    })
    .map(({ nodeId, awaiting }) => `${nodeId} waits (${awaiting}), which the node of that id does not`);
  const bodies = (progress?.open ?? [])
    .filter(({ nodeId }) => workflow.tree.get(nodeId)?.body === undefined)
    .map(({ nodeId }) => `${nodeId} has begun, and the node of that id has nothing within it`);
  return [...waits, ...bodies];
}

/** What the nodes of the workflow itself, and of every body that is open, would meet in another order. */
function misplaced(execution: ExecutionSnapshot, workflow: Workflow): string[] {
  const { waiting, interrupted, failed, suspended, progress, completed } = execution;
  const open = progress?.open ?? [];
  const active = [...waiting, ...[...interrupted, ...failed, ...suspended].map(addressOf), ...open.map(({ at }) => at)];
  const top = completed.map(({ nodeId }) => nodeId).filter((id) => !id.includes('/'));
  const problems = inGraph(workflow.tree.root.graph, '', top, active, progress?.skipped ?? []);
  for (const { at, nodeId, bodies } of open) {
    const body = workflow.tree.get(nodeId)?.body;
    if (body === undefined) continue;
    for (const { index, done, failed: given = [] } of bodies) {
      const kind = workflow.tree.get(nodeId)?.kind;
      const prefix = kind === 'loop' || kind === 'map' ? `${at}[${index}]/` : `${at}/`;
      problems.push(...inGraph(body.graph, prefix, [...done, ...given], active, progress?.skipped ?? []));
    }
  }
  return problems;
}

type Graph = Pick<Workflow['graph'], 'nodeIds' | 'predecessors' | 'successors'>;

function inGraph(
  graph: Graph,
  prefix: string,
  done: readonly string[],
  activeAt: readonly string[],
  skippedAt: readonly string[],
): string[] {
  const settled = new Set([...done, ...graph.nodeIds.filter((id) => skippedAt.includes(prefix + id))]);
  const active = new Set(graph.nodeIds.filter((id) => activeAt.includes(prefix + id)));
  const problems: string[] = [];
  for (const id of graph.nodeIds) {
    const before = graph.predecessors(id);
    if (active.has(id)) {
      const missing = before.filter((other) => !settled.has(other));
      for (const other of missing) problems.push(`${prefix}${id} goes on, and comes after ${other}, which is not done`);
    } else if (!settled.has(id) && before.every((other) => settled.has(other))) {
      const after = graph.successors(id);
      // What lies behind is passed over; anything else would wait for ever.
      const isBehind = after.length > 0 && after.every((other) => settled.has(other));
      const wasReached = before.length === 0 || before.some((other) => done.includes(other));
      if (wasReached && !isBehind) problems.push(`${prefix}${id} would never be reached`);
    }
  }
  return problems;
}
