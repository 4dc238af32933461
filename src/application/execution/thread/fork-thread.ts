import { type Branch, type Checkpoint, MAIN_BRANCH } from '../../../domain/checkpoint/checkpoint.js';
import { checkpointNotFound } from '../../../domain/checkpoint/checkpoint.errors.js';
import { manifestHash } from '../../../domain/checkpoint/content/manifest-hash.js';
import { type GraphThread, type ThreadCheckpoint, threadKey } from '../../../domain/checkpoint/thread/graph-thread.js';
import { CheckpointBranchCreated, CheckpointRestored } from '../../../domain/events/families/checkpoint.events.js';
import {
  ExecutionForked,
  ExecutionPaused,
  ExecutionStarted,
  ExecutionStateModified,
} from '../../../domain/events/families/execution.events.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { assertIdentifier } from '../../../domain/shared/identifiers.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { executionExists } from '../../checkpoint/upkeep-services.js';
import { storeCheckpoint, storeValues } from '../../checkpoint/store-checkpoint.js';
import { branchOf } from '../../checkpoint/thread/thread-names.js';
import type { ExecutionHandle, ExecutionResult } from '../execution-result.js';
import { toStatePatch } from '../execution-services.js';
import type { ForkOptions } from '../fork-execution.js';
import type { VerbOnce } from '../verb-once.js';
import { describeThread } from './describe-thread.js';
import { draftThreadCheckpoint, hashesOf, type ThreadDraft } from './draft-thread-checkpoint.js';
import { type ForkSelection, selectForFork } from './fork-selection.js';
import { ThreadStory } from './thread-story.js';
import { type ThreadTarget, threadTarget } from './thread-target.js';
import type { ThreadVerbServices } from './thread-verb-services.js';

/**
 * Makes a new thread of a checkpoint of a thread, edited where a patch is given, and leaves it there: its graph goes on
 * with it. Its checkpoints keep the names that their engine gave them, so that what its tasks have done so far, and ask,
 * is theirs still. The original is untouched.
 *
 * @param how `anew`: whether the nodes that run next run whatever they have done
 */
export async function forkThread(
  services: ThreadVerbServices,
  thread: GraphThread,
  checkpointId: string,
  options: ForkOptions,
  { anew, once }: { readonly anew: boolean; readonly once: VerbOnce | undefined },
): Promise<ExecutionHandle> {
  const patch = toStatePatch(options.statePatch);
  const id = options.executionId ?? services.factory.ids.next();
  assertIdentifier(id, 'execution id');
  assertNoBreakpoints(options);
  options.signal?.throwIfAborted();
  const parent = await describeThread(services, thread);
  const target = await threadTarget(services, thread, checkpointId);
  await services.tree.load(target.checkpoint);
  const selection = await selectForFork(services, target, anew || patch !== undefined);
  const edited = patch === undefined ? undefined : await draftThreadCheckpoint(services, target, patch);
  const fork: Fork = { id, executionId: threadKey(id), parent, target, selection, edited, patch, options };
  const story = new ThreadStory(services.factory);
  const copies = new Map<ThreadCheckpoint, string>();
  for (const { row } of selection.taken) copies.set(row, services.factory.ids.next());
  const editedName = services.engine.nextName(target.row.checkpointId, services.factory.clock.now());
  let result: ExecutionResult | undefined;
  await services.recorder.commit({
    weight: copies.size + 6,
    write: async (scope) => {
      const stored = await storeFork(services, fork, copies, editedName, story.occurredAt, scope);
      result ??= tell(story, services, fork, stored);
      await once?.keep(fork.executionId, { id, result }, scope);
      return story.events;
    },
  });
  return { id, result: () => Promise.resolve(result as ExecutionResult) };
}

interface Fork {
  readonly id: string;
  readonly executionId: string;
  readonly parent: ExecutionSnapshot;
  readonly target: ThreadTarget;
  readonly selection: ForkSelection;
  readonly edited: ThreadDraft | undefined;
  readonly patch: JsonObject | undefined;
  readonly options: ForkOptions;
}

interface StoredFork {
  /** The copies of what was taken, in its order. */
  readonly copies: readonly Checkpoint[];
  readonly branches: readonly Branch[];
  readonly edited: Checkpoint | undefined;
}

function assertNoBreakpoints({ breakpoints = [] }: ForkOptions): void {
  if (breakpoints.length === 0) return;
  throw new InvalidArgumentError('A fork of a thread has no breakpoints: its graph runs it.', {
    hint: 'Give them to the graph: graph.invoke(null, { ...thread, interruptBefore: [node] }).',
  });
}

async function storeFork(
  services: ThreadVerbServices,
  fork: Fork,
  ids: ReadonlyMap<ThreadCheckpoint, string>,
  editedName: string,
  createdAt: string,
  scope: TransactionScope,
): Promise<StoredFork> {
  const { threads, checkpoints } = services;
  const { id: threadId, executionId, selection, target } = fork;
  await assertFree(services, fork, scope);
  const count = selection.taken.length + (fork.edited === undefined ? 0 : 1);
  await threads.saveThread({ threadId, executionId, checkpointsCreated: count }, scope);
  const byName = new Map<string, string>(
    selection.taken.map(({ row }) => [nameIn(row.namespace, row.checkpointId), ids.get(row) ?? '']),
  );
  const branches = new Map<string, Branch>();
  const copies: Checkpoint[] = [];
  for (const [sequence, { row, record, checkpoint }] of selection.taken.entries()) {
    // Pruned since it was looked at.
    if ((await threads.find(row, scope))?.id !== row.id) throw checkpointNotFound(row.id);
    const { namespace, checkpointId, parentCheckpointId } = row;
    const id = ids.get(row) ?? '';
    const outer = namespace === '' ? undefined : byName.get(nameIn('', services.engine.outerOf(record) ?? ''));
    const before = byName.get(nameIn(namespace, parentCheckpointId ?? ''));
    const branch = branches.get(namespace);
    branches.set(namespace, {
      executionId,
      branchId: branchOf(namespace),
      parentBranchId: branch?.parentBranchId ?? (outer === undefined ? null : MAIN_BRANCH),
      startCheckpointId: branch?.startCheckpointId ?? outer ?? null,
      headCheckpointId: id,
      abandoned: false,
    });
    const copy: Checkpoint = Object.freeze({
      ...checkpoint,
      id,
      executionId,
      parentId: before ?? outer ?? null,
      branchId: branchOf(namespace),
      sequence,
      label: null,
      storedBytes: 0,
      createdAt,
    });
    await checkpoints.add(copy, [], scope);
    copies.push(copy);
    // Shared from now on: a collection that goes on has to know.
    await checkpoints.missing(hashesOf(checkpoint.manifest, row.record), scope);
    const parent = before === undefined ? null : parentCheckpointId;
    await threads.save(
      { threadId, namespace, checkpointId, parentCheckpointId: parent, id, record: row.record },
      scope,
    );
    await threads.saveHead({ threadId, namespace, checkpointId }, scope);
    if (selection.withWrites.has(row)) await copyWrites(services, row, threadId, scope);
  }
  const edited = await storeEdited(services, fork, copies, editedName, createdAt, scope);
  const main = branches.get('');
  if (edited !== undefined && main !== undefined) branches.set('', { ...main, headCheckpointId: edited.id });
  for (const branch of branches.values()) await checkpoints.saveBranch(branch, scope, null);
  if (edited !== undefined) {
    const key = { threadId, namespace: '', checkpointId: edited.id };
    const record = fork.edited?.record ?? target.row.record;
    await threads.save({ ...key, parentCheckpointId: target.row.checkpointId, id: edited.id, record }, scope);
    await threads.saveHead(key, scope);
  }
  return { copies, branches: [...branches.values()], edited };
}

async function storeEdited(
  { checkpoints }: ThreadVerbServices,
  { executionId, edited, selection, target }: Fork,
  copies: readonly Checkpoint[],
  id: string,
  createdAt: string,
  scope: TransactionScope,
): Promise<Checkpoint | undefined> {
  const parent = copies[selection.taken.indexOf(target)];
  if (edited === undefined || parent === undefined) return undefined;
  const { manifest, stateBytes } = edited;
  await storeValues(checkpoints, edited.recordValues, scope);
  const checkpoint = {
    id,
    executionId,
    parentId: parent.id,
    branchId: MAIN_BRANCH,
    sequence: copies.length,
    kind: 'manual' as const,
    nodeId: null,
    occurrence: null,
    position: parent.position,
    stateHash: manifestHash(manifest),
    manifest,
    stateBytes,
    createdAt,
  };
  const stored = await storeCheckpoint(checkpoints, { checkpoint, values: edited.values }, scope);
  await checkpoints.missing(hashesOf(manifest, edited.record), scope);
  return stored;
}

async function copyWrites(
  { threads, checkpoints }: ThreadVerbServices,
  row: ThreadCheckpoint,
  threadId: string,
  scope: TransactionScope,
): Promise<void> {
  const writes = await threads.writes(row);
  if (writes.length === 0) return;
  await checkpoints.missing(hashesOf([], ...writes.map(({ value }) => value)), scope);
  await threads.addWrites(
    writes.map((write) => ({ ...write, threadId })),
    scope,
  );
}

async function assertFree(
  { threads, checkpoints, executions }: ThreadVerbServices,
  { id, executionId }: Fork,
  scope: TransactionScope,
): Promise<void> {
  const isTaken =
    (await threads.thread(id, scope)) !== undefined ||
    (await executions.find(executionId, scope)) !== undefined ||
    (await checkpoints.branches(executionId, scope)).length > 0;
  if (isTaken) throw executionExists(id, 'fork');
}

function tell(
  story: ThreadStory,
  { engine }: ThreadVerbServices,
  { executionId, parent, target, patch, options }: Fork,
  { copies, branches, edited }: StoredFork,
): ExecutionResult {
  const { id: checkpointId, stateHash, branchId: parentBranchId } = target.checkpoint;
  const { workflowId, workflowName, workflowVersion } = parent;
  const reason = options.reason ?? 'no reason given';
  const started = story.tell(ExecutionStarted, {
    executionId,
    workflowId,
    workflowName,
    workflowVersion,
    input: null,
    breakpoints: [],
    parentExecutionId: parent.id,
    sourceCheckpointId: checkpointId,
  });
  const forked = story.tell(
    ExecutionForked,
    {
      executionId,
      parentExecutionId: parent.id,
      checkpointId,
      reason,
      ...(patch === undefined ? {} : { statePatch: patch }),
      ...(options.label === undefined ? {} : { label: options.label }),
    },
    started,
  );
  story.tell(CheckpointRestored, { executionId, checkpointId, stateHash }, forked);
  for (const copy of copies) story.created(copy, forked);
  const [root] = copies;
  for (const { branchId, startCheckpointId } of branches) {
    const from = branchId === MAIN_BRANCH ? root?.id : startCheckpointId;
    if (from === undefined || from === null) continue;
    const left = branchId === MAIN_BRANCH ? ({ parentBranchId, reason: 'fork' } as const) : VARIANT;
    story.tell(CheckpointBranchCreated, { executionId, checkpointId: from, branchId, ...left }, forked);
  }
  if (edited !== undefined) {
    const modified = { executionId, checkpointId: edited.id, patch: patch ?? null, reason };
    story.created(edited, story.tell(ExecutionStateModified, modified, forked));
  }
  const head = edited ?? copies.findLast(({ branchId }) => branchId === MAIN_BRANCH);
  const standsAt = head?.id ?? checkpointId;
  const nextNodeIds = target.checkpoint.position.nextNodeIds.filter((nodeId) => !engine.isOwnNode(nodeId));
  const [nodeId] = nextNodeIds;
  const paused = { executionId, checkpointId: standsAt, reason: 'requested', elapsedMs: 0 } as const;
  story.tell(ExecutionPaused, nodeId === undefined ? paused : { ...paused, nodeId }, forked);
  return { status: 'paused', executionId, reason: 'requested', checkpointId: standsAt, nextNodeIds };
}

/** A branch of a sub-graph. */
const VARIANT = { parentBranchId: MAIN_BRANCH, reason: 'variant' } as const;

function nameIn(namespace: string, checkpointId: string): string {
  return JSON.stringify([namespace, checkpointId]);
}
