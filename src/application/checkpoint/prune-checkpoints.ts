import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import { CheckpointTree } from '../../domain/checkpoint/checkpoint-tree.js';
import { planPrune, type PrunePlan, type PrunePolicy, type PruneRules } from '../../domain/checkpoint/prune-policy.js';
import type { ReferenceGraph } from '../../domain/checkpoint/reference-graph.js';
import { CheckpointPruned } from '../../domain/events/families/checkpoint.events.js';
import { isTerminal } from '../../domain/execution/execution-status.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import type { Hash } from '../../domain/shared/hash.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { nextTurn } from '../shared/next-turn.js';
import { collectGarbage, type Collected } from './collect-garbage.js';
import { readHeldReferences, readReferenceGraph } from './content-references.js';
import { policyRecord, type PruneOptions, toPruneRules } from './prune-options.js';
import { noCheckpoints, type UpkeepServices } from './upkeep-services.js';

/** Which executions: one by its id, or all that have checkpoints. */
export type PruneTarget = string | { readonly all: true };

/** What was removed of an execution's tree, or would be. */
export interface PrunedExecution {
  readonly executionId: string;
  /** The ids of the checkpoints that go, in the order of their creation. */
  readonly removed: readonly string[];
  /** How many stay. */
  readonly kept: number;
  /** The bytes of contents that nothing else refers to. Of what several of those pruned share, the last one counts. */
  readonly freedBytes: number;
}

/** What pruning did, or would do. */
export interface Pruned {
  /** Those of which something goes. */
  readonly executions: readonly PrunedExecution[];
  /** Checkpoints that go, in all. */
  readonly removed: number;
  /** Checkpoints that stay, of all the executions that were looked at. */
  readonly kept: number;
  /** The bytes of contents that nothing refers to without them. */
  readonly freedBytes: number;
  /** What was collected afterwards: with it, what was garbage before. Left out for a dry run, and without `collect`. */
  readonly collected?: Collected;
}

/** How many executions are looked up at once. */
const PAGE = 500;

/** Removes the checkpoints that a policy does not keep, each execution's in one transaction with its event. */
export async function pruneCheckpoints(
  services: UpkeepServices,
  target: PruneTarget,
  policy: PrunePolicy,
  options: PruneOptions,
): Promise<Pruned> {
  const rules = toPruneRules(policy, services.factory.clock.now());
  const { signal, dryRun = false, collect = true } = options;
  const planned = await planAll(services, await targets(services, target), rules, signal);
  const going = planned.filter(({ removed }) => removed.length > 0);
  const keptElsewhere = planned.reduce((sum, { kept, removed }) => sum + (removed.length > 0 ? 0 : kept), 0);
  const freed = await freedBytes(services, going, signal);
  const done: PrunedExecution[] = [];
  for (const [index, { executionId, removed, kept }] of going.entries()) {
    signal?.throwIfAborted();
    const freedHere = freed[index] ?? 0;
    const plan = { executionId, removed: removed.map(({ id }) => id), kept, freedBytes: freedHere };
    done.push(dryRun ? plan : await pruneOne(services, plan, rules, options.reason));
    options.onProgress?.(index + 1, going.length);
  }
  const sum = (of: (one: PrunedExecution) => number): number => done.reduce((total, one) => total + of(one), 0);
  const result = {
    executions: done,
    removed: sum((one) => one.removed.length),
    kept: keptElsewhere + sum((one) => one.kept),
    freedBytes: sum((one) => one.freedBytes),
  };
  if (dryRun || !collect) return result;
  return { ...result, collected: await collectGarbage(services, signal === undefined ? {} : { signal }) };
}

interface Planned {
  readonly executionId: string;
  readonly removed: readonly Checkpoint[];
  readonly kept: number;
}

async function targets({ checkpoints }: UpkeepServices, target: PruneTarget): Promise<readonly string[]> {
  if (typeof target === 'string') {
    assertIdentifier(target, 'execution id');
    const [first] = await checkpoints.branches(target);
    if (first === undefined && (await checkpoints.list(target)).length === 0) throw noCheckpoints(target);
    return [target];
  }
  if ((target as Partial<typeof target> | null)?.all !== true) {
    throw new InvalidArgumentError('What to prune is the id of an execution, or { all: true }.');
  }
  const ids: string[] = [];
  for (;;) {
    const page = await checkpoints.executionIds(PAGE, ids.at(-1));
    if (page.length === 0) return ids;
    ids.push(...page);
  }
}

async function planAll(
  services: UpkeepServices,
  executionIds: readonly string[],
  rules: PruneRules,
  signal: AbortSignal | undefined,
): Promise<readonly Planned[]> {
  const plans: Planned[] = [];
  for (const executionId of executionIds) {
    signal?.throwIfAborted();
    const { removed, kept } = await planOne(services, executionId, rules);
    plans.push({ executionId, removed, kept: kept.length });
    await nextTurn();
  }
  return plans;
}

/** What goes of an execution's tree as it is now, in a transaction where there is one. */
async function planOne(
  services: UpkeepServices,
  executionId: string,
  rules: PruneRules,
  scope?: TransactionScope,
): Promise<PrunePlan> {
  const { checkpoints, executions, companions } = services;
  const listed = await checkpoints.list(executionId, scope);
  const branches = await checkpoints.branches(executionId, scope);
  const execution = await executions.find(executionId, scope);
  const tree = new CheckpointTree(listed, branches);
  const needed = new Set<string>();
  if (execution !== undefined && !isTerminal(execution.status)) needed.add(execution.headCheckpointId);
  for (;;) {
    const plan = planPrune(tree, rules, needed);
    const kept = new Set(plan.kept.map(({ id }) => id));
    const before = needed.size;
    for (const companion of companions) {
      for (const id of await companion.neededAncestors(executionId, tree, kept)) if (!kept.has(id)) needed.add(id);
    }
    if (needed.size === before) return plan;
  }
}

/**
 * What each of several trees frees: the contents that nothing refers to once those before it, and it, are pruned. Exact for
 * the store as it is when it is read: what is written meanwhile may share some of it.
 */
async function freedBytes(
  services: UpkeepServices,
  going: readonly Planned[],
  signal: AbortSignal | undefined,
): Promise<readonly number[]> {
  if (going.length === 0) return [];
  const graph = await readReferenceGraph(services, signal);
  const reached = new Set<Hash>();
  const all = new Set(going.flatMap(({ removed }) => removed.map(({ id }) => id)));
  graph.reach(await readHeldReferences(services, signal, all), reached);
  // From the last to the first: what two of them share is freed by the later one.
  return going
    .toReversed()
    .map(({ removed }) => freedBy(graph, removed, reached))
    .toReversed();
}

function freedBy(graph: ReferenceGraph, removed: readonly Checkpoint[], reached: Set<Hash>): number {
  return graph.reach(
    removed.flatMap(({ manifest }) => manifest.map(([, ref]) => ref)),
    reached,
  );
}

async function pruneOne(
  services: UpkeepServices,
  plan: PrunedExecution,
  rules: PruneRules,
  reason: string | undefined,
): Promise<PrunedExecution> {
  const { checkpoints, companions, recorder, factory } = services;
  const { executionId } = plan;
  let result = plan;
  await recorder.commit({
    weight: 1,
    write: async (scope) => {
      // Somebody may have gone on, back or pruned meanwhile: what is kept by now is kept.
      const now = await planOne(services, executionId, rules, scope);
      const stillGoing = new Set(now.removed.map(({ id }) => id));
      const removed = plan.removed.filter((id) => stillGoing.has(id));
      for (const companion of companions) await companion.forget(executionId, removed, scope);
      await checkpoints.remove(executionId, removed, scope);
      const kept = now.kept.length + now.removed.length - removed.length;
      result = { ...plan, removed, kept };
      const { freedBytes: freed } = plan;
      const policy = policyRecord(rules, reason);
      return [
        factory.make(CheckpointPruned, { executionId, removed: removed.length, kept, freedBytes: freed, policy }),
      ];
    },
  });
  return result;
}
