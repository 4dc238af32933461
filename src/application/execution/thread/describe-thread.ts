import type { Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import { MAIN_BRANCH } from '../../../domain/checkpoint/checkpoint.js';
import type { GraphThread, ThreadCheckpoint } from '../../../domain/checkpoint/thread/graph-thread.js';
import type { DomainEvent } from '../../../domain/events/domain-event.js';
import {
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionFailed,
  ExecutionForked,
  ExecutionPaused,
  ExecutionResumed,
  ExecutionStarted,
} from '../../../domain/events/families/execution.events.js';
import { type ExecutionSnapshot, NOTHING_YET } from '../../../domain/execution/execution-snapshot.js';
import { sha256Hex } from '../../../domain/shared/hash.js';
import type { ThreadVerbServices } from './thread-verb-services.js';

type Standing = Pick<ExecutionSnapshot, 'status' | 'pauseReason' | 'error'>;

/** What tells how a run began or ended. */
const TURNS = [
  ExecutionStarted,
  ExecutionResumed,
  ExecutionPaused,
  ExecutionCompleted,
  ExecutionFailed,
  ExecutionCancelled,
].map(({ type }) => type);

/**
 * A thread as an execution: what its checkpoints and the log tell. The log has the word on how the last run ended, where
 * its graph was observed, and the checkpoint where the thread stands has it where the log says nothing, or where the
 * thread has gone on unobserved since. What only Waymark's own executions keep is empty.
 */
export async function describeThread(services: ThreadVerbServices, thread: GraphThread): Promise<ExecutionSnapshot> {
  await services.flush();
  const { threadId, executionId } = thread;
  const head = await headOf(services, threadId);
  const [first, last, started, origin] = await Promise.all([
    oneEvent(services, executionId, undefined, 'asc'),
    oneEvent(services, executionId, TURNS, 'desc'),
    oneEvent(services, executionId, [ExecutionStarted.type], 'desc'),
    oneEvent(services, executionId, [ExecutionForked.type], 'asc'),
  ]);
  const names = ExecutionStarted.is(started) ? started.payload : undefined;
  const forked = ExecutionForked.is(origin) ? origin.payload : undefined;
  const { name } = services.engine;
  const standing = await standingOf(services, executionId, head, last);
  const waiting = head?.checkpoint.position.nextNodeIds ?? [];
  const at =
    last?.context.occurredAt ?? head?.checkpoint.createdAt ?? first?.context.occurredAt ?? services.factory.now();
  const updatedAt = latest(at, head?.checkpoint.createdAt);
  const isOver = standing.status === 'completed' || standing.status === 'failed' || standing.status === 'cancelled';
  return Object.freeze({
    id: executionId,
    threadId,
    workflowId: names?.workflowId ?? name,
    workflowName: names?.workflowName ?? name,
    workflowVersion: names?.workflowVersion ?? '',
    workflowHash: sha256Hex(JSON.stringify([names?.workflowId ?? name, names?.workflowVersion ?? ''])),
    workflowSource: null,
    ...standing,
    version: thread.checkpointsCreated,
    input: {},
    output: ExecutionCompleted.is(last) && standing.status === 'completed' ? last.payload.output : null,
    breakpoints: names?.breakpoints ?? [],
    correlationId: last?.context.correlationId ?? executionId,
    label: forked?.label ?? null,
    parentExecutionId: forked?.parentExecutionId ?? null,
    sourceCheckpointId: forked?.checkpointId ?? null,
    branchId: head?.checkpoint.branchId ?? MAIN_BRANCH,
    headCheckpointId: head?.checkpoint.id ?? '',
    ...NOTHING_YET,
    waiting: waiting.filter((nodeId) => !services.engine.isOwnNode(nodeId)),
    checkpointsCreated: thread.checkpointsCreated,
    startedAt: first?.context.occurredAt ?? head?.checkpoint.createdAt ?? updatedAt,
    updatedAt,
    endedAt: isOver ? updatedAt : null,
  });
}

/** Where the graph itself stands. */
export interface ThreadHead {
  readonly row: ThreadCheckpoint;
  readonly checkpoint: Checkpoint;
}

/** Where a thread stands; `undefined` where it has no checkpoint of the graph itself. */
export async function headOf(
  { threads, checkpoints }: Pick<ThreadVerbServices, 'threads' | 'checkpoints'>,
  threadId: string,
): Promise<ThreadHead | undefined> {
  const checkpointId = await threads.head(threadId, '');
  const row = checkpointId === undefined ? undefined : await threads.find({ threadId, namespace: '', checkpointId });
  const checkpoint = row === undefined ? undefined : await checkpoints.find(row.id);
  return row === undefined || checkpoint === undefined ? undefined : { row, checkpoint };
}

async function standingOf(
  services: ThreadVerbServices,
  executionId: string,
  head: ThreadHead | undefined,
  last: DomainEvent | undefined,
): Promise<Standing> {
  if (services.running.has(executionId)) return { status: 'running', pauseReason: null, error: null };
  // Begun, and no end was recorded: another process runs it, or has died over it. Which of both, nobody can tell here.
  if (ExecutionStarted.is(last) || ExecutionResumed.is(last)) {
    return { status: 'running', pauseReason: null, error: null };
  }
  if (head === undefined) return { status: 'pending', pauseReason: null, error: null };
  const told = standingTold(last, head);
  return told ?? standingAt(services, head);
}

/** What the log says, where the thread still stands as it says. */
function standingTold(last: DomainEvent | undefined, { row, checkpoint }: ThreadHead): Standing | undefined {
  const isAtEnd = checkpoint.position.nextNodeIds.length === 0;
  const standsAt = (checkpointId: string | undefined): boolean =>
    checkpointId === row.checkpointId || checkpointId === checkpoint.id;
  if (ExecutionPaused.is(last) && standsAt(last.payload.checkpointId)) {
    return { status: 'paused', pauseReason: last.payload.reason, error: null };
  }
  if (ExecutionCompleted.is(last) && isAtEnd) return { status: 'completed', pauseReason: null, error: null };
  if (ExecutionFailed.is(last) && (!isAtEnd || standsAt(last.payload.checkpointId))) {
    return { status: 'failed', pauseReason: null, error: last.payload.error };
  }
  if (ExecutionCancelled.is(last) && !isAtEnd) return { status: 'cancelled', pauseReason: null, error: null };
  return undefined;
}

/** What the checkpoint where it stands says: nothing runs next, or something waits, or failed, or nobody went on. */
async function standingAt(services: ThreadVerbServices, { row, checkpoint }: ThreadHead): Promise<Standing> {
  const writes = await services.threads.writes(row);
  const meanings = new Set(writes.map(({ channel }) => services.engine.meaningOf(channel)));
  if (meanings.has('waits')) return { status: 'paused', pauseReason: 'approval', error: null };
  if (meanings.has('failed')) {
    return { status: 'failed', pauseReason: null, error: { name: 'Error', message: 'a node failed, unobserved' } };
  }
  const isAtEnd = checkpoint.position.nextNodeIds.length === 0;
  return { status: isAtEnd ? 'completed' : 'paused', pauseReason: null, error: null };
}

async function oneEvent(
  { log }: ThreadVerbServices,
  executionId: string,
  types: readonly string[] | undefined,
  order: 'asc' | 'desc',
): Promise<DomainEvent | undefined> {
  const filter = types === undefined ? { executionId } : { executionId, types };
  return (await log.query(filter, { limit: 1, order }))[0]?.event;
}

function latest(a: string, b: string | undefined): string {
  return b === undefined || a > b ? a : b;
}
