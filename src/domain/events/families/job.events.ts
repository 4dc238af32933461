import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { error, id, ms, ordinal, words } from './fields.js';
import { streamOf } from './stream-of.js';

const family = { version: 1, category: 'operations', emitter: 'host', stream: streamOf('job', 'jobId') } as const;

const job = { jobId: id('The job'), queue: words('The queue it is in'), name: words('The kind of job') };
const attempt = ordinal('The n-th try');

/** A job waits to be done. */
export class JobQueued extends defineEvent('job.queued', {
  ...family,
  severity: 'info',
  aliases: ['worker.job_queued'],
  description: 'A job was put into a queue. Recorded when the queue has taken it.',
  message: (p) => `${p.name} queued in ${p.queue}`,
  payload: z.object({ ...job, delayMs: ms('How long it waits at least').optional() }),
}) {}

/** A job is being done. */
export class JobStarted extends defineEvent('job.started', {
  ...family,
  severity: 'info',
  aliases: ['worker.job_started'],
  description: 'A worker took a job from the queue. Recorded before it does anything.',
  message: (p) => `${p.name} started (attempt ${p.attempt})`,
  payload: z.object({ ...job, attempt, workerId: id('The worker that took it').optional() }),
}) {}

/** A job was done. */
export class JobCompleted extends defineEvent('job.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  aliases: ['worker.job_completed'],
  description: 'A job was done. Recorded when the queue knows it.',
  message: (p) => `${p.name} completed in ${Math.round(p.durationMs)} ms`,
  payload: z.object({ ...job, durationMs: ms('How long it took') }),
}) {}

/** A try of a job failed. */
export class JobFailed extends defineEvent('job.failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  aliases: ['worker.job_failed'],
  description: 'A try of a job failed. Recorded for each try, whether or not another follows.',
  message: (p) => `${p.name} failed (attempt ${p.attempt}): ${p.error.message}`,
  payload: z.object({ ...job, attempt, error: error('Why') }),
}) {}

/** A failed job will be tried again. */
export class JobRetryScheduled extends defineEvent('job.retry_scheduled', {
  ...family,
  severity: 'info',
  aliases: ['worker.job_retrying'],
  description: 'A try failed and the queue allows another. Recorded when the job is back in the queue.',
  message: (p) => `${p.name} will be tried again in ${p.delayMs} ms (attempt ${p.attempt})`,
  payload: z.object({ ...job, attempt: ordinal('The number of the next try'), delayMs: ms('How long until then') }),
}) {}

/** A job was given up. */
export class JobDeadLettered extends defineEvent('job.dead_lettered', {
  ...family,
  severity: 'critical',
  outcome: 'failure',
  aliases: ['worker.job_dlq'],
  description: 'A job failed for good and was put aside for somebody to look at. Recorded when no more tries are left.',
  message: (p) => `${p.name} given up after ${p.attempts} attempt(s): ${p.error.message}`,
  payload: z.object({ ...job, attempts: ordinal('How often it was tried'), error: error('Why the last try failed') }),
}) {}

/** Every type of the family. */
export const JOB_EVENTS = [JobQueued, JobStarted, JobCompleted, JobFailed, JobRetryScheduled, JobDeadLettered] as const;
