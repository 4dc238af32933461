import type { Branch, Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import { checkpointNotFound } from '../../../domain/checkpoint/checkpoint.errors.js';
import type { CheckpointTree } from '../../../domain/checkpoint/checkpoint-tree.js';
import { manifestHash } from '../../../domain/checkpoint/content/manifest-hash.js';
import type { GraphThread } from '../../../domain/checkpoint/thread/graph-thread.js';
import {
  CheckpointBranchCreated,
  CheckpointHistoryLoaded,
  CheckpointRestored,
  CheckpointRollbackCompleted,
  CheckpointRollbackFailed,
  CheckpointRollbackRequested,
} from '../../../domain/events/families/checkpoint.events.js';
import { ExecutionPaused, ExecutionStateModified } from '../../../domain/events/families/execution.events.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { transition } from '../../../domain/execution/execution-status.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { storeCheckpoint, storeValues } from '../../checkpoint/store-checkpoint.js';
import { errorRecord } from '../../context/error-record.js';
import { toStatePatch } from '../execution-services.js';
import type { RollbackOptions, RollbackResult } from '../rollback-result.js';
import type { VerbOnce } from '../verb-once.js';
import { describeThread, headOf, type ThreadHead } from './describe-thread.js';
import { draftThreadCheckpoint, hashesOf, type ThreadDraft } from './draft-thread-checkpoint.js';
import { subgraphHeads } from './subgraph-heads.js';
import { nodesFrom, nodesReached } from './thread-nodes.js';
import { lineTo, threadRows } from './thread-rows.js';
import { ThreadStory } from './thread-story.js';
import { type ThreadTarget, threadTarget } from './thread-target.js';
import type { ThreadVerbServices } from './thread-verb-services.js';

/**
 * Puts a thread back to a checkpoint of its graph. It stands then at a copy of that, edited where a patch is given, on a
 * branch of its own: with the checkpoint itself its engine keeps what the nodes did from there, and would take that
 * rather than run them.
 */
export async function rollbackThread(
  services: ThreadVerbServices,
  thread: GraphThread,
  checkpointId: string,
  options: RollbackOptions,
  once?: VerbOnce,
): Promise<RollbackResult> {
  const patch = toStatePatch(options.statePatch);
  const stored = await describeThread(services, thread);
  const target = await threadTarget(services, thread, checkpointId);
  assertStandsStill(services, stored, options.takeOver === true);
  const head = await headOf(services, thread.threadId);
  if (head === undefined) throw checkpointNotFound(checkpointId);
  const reason = options.reason ?? 'no reason given';
  let draft: ThreadDraft;
  try {
    // Read back and checked, whether it is edited or not.
    await services.tree.load(target.checkpoint);
    draft = await draftThreadCheckpoint(services, target, patch);
  } catch (error) {
    const story = new ThreadStory(services.factory);
    const { executionId } = thread;
    const failed = { executionId, targetCheckpointId: target.checkpoint.id, error: errorRecord(error) };
    story.tell(CheckpointRollbackFailed, failed);
    await services.recorder.record(story.events);
    throw error;
  }
  return commitRollback(services, { thread, stored, head, target, draft, patch, reason }, once);
}

function assertStandsStill(
  { running }: ThreadVerbServices,
  { id, status }: ExecutionSnapshot,
  takeOver: boolean,
): void {
  if (takeOver && !running.has(id)) return;
  transition(id, status === 'pending' ? 'paused' : status, 'rollback');
}

interface Rollback {
  readonly thread: GraphThread;
  readonly stored: ExecutionSnapshot;
  readonly head: ThreadHead;
  readonly target: ThreadTarget;
  readonly draft: ThreadDraft;
  readonly patch: JsonObject | undefined;
  readonly reason: string;
}

async function commitRollback(
  services: ThreadVerbServices,
  rollback: Rollback,
  once: VerbOnce | undefined,
): Promise<RollbackResult> {
  const { thread, head, target } = rollback;
  const { executionId, threadId } = thread;
  const tree = await services.tree.tree(executionId);
  const rows = await threadRows(services.threads, threadId, '');
  const before = lineTo(rows, target.row.parentCheckpointId);
  const line = lineTo(rows, head.row.checkpointId);
  const undone = new Set([...line].filter((name) => !before.has(name)));
  const rolledBackNodes = nodesFrom(await nodesReached(services, tree, rows, head.checkpoint.id), undone);
  const name = services.engine.nextName(rows[0]?.checkpointId, services.factory.clock.now());
  const branch = newBranch(tree, rollback, name);
  const heads = await subgraphHeads(services, threadId, before, target.row.checkpointId);
  const story = new ThreadStory(services.factory);
  const result: RollbackResult = {
    executionId,
    fromCheckpointId: head.checkpoint.id,
    toCheckpointId: target.checkpoint.id,
    headCheckpointId: name,
    branchId: branch.branchId,
    rolledBackNodes,
    nextNodeIds: nextOf(services, target),
    compensated: 0,
    notCompensated: 0,
  };
  await services.recorder.commit({
    weight: 8,
    write: async (scope) => {
      const copy = await storeCopy(services, rollback, name, branch, story.occurredAt, scope);
      for (const key of heads.kept) await services.threads.saveHead(key, scope);
      if (heads.dropped.length > 0) await services.threads.dropHeads(threadId, heads.dropped, scope);
      await once?.keep(executionId, result, scope);
      if (story.events.length === 0) tell(story, rollback, { tree, branch, copy, rolledBackNodes });
      return story.events;
    },
  });
  return result;
}

function newBranch(tree: CheckpointTree, { thread, head, target }: Rollback, headCheckpointId: string): Branch {
  const taken = new Set(tree.branches.map(({ branchId }) => branchId));
  let number = 1;
  while (taken.has(`rollback-${number}`)) number += 1;
  return {
    executionId: thread.executionId,
    branchId: `rollback-${number}`,
    parentBranchId: head.checkpoint.branchId,
    startCheckpointId: target.checkpoint.id,
    headCheckpointId,
    abandoned: false,
  };
}

async function storeCopy(
  services: ThreadVerbServices,
  { thread, head, target, draft }: Rollback,
  name: string,
  branch: Branch,
  createdAt: string,
  scope: TransactionScope,
): Promise<Checkpoint> {
  const { checkpoints, threads } = services;
  const { threadId, executionId } = thread;
  const present = (await threads.thread(threadId, scope)) ?? thread;
  // Pruned, or replaced, since it was looked at.
  if ((await threads.find(target.row, scope))?.id !== target.row.id) throw checkpointNotFound(target.row.id);
  const old = (await checkpoints.branches(executionId, scope)).find(
    ({ branchId }) => branchId === head.checkpoint.branchId,
  );
  if (old !== undefined) await checkpoints.saveBranch({ ...old, abandoned: true }, scope, head.checkpoint.id);
  await checkpoints.saveBranch(branch, scope, null);
  await storeValues(checkpoints, draft.recordValues, scope);
  const { manifest, stateBytes } = draft;
  const copy = await storeCheckpoint(
    checkpoints,
    {
      checkpoint: {
        id: name,
        executionId,
        parentId: target.checkpoint.id,
        branchId: branch.branchId,
        sequence: present.checkpointsCreated,
        kind: 'manual',
        nodeId: null,
        occurrence: null,
        position: target.checkpoint.position,
        stateHash: manifestHash(manifest),
        manifest,
        stateBytes,
        createdAt,
      },
      values: draft.values,
    },
    scope,
  );
  // Shared from now on: a collection that goes on has to know.
  await checkpoints.missing(hashesOf(manifest, draft.record), scope);
  await threads.saveThread({ ...present, checkpointsCreated: present.checkpointsCreated + 1 }, scope);
  // By its engine's word it stands beside the target: what was written on top of that is no part of it.
  const { parentCheckpointId } = target.row;
  const key = { threadId, namespace: '', checkpointId: name };
  await threads.save({ ...key, parentCheckpointId, id: name, record: draft.record }, scope);
  await threads.saveHead(key, scope);
  return copy;
}

function tell(
  story: ThreadStory,
  { thread, stored, head, target, patch, reason }: Rollback,
  told: {
    readonly tree: CheckpointTree;
    readonly branch: Branch;
    readonly copy: Checkpoint;
    readonly rolledBackNodes: RollbackResult['rolledBackNodes'];
  },
): void {
  const { executionId } = thread;
  const { tree, branch, copy, rolledBackNodes } = told;
  const { id: targetId, stateHash, position } = target.checkpoint;
  const [nextNodeId] = position.nextNodeIds;
  const at = nextNodeId === undefined ? {} : { targetNodeId: nextNodeId };
  const history = story.tell(CheckpointHistoryLoaded, {
    executionId,
    checkpointCount: tree.checkpoints.length,
    latestCheckpointId: head.checkpoint.id,
    branches: tree.branches.length,
  });
  const requested = story.tell(
    CheckpointRollbackRequested,
    { executionId, targetCheckpointId: targetId, ...at, reason },
    history,
  );
  const { branchId } = branch;
  const created = { executionId, checkpointId: targetId, branchId, parentBranchId: head.checkpoint.branchId };
  story.tell(CheckpointBranchCreated, { ...created, reason: 'rollback' }, requested);
  story.tell(CheckpointRestored, { executionId, checkpointId: targetId, stateHash }, requested);
  const completed = story.tell(
    CheckpointRollbackCompleted,
    {
      executionId,
      fromCheckpointId: head.checkpoint.id,
      toCheckpointId: targetId,
      rolledBackNodes: rolledBackNodes.map(({ nodeId, occurrence }) => ({ nodeId, occurrence })),
      filesRestored: 0,
      compensated: 0,
    },
    requested,
  );
  const modified = { executionId, checkpointId: copy.id, patch: patch ?? null, reason };
  const cause = patch === undefined ? completed : story.tell(ExecutionStateModified, modified, completed);
  story.created(copy, cause);
  const elapsedMs = Math.max(0, Date.parse(story.occurredAt) - Date.parse(stored.startedAt));
  const paused = { executionId, checkpointId: copy.id, reason: 'rollback', elapsedMs } as const;
  story.tell(ExecutionPaused, nextNodeId === undefined ? paused : { ...paused, nodeId: nextNodeId }, completed);
}

function nextOf({ engine }: ThreadVerbServices, { checkpoint }: ThreadTarget): readonly string[] {
  return checkpoint.position.nextNodeIds.filter((nodeId) => !engine.isOwnNode(nodeId));
}
