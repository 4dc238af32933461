import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { amount, count, error, flag, id, json, list, ms, oneOf, rating, words } from './fields.js';
import { streamOf } from './stream-of.js';

const family = { version: 1, category: 'workflow', emitter: 'engine', stream: streamOf('batch', 'batchId') } as const;

const batchId = id('The batch');
const workflowId = id('The workflow definition');
const sinceStart = ms('Time since the batch started');
const succeeded = count('Runs that succeeded');
const failed = count('Runs that failed');

const variant = { batchId, executionId: id('The execution of the run'), variant: words('The variant') };
const run = {
  ...variant,
  workerId: id('The worker that runs it'),
  caseId: id('The case that the variant is tried on'),
};
const durationMs = ms('How long it ran');
const paths = list('The files, relative to the workspace');

/** A batch began. */
export class BatchStarted extends defineEvent('batch.started', {
  ...family,
  severity: 'info',
  description: 'A workflow is about to run once for every variant and case. Emitted before the first run.',
  message: (p) => `${p.workflowName}: ${p.variantCount} variant(s) on ${p.caseCount} case(s) started`,
  payload: z.object({
    batchId,
    workflowId,
    workflowName: words('Its name, for people'),
    variantCount: count('Variants to try'),
    caseCount: count('Cases to try each one on'),
    parallelism: count('Runs at the same time, at most'),
    maxPending: count('Runs that may wait, before no more are queued'),
    fileTracking: flag('Whether the files that a run writes are kept'),
    config: json('The configuration it was started with'),
  }),
}) {}

/** Every run of a batch is over. */
export class BatchCompleted extends defineEvent('batch.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description:
    'Every run of a batch is over, whether it succeeded or not. Emitted once, with the variant that did best.',
  message: (p) => `completed: ${p.succeeded} succeeded, ${p.failed} failed, ${p.cancelled} cancelled`,
  payload: z.object({
    batchId,
    workflowId,
    durationMs: sinceStart,
    succeeded,
    failed,
    cancelled: count('Runs that were cancelled'),
    bestVariant: words('The variant with the best score').optional(),
    bestScore: rating('Its score').optional(),
  }),
}) {}

/** A batch could not go on. */
export class BatchFailed extends defineEvent('batch.failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description:
    'A batch as a whole could not go on: not a run failed, but what runs them. Emitted when it was given up.',
  message: (p) => `failed with ${p.pending} run(s) pending: ${p.error.message}`,
  payload: z.object({
    batchId,
    workflowId,
    durationMs: sinceStart,
    error: error('Why'),
    succeeded,
    failed,
    pending: count('Runs that did not come to an end'),
  }),
}) {}

/** A batch was ended before its end. */
export class BatchCancelled extends defineEvent('batch.cancelled', {
  ...family,
  severity: 'info',
  description: 'A batch was ended before its end. Emitted when the runs under way have stopped.',
  message: (p) => `cancelled by ${p.by}: ${p.reason}`,
  payload: z.object({
    batchId,
    workflowId,
    durationMs: sinceStart,
    reason: words('Why'),
    by: oneOf(['user', 'timeout', 'resource_limit'], 'Who or what ended it'),
    completed: count('Runs that had come to an end'),
    cancelled: count('Runs that had not'),
  }),
}) {}

/** A batch tells how far it is. */
export class BatchProgressed extends defineEvent('batch.progressed', {
  ...family,
  severity: 'debug',
  description: 'How far a batch is. Emitted now and then while it runs.',
  message: (p) => `${p.completed + p.failed} of ${p.total} run(s) over`,
  payload: z.object({
    batchId,
    total: count('Runs in the batch'),
    completed: count('Runs that completed'),
    failed,
    inProgress: count('Runs under way'),
    elapsedMs: sinceStart,
    remainingMs: ms('How long the rest will take, as far as can be told').optional(),
    perSecond: amount('Runs that come to an end in a second'),
  }),
}) {}

/** A run of a variant began. */
export class BatchVariantStarted extends defineEvent('batch.variant_started', {
  ...family,
  severity: 'debug',
  description: 'A variant is about to run on a case. Emitted when a worker takes it from the queue.',
  message: (p) => `${p.variant} on ${p.caseId} started`,
  payload: z.object({
    ...run,
    choices: json('What makes the variant: the value chosen for each option'),
    queuePosition: count('Where it stood in the queue'),
  }),
}) {}

/** A run of a variant reached its end. */
export class BatchVariantCompleted extends defineEvent('batch.variant_completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description: 'A variant ran on a case to the end. Emitted when the result has its score.',
  message: (p) => `${p.variant} on ${p.caseId} completed with score ${p.score}`,
  payload: z.object({
    ...run,
    durationMs,
    checkpoints: count('Checkpoints created'),
    nodes: count('Nodes completed'),
    metrics: json('What was measured'),
    score: rating('How good the result is'),
  }),
}) {}

/** A run of a variant failed. */
export class BatchVariantFailed extends defineEvent('batch.variant_failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'A variant failed on a case. Emitted when its execution failed; the batch goes on with the others.',
  message: (p) => `${p.variant} on ${p.caseId} failed: ${p.error.message}`,
  payload: z.object({ ...run, error: error('Why'), nodeId: id('The node that failed').optional(), durationMs }),
}) {}

/** A run of a variant was ended before its end. */
export class BatchVariantCancelled extends defineEvent('batch.variant_cancelled', {
  ...family,
  severity: 'info',
  description: 'The run of a variant on a case was ended before its end. Emitted when its execution has stopped.',
  message: (p) => `${p.variant} on ${p.caseId} cancelled: ${p.reason}`,
  payload: z.object({ ...run, reason: words('Why'), durationMs }),
}) {}

/** What a run wrote was kept. */
export class BatchVariantFilesTracked extends defineEvent('batch.variant_files_tracked', {
  ...family,
  severity: 'info',
  description: "The files that a variant's run wrote were kept. Emitted when they are tied to its checkpoint.",
  message: (p) => `${p.files} file(s) of ${p.variant} kept`,
  payload: z.object({
    ...variant,
    files: count('Files kept'),
    commitId: id('The file commit'),
    checkpointId: id('The checkpoint it is tied to'),
    paths,
  }),
}) {}

/** What a run wrote could not be kept. */
export class BatchVariantFilesTrackingFailed extends defineEvent('batch.variant_files_tracking_failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description:
    "The files that a variant's run wrote could not be kept. Emitted when it was given up; the run itself goes on.",
  message: (p) => `files of ${p.variant} could not be kept: ${p.error.message}`,
  payload: z.object({ ...variant, error: error('Why'), paths }),
}) {}

/** A batch queues no more for now. */
export class BatchBackpressureApplied extends defineEvent('batch.backpressure_applied', {
  ...family,
  severity: 'warning',
  description: 'As many runs wait as may. Emitted when the batch stops queueing more.',
  message: (p) => `queue full: ${p.pending} of ${p.maxPending} pending`,
  payload: z.object({ batchId, pending: count('Runs that wait'), maxPending: count('Runs that may wait') }),
}) {}

/** A batch queues again. */
export class BatchBackpressureReleased extends defineEvent('batch.backpressure_released', {
  ...family,
  severity: 'info',
  description: 'There is room in the queue again. Emitted when the batch goes on queueing.',
  message: (p) => `queue open again after ${Math.round(p.waitedMs)} ms`,
  payload: z.object({ batchId, pending: count('Runs that wait'), waitedMs: ms('How long it was full') }),
}) {}

/** Every type of the family. */
export const BATCH_EVENTS = [
  BatchStarted,
  BatchCompleted,
  BatchFailed,
  BatchCancelled,
  BatchProgressed,
  BatchVariantStarted,
  BatchVariantCompleted,
  BatchVariantFailed,
  BatchVariantCancelled,
  BatchVariantFilesTracked,
  BatchVariantFilesTrackingFailed,
  BatchBackpressureApplied,
  BatchBackpressureReleased,
] as const;
