import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { count, error, id, json, ms, words } from './fields.js';

const executionId = id('The execution');
const family = { version: 1, category: 'workflow', emitter: 'engine' } as const;

/** An execution began, and its first checkpoint exists. */
export class ExecutionStarted extends defineEvent('execution.started', {
  ...family,
  // Version 1 did not say why.
  version: 2,
  upcasters: { 1: (payload) => payload },
  severity: 'info',
  description: 'An execution began. Emitted by start, fork and restart, in the commit that creates the execution.',
  message: (p) => `${p.workflowName} ${p.workflowVersion} started`,
  payload: z.object({
    executionId,
    workflowId: id('The workflow definition'),
    workflowName: words('Its name, for people'),
    workflowVersion: words('Its version'),
    input: json('What the execution was started with'),
    breakpoints: z.array(id('A node')).describe('Nodes to stop before'),
    parentExecutionId: id('The execution this one was forked or restarted from').optional(),
    sourceCheckpointId: id('The checkpoint this one continues from').optional(),
    reason: words('Why, in the words of who started it').optional(),
  }),
}) {}

/** An execution stands still and can be resumed. */
export class ExecutionPaused extends defineEvent('execution.paused', {
  ...family,
  // Version 1 had no note.
  version: 2,
  upcasters: { 1: (payload) => payload },
  severity: 'info',
  description: 'An execution stands still at a checkpoint, for the given reason, until it is resumed.',
  message: (p) => `paused (${p.reason})${p.nodeId === undefined ? '' : ` before ${p.nodeId}`}`,
  payload: z.object({
    executionId,
    checkpointId: id('Where it stands'),
    nodeId: id('The node it waits at').optional(),
    reason: z
      .enum(['breakpoint', 'requested', 'approval', 'timer', 'signal', 'error', 'rollback'])
      .describe('Why it stands still'),
    elapsedMs: ms('Time since it started'),
    note: words('Why, in the words of who asked').optional(),
  }),
}) {}

/** A paused execution goes on. */
export class ExecutionResumed extends defineEvent('execution.resumed', {
  ...family,
  // Version 1 did not say why.
  version: 2,
  upcasters: { 1: (payload) => payload },
  severity: 'info',
  description: 'A paused execution goes on from a checkpoint, with its state edited where a patch is given.',
  message: (p) => `resumed at ${p.nodeIds.join(', ')}`,
  payload: z.object({
    executionId,
    checkpointId: id('Where it goes on from'),
    nodeIds: z.array(id('A node')).describe('The nodes that run next'),
    statePatch: json('The JSON Merge Patch applied to the state').optional(),
    reason: words('Why, in the words of who asked').optional(),
    mapNodes: z
      .array(z.object({ from: id('The id that a node had'), to: id('The id that it has from now on') }))
      .describe('The nodes that have another id from now on: it goes on with a definition that has changed')
      .optional(),
    workflowVersion: words('The version of the definition that it goes on with, where that has changed').optional(),
  }),
}) {}

/** An execution reached its end. */
export class ExecutionCompleted extends defineEvent('execution.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description: 'Every node of the execution that was due is done.',
  message: (p) => `completed: ${p.nodesExecuted} nodes in ${Math.round(p.durationMs)} ms`,
  payload: z.object({
    executionId,
    workflowId: id('The workflow definition'),
    output: json('The result'),
    durationMs: ms('Time since it started'),
    nodesExecuted: count('Nodes completed'),
    checkpointsCreated: count('Checkpoints created'),
  }),
}) {}

/** An execution stopped because a node failed. */
export class ExecutionFailed extends defineEvent('execution.failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'A node failed for good, its siblings have settled, and the execution stopped.',
  message: (p) => `failed${p.nodeId === undefined ? '' : ` at ${p.nodeId}`}: ${p.error.message}`,
  payload: z.object({
    executionId,
    workflowId: id('The workflow definition'),
    nodeId: id('The node that failed').optional(),
    error: error('Why'),
    checkpointId: id('Where it stood').optional(),
    durationMs: ms('Time since it started'),
  }),
}) {}

/** An execution was ended before its end. */
export class ExecutionCancelled extends defineEvent('execution.cancelled', {
  ...family,
  severity: 'warning',
  description: 'Somebody ended the execution before its end.',
  message: (p) => `cancelled: ${p.reason}`,
  payload: z.object({
    executionId,
    nodeId: id('A node that was running').optional(),
    reason: words('Why'),
    durationMs: ms('Time since it started'),
  }),
}) {}

/** An execution took longer than it may. */
export class ExecutionTimedOut extends defineEvent('execution.timed_out', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'The execution reached its time limit.',
  message: (p) => `timed out after ${p.limitMs} ms`,
  payload: z.object({ executionId, nodeId: id('The node that was running').optional(), limitMs: ms('The limit') }),
}) {}

/** An execution reached a node that it was told to stop at. */
export class ExecutionBreakpointHit extends defineEvent('execution.breakpoint_hit', {
  ...family,
  // Version 1 stopped before nodes only, whatever the state was.
  version: 2,
  upcasters: { 1: (payload) => payload },
  severity: 'info',
  description: 'The execution reached a node with a breakpoint. It is paused in the same commit.',
  message: (p) =>
    `breakpoint ${p.when ?? 'before'} ${p.nodeId}${p.error === undefined ? '' : `: its condition failed: ${p.error.message}`}`,
  payload: z.object({
    executionId,
    nodeId: id('The node'),
    checkpointId: id('Where it stands'),
    when: z.enum(['before', 'after']).describe('Which side of the node it stands on; before when left out').optional(),
    condition: words('The condition that held, where there is one as text').optional(),
    error: error('Why the condition could not be told, which stops too').optional(),
  }),
}) {}

/** Somebody edited an execution's state. */
export class ExecutionStateModified extends defineEvent('execution.state_modified', {
  ...family,
  severity: 'warning',
  description:
    'The state was edited by hand: by modifyState, or by resume, rollback or fork with a patch. The checkpoint holds the result.',
  message: (p) => `state edited: ${p.reason}`,
  payload: z.object({
    executionId,
    checkpointId: id('The checkpoint with the edited state'),
    patch: json('The JSON Merge Patch (RFC 7396)'),
    reason: words('Why'),
  }),
}) {}

/** An execution was given a name for people. */
export class ExecutionLabelled extends defineEvent('execution.labelled', {
  ...family,
  severity: 'info',
  description: 'Somebody gave the execution a name for people, or took it away.',
  message: (p) => (p.label === '' ? 'label removed' : `labelled ${p.label}`),
  payload: z.object({
    executionId,
    label: words('The name; empty where it was taken away'),
    reason: words('Why').optional(),
  }),
}) {}

/** An execution was made from a checkpoint of another. */
export class ExecutionForked extends defineEvent('execution.forked', {
  ...family,
  severity: 'info',
  description: 'A new execution continues at a checkpoint of another, with its state. The original is untouched.',
  message: (p) => `forked from ${p.parentExecutionId}: ${p.reason}`,
  payload: z.object({
    executionId: id('The new execution'),
    parentExecutionId: id('The execution it was forked from'),
    checkpointId: id('The checkpoint it continues at'),
    reason: words('Why'),
    statePatch: json('The JSON Merge Patch applied to the state').optional(),
    label: words('A name for people').optional(),
  }),
}) {}

/** An execution was started anew with the input of another. */
export class ExecutionRestarted extends defineEvent('execution.restarted', {
  ...family,
  severity: 'info',
  description: 'A new execution runs from the entry with the original input.',
  message: (p) => `restarted from ${p.originalExecutionId}: ${p.reason}`,
  payload: z.object({
    executionId: id('The new execution'),
    originalExecutionId: id('The execution whose input it takes'),
    reason: words('Why'),
  }),
}) {}

/** An execution whose owner is gone was taken over. */
export class ExecutionRecovered extends defineEvent('execution.recovered', {
  ...family,
  severity: 'warning',
  description: 'The process that ran the execution is gone, and another one took it over.',
  message: (p) => `recovered from ${p.previousOwner}`,
  payload: z.object({
    executionId,
    checkpointId: id('Where it goes on from').optional(),
    previousOwner: id('Who ran it'),
    idleMs: ms('Time since its owner was last seen'),
  }),
}) {}

/** Every type of the family. */
export const EXECUTION_EVENTS = [
  ExecutionStarted,
  ExecutionPaused,
  ExecutionResumed,
  ExecutionCompleted,
  ExecutionFailed,
  ExecutionCancelled,
  ExecutionTimedOut,
  ExecutionBreakpointHit,
  ExecutionStateModified,
  ExecutionLabelled,
  ExecutionForked,
  ExecutionRestarted,
  ExecutionRecovered,
] as const;
