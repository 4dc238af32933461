import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { isRecorded } from '../../domain/execution/recorded.js';
import { AWAITED, type SuspendedNode } from '../../domain/execution/progress.js';
import { undoneAmong } from '../../domain/execution/undoing.js';
import { staticId } from '../../domain/workflow/address.js';
import type { ExecutionPause, NodeSpan } from './node-span.js';

/** What an execution waits for, or is busy with. */
export type WaitKind =
  /** An answer or a message from outside, a time, another try, an execution within it. */
  | SuspendedNode['awaiting']
  /** It stands still: at a breakpoint, because somebody asked, after a rollback or an error, or for another reason. */
  | 'breakpoint'
  | 'requested'
  | 'rollback'
  | 'error'
  | 'paused'
  /** It does not wait: a node works, or nothing has begun. */
  | 'work'
  | 'pending'
  /** Compensations are under way. */
  | 'undoing'
  /** Its process is gone, or does not say that it is there. */
  | 'owner'
  /** It waits for nothing more. */
  | 'ended';

/** What lets it go on. */
export interface Remedy {
  /** A verb; `open` is for the runner of the host's that records it, `graph` for the engine of the thread that it is. */
  readonly verb: 'approve' | 'signal' | 'resume' | 'rollback' | 'restart' | 'recover' | 'show' | 'open' | 'graph';
  /** The node that it is about, and where it is. */
  readonly nodeId?: string;
  readonly at?: string;
  /** The name of the signal. */
  readonly signal?: string;
  /** Another execution that it is about, or a checkpoint. */
  readonly executionId?: string;
  readonly checkpointId?: string;
}

/** One reason why an execution does not end. */
export interface WaitReason {
  readonly kind: WaitKind;
  /** For people, without the node and the times. */
  readonly text: string;
  readonly nodeId: string | null;
  /** The address, where there are several of that node. */
  readonly at: string | null;
  /** Since when, and until when at the latest, as ISO 8601 in UTC. */
  readonly since: string | null;
  readonly until: string | null;
  readonly remedy: Remedy | null;
}

/** What is known of an execution beside its row. */
export interface WaitContext {
  /** Whether whoever ran it is gone. */
  readonly leftBehind: boolean;
  readonly spans?: readonly NodeSpan[];
  readonly pauses?: readonly ExecutionPause[];
}

/** Why an execution has not ended: every reason, what ends by itself included. It is never empty. */
export function whyItWaits(execution: ExecutionSnapshot, context: WaitContext): readonly WaitReason[] {
  const { status, endedAt, error } = execution;
  switch (status) {
    case 'completed':
    case 'cancelled':
      return [reason('ended', `it is ${status}`, { since: endedAt })];
    case 'failed':
      return [
        reason('ended', `it failed: ${error?.message ?? 'nobody knows why'}${undoneText(execution)}`, {
          since: endedAt,
          nodeId: execution.failed[0]?.nodeId ?? null,
          remedy: isUndone(execution)
            ? { verb: 'restart' }
            : { verb: 'rollback', checkpointId: execution.headCheckpointId },
        }),
      ];
    case 'pending':
      return [reason('pending', 'it has not begun', { since: execution.startedAt })];
    case 'running':
    case 'paused':
      return unended(execution, context);
  }
}

function unended(execution: ExecutionSnapshot, context: WaitContext): readonly WaitReason[] {
  const found = [
    ...ownerReasons(execution, context),
    ...undoingReasons(execution),
    ...execution.suspended.map((node) => suspendedReason(execution, node)),
    ...pauseReasons(execution, context),
    ...(context.leftBehind ? [] : workReasons(execution, context)),
  ];
  if (found.length > 0) return found.map((each) => withinLimit(execution, each));
  return [reason('work', 'it is between two nodes', { since: execution.updatedAt })];
}

function ownerReasons(execution: ExecutionSnapshot, { leftBehind }: WaitContext): readonly WaitReason[] {
  if (!leftBehind) return [];
  const { owner, updatedAt, leaseExpiresAt } = execution;
  const remedy = outerRemedy(execution) ?? ({ verb: 'resume' } as const);
  return [
    reason('owner', `its process is gone (${owner ?? 'unknown'})`, { since: leaseExpiresAt ?? updatedAt, remedy }),
  ];
}

function undoingReasons({ undoing, updatedAt }: ExecutionSnapshot): readonly WaitReason[] {
  if (undoing === null) return [];
  const [next] = undoing.remaining;
  const text = `what it did is being undone (${undoing.compensated} done, ${undoing.remaining.length} to go)`;
  return [reason('undoing', text, { nodeId: next?.nodeId ?? null, since: updatedAt, remedy: { verb: 'recover' } })];
}

function suspendedReason(execution: ExecutionSnapshot, node: SuspendedNode): WaitReason {
  const { nodeId, awaiting, since, settled } = node;
  const facts = { nodeId, at: node.at ?? null, since, until: node.dueAt ?? null };
  const place = { nodeId, ...(node.at === undefined ? {} : { at: node.at }) };
  if (settled !== undefined) {
    return reason(awaiting, `the ${awaiting} is there, and the execution is yet to go on with it`, {
      ...facts,
      remedy: execution.status === 'paused' ? { verb: 'resume' } : null,
    });
  }
  switch (awaiting) {
    case 'approval':
      return reason('approval', approvalText(node), { ...facts, remedy: { verb: 'approve', ...place } });
    case 'signal':
      return reason('signal', `for the signal ${JSON.stringify(node.name ?? '')}`, {
        ...facts,
        remedy: { verb: 'signal', ...place, ...(node.name === undefined ? {} : { signal: node.name }) },
      });
    case 'timer':
      return reason('timer', 'for a time', { ...facts, remedy: overdueRemedy(execution) });
    case 'retry':
      return reason('retry', `to be tried again: ${node.error?.message ?? 'it failed'}`, {
        ...facts,
        remedy: overdueRemedy(execution),
      });
    case 'execution':
      return reason('execution', `for execution ${node.childExecutionId ?? 'of a sub-workflow'}`, {
        ...facts,
        remedy: node.childExecutionId === undefined ? null : { verb: 'show', executionId: node.childExecutionId },
      });
  }
}

function approvalText({ details }: SuspendedNode): string {
  const { message, approvers, escalatedTo } = details ?? {};
  const asked = [escalatedTo, approvers].find((who) => Array.isArray(who) && who.length > 0) as string[] | undefined;
  const by = asked === undefined ? '' : ` by ${asked.join(' or ')}`;
  return `for an approval${by}${typeof message === 'string' ? `: ${message}` : ''}`;
}

/** Nobody may be there to see that a time has come. */
function overdueRemedy(execution: ExecutionSnapshot): Remedy | null {
  return execution.status === 'paused' ? { verb: 'recover' } : null;
}

function pauseReasons(execution: ExecutionSnapshot, { pauses, spans = [] }: WaitContext): readonly WaitReason[] {
  const { status, pauseReason, waiting, updatedAt, suspended } = execution;
  if (status !== 'paused') return [];
  if (pauseReason === 'approval' || pauseReason === 'timer' || pauseReason === 'signal') {
    // What it waits for has been told.
    if (suspended.length > 0) return [];
    const asking = spans.filter((span) => span.status === 'suspended' && !span.rolledBack);
    if (asking.length > 0) return asking.map((span) => askingReason(execution, span));
  }
  const since = pauses?.findLast(({ until }) => until === null)?.from ?? updatedAt;
  const [next] = waiting;
  const nodeId = next === undefined ? null : staticId(next);
  const facts = {
    since,
    nodeId,
    at: next === undefined || next === nodeId ? null : next,
    remedy: outerRemedy(execution) ?? ({ verb: isUndone(execution) ? 'restart' : 'resume' } as const),
  };
  const before = `${waiting.length === 0 ? '' : ` before ${waiting.join(', ')}`}${undoneText(execution)}`;
  switch (pauseReason) {
    case 'breakpoint':
      return [reason('breakpoint', `it stopped at a breakpoint${before}`, facts)];
    case 'requested':
      return [reason('requested', `somebody paused it${before}`, facts)];
    case 'rollback':
      return [reason('rollback', `it was rolled back, and stands${before || ' there'}`, facts)];
    case 'error':
      return [reason('error', `a node failed, and it was paused${before}`, facts)];
    case 'approval':
    case 'timer':
    case 'signal':
    case null:
      return [reason('paused', `it is paused${pauseReason === null ? '' : ` (${pauseReason})`}${before}`, facts)];
  }
}

/** Of a thread only the log tells which node asks. */
function askingReason(execution: ExecutionSnapshot, { nodeId, waits, startedAt }: NodeSpan): WaitReason {
  const wait = waits.find(({ until }) => until === null);
  const kind = AWAITED.find((awaited) => awaited === wait?.awaiting) ?? 'paused';
  return reason(kind, `for ${kind === 'approval' ? 'an answer' : `a ${kind}`}`, {
    nodeId,
    since: wait?.from ?? startedAt,
    remedy: outerRemedy(execution) ?? { verb: 'resume' },
  });
}

function workReasons(execution: ExecutionSnapshot, { spans = [] }: WaitContext): readonly WaitReason[] {
  return execution.running.map(({ nodeId, occurrence, attempt, at }) => {
    const span = spans.find(
      (each) => each.nodeId === nodeId && each.occurrence === occurrence && each.attempt === attempt,
    );
    const { fraction, message } = span?.progress ?? {};
    const told = [fraction === undefined ? undefined : `${Math.round(fraction * 100)} %`, message].filter(Boolean);
    const tried = attempt > 1 ? ` (attempt ${attempt})` : '';
    const text = `it works${tried}${told.length === 0 ? '' : `: ${told.join(' ')}`}`;
    return reason('work', text, { nodeId, at: at ?? null, since: span?.startedAt ?? execution.updatedAt });
  });
}

function isUndone({ completed, compensated }: ExecutionSnapshot): boolean {
  return undoneAmong(completed, compensated).length > 0;
}

/** Nothing goes on as if what was undone were there. */
function undoneText({ completed, compensated }: ExecutionSnapshot): string {
  const undone = undoneAmong(completed, compensated);
  return undone.length === 0 ? '' : ` (undone since: ${undone.map(({ nodeId }) => nodeId).join(', ')})`;
}

/** Who goes on with what Waymark does not run itself. */
function outerRemedy(execution: ExecutionSnapshot): Remedy | undefined {
  if (execution.threadId !== undefined) return { verb: 'graph' };
  return isRecorded(execution) ? { verb: 'open' } : undefined;
}

/** The time limit of the execution ends a wait too. */
function withinLimit({ startedAt, timeoutMs }: ExecutionSnapshot, found: WaitReason): WaitReason {
  if (timeoutMs === null) return found;
  const limit = new Date(Date.parse(startedAt) + timeoutMs).toISOString();
  return found.until !== null && found.until <= limit ? found : { ...found, until: limit };
}

function reason(kind: WaitKind, text: string, facts: Partial<Omit<WaitReason, 'kind' | 'text'>>): WaitReason {
  return { kind, text, nodeId: null, at: null, since: null, until: null, remedy: null, ...facts };
}
