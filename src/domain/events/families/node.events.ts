import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { error, id, ids, json, ms, ordinal, text, words } from './fields.js';

const family = { version: 1, category: 'workflow', emitter: 'engine' } as const;

const node = {
  executionId: id('The execution'),
  nodeId: id('The node'),
  occurrence: ordinal('The n-th time the node is reached in this execution'),
  attempt: ordinal('The n-th try of this occurrence'),
};

const place = (p: { nodeId: string; occurrence: number }) =>
  p.occurrence === 1 ? p.nodeId : `${p.nodeId} (occurrence ${p.occurrence})`;

/** A node's work is about to begin; this was durable before it did. */
export class NodeStarted extends defineEvent('node.started', {
  ...family,
  severity: 'debug',
  description: "A node's work is about to begin. The record is durable before the work starts.",
  message: (p) => `${place(p)} started`,
  payload: z.object({
    ...node,
    nodeName: words('Its name, for people'),
    nodeKind: words('The kind of node: task, decision, loop …'),
    entryCheckpointId: id('The checkpoint it starts from').optional(),
  }),
}) {}

/** A node's work is done and its result is part of the state. */
export class NodeCompleted extends defineEvent('node.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description: "A node's work is done. Its result, the new checkpoint and this event are one commit.",
  message: (p) => `${place(p)} completed in ${Math.round(p.durationMs)} ms`,
  payload: z.object({
    ...node,
    durationMs: ms('How long the work took'),
    output: json('What it returned').optional(),
    exitCheckpointId: id('The checkpoint that holds its result').optional(),
  }),
}) {}

/** A node's work threw. */
export class NodeFailed extends defineEvent('node.failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: "A node's work threw an error, or returned what can't be part of the state.",
  message: (p) => `${place(p)} failed: ${p.error.message}`,
  payload: z.object({
    ...node,
    error: error('Why'),
    durationMs: ms('How long it ran'),
    recoverable: z.boolean().describe('Whether going back and trying again may help'),
  }),
}) {}

/** A node was passed over. */
export class NodeSkipped extends defineEvent('node.skipped', {
  ...family,
  severity: 'debug',
  description: 'A node was passed over: its condition did not hold, or somebody skipped it.',
  message: (p) => `${place(p)} skipped: ${p.reason}`,
  payload: z.object({ ...node, reason: words('Why'), condition: words('The condition that did not hold').optional() }),
}) {}

/** A failed node will be tried again. */
export class NodeRetryScheduled extends defineEvent('node.retry_scheduled', {
  ...family,
  severity: 'warning',
  description: 'An attempt failed and the retry policy allows another.',
  message: (p) => `${place(p)} will be tried again in ${p.delayMs} ms (attempt ${p.nextAttempt})`,
  payload: z.object({
    ...node,
    error: error('Why the attempt failed'),
    delayMs: ms('How long until the next one'),
    nextAttempt: ordinal('The number of the next attempt'),
  }),
}) {}

/** A node ran longer than it may. */
export class NodeTimedOut extends defineEvent('node.timed_out', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'A node reached its time limit.',
  message: (p) => `${place(p)} timed out after ${p.limitMs} ms`,
  payload: z.object({ ...node, limitMs: ms('The limit') }),
}) {}

/** A running node was told to stop. */
export class NodeCancelled extends defineEvent('node.cancelled', {
  ...family,
  severity: 'warning',
  description:
    'A running node was told to stop: the execution was cancelled, or what runs beside it made its work needless.',
  message: (p) => `${place(p)} cancelled: ${p.reason}`,
  payload: z.object({ ...node, reason: words('Why'), durationMs: ms('How long it ran') }),
}) {}

/** A node waits for something outside. */
export class NodeSuspended extends defineEvent('node.suspended', {
  ...family,
  // Version 1 named no signals, and nobody that a question was passed on to.
  version: 2,
  upcasters: { 1: (payload) => payload },
  severity: 'info',
  description:
    'A node waits for an approval, a timer or a signal; or still does, for an approval that was passed on to others.',
  message: (p) =>
    `${place(p)} waits for ${p.awaiting}${p.signalName === undefined ? '' : ` ${p.signalName}`}${p.escalatedTo === undefined ? '' : `, which now ${p.escalatedTo.join(', ')} may give`}`,
  payload: z.object({
    ...node,
    awaiting: z.enum(['approval', 'timer', 'signal']).describe('What it waits for'),
    dueAt: words('When the wait ends, ISO 8601').optional(),
    signalName: words('The signal that it waits for').optional(),
    escalatedTo: ids('Who may decide now, because nobody did in time').optional(),
  }),
}) {}

/** A running node tells how far it is. */
export class NodeProgressed extends defineEvent('node.progressed', {
  ...family,
  severity: 'debug',
  description: 'A running node told how far it is, through `context.progress`.',
  message: (p) =>
    `${place(p)}${p.fraction === undefined ? '' : ` ${Math.round(p.fraction * 100)} %`}${p.message === undefined ? '' : `: ${p.message}`}`,
  payload: z.object({
    ...node,
    fraction: z.number().min(0).max(1).describe('How much is done, 0 to 1').optional(),
    message: text(1000, 'What it is doing').optional(),
  }),
}) {}

/** A node's work was undone. */
export class NodeCompensated extends defineEvent('node.compensated', {
  ...family,
  severity: 'warning',
  description: "A rollback, or a workflow that failed, undid a node's work through its compensation.",
  message: (p) => `${place(p)} compensated`,
  payload: z.object({ ...node, durationMs: ms('How long it took'), checkpointId: id('The checkpoint gone back to') }),
}) {}

/** A node's work could not be undone. */
export class NodeCompensationFailed extends defineEvent('node.compensation_failed', {
  ...family,
  severity: 'critical',
  outcome: 'failure',
  description: "A try of a node's compensation failed: its work is still in effect.",
  message: (p) => `${place(p)} could not be compensated: ${p.error.message}`,
  payload: z.object({ ...node, error: error('Why'), checkpointId: id('The checkpoint gone back to') }),
}) {}

/** Every type of the family. */
export const NODE_EVENTS = [
  NodeStarted,
  NodeCompleted,
  NodeFailed,
  NodeSkipped,
  NodeRetryScheduled,
  NodeTimedOut,
  NodeCancelled,
  NodeSuspended,
  NodeProgressed,
  NodeCompensated,
  NodeCompensationFailed,
] as const;
