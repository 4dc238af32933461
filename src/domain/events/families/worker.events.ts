import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { count, error, id, list, ms, oneOf, words } from './fields.js';
import { streamOf } from './stream-of.js';

const family = { version: 1, category: 'resource', emitter: 'engine', stream: streamOf('worker', 'workerId') } as const;

const workerId = id('The worker');
const batchId = id('The batch it works for').optional();

/** A pool of workers was made. */
export class WorkerPoolCreated extends defineEvent('worker.pool_created', {
  ...family,
  severity: 'info',
  description: 'A pool of workers was made. Emitted once, before any of them takes work.',
  message: (p) => `pool of ${p.workers} worker(s) created on ${p.backend}`,
  payload: z.object({
    workerId: id('The pool'),
    batchId,
    workers: count('Workers in it'),
    backend: words('What they run on: threads, processes'),
  }),
}) {}

/** A worker can take work. */
export class WorkerInitialized extends defineEvent('worker.initialized', {
  ...family,
  severity: 'info',
  description: 'A worker has loaded what it needs. Emitted when it can take its first work.',
  message: (p) => `worker ready after ${Math.round(p.durationMs)} ms`,
  payload: z.object({ workerId, batchId, durationMs: ms('How long it took') }),
}) {}

/** A worker was made for a purpose. */
export class WorkerCreated extends defineEvent('worker.created', {
  ...family,
  severity: 'info',
  description: 'A worker was made. Emitted when it exists, before it is ready.',
  message: (p) => `worker created to ${p.purpose}`,
  payload: z.object({
    workerId,
    executionId: id('The execution it is for').optional(),
    workspaceId: id('The workspace it works in').optional(),
    purpose: oneOf(['run', 'fork', 'resume'], 'What it is to do'),
  }),
}) {}

/** A worker forgot what it was doing. */
export class WorkerReset extends defineEvent('worker.reset', {
  ...family,
  severity: 'info',
  description: 'A worker gave up its state to take something else. Emitted when nothing of the old is left.',
  message: (p) => `worker reset (${p.reason})`,
  payload: z.object({ workerId, reason: oneOf(['variant_switch', 'rollback'], 'Why') }),
}) {}

/** A worker broke down. */
export class WorkerFailed extends defineEvent('worker.failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'A worker broke down: it crashed, or what it runs on did. Emitted when that was noticed.',
  message: (p) => `worker failed after ${p.completed} run(s): ${p.error.message}`,
  payload: z.object({
    workerId,
    error: error('Why'),
    executing: id('The execution it was running').optional(),
    completed: count('Runs it had completed'),
  }),
}) {}

/** A worker was started again. */
export class WorkerRestarted extends defineEvent('worker.restarted', {
  ...family,
  severity: 'warning',
  description: 'A worker that failed or was killed was started again. Emitted when it can take work.',
  message: (p) => `restart ${p.restartCount} of the worker: ${p.reason}`,
  payload: z.object({ workerId, restartCount: count('How often it was, this time included'), reason: words('Why') }),
}) {}

/** A worker was ended by force. */
export class WorkerKilled extends defineEvent('worker.killed', {
  ...family,
  severity: 'warning',
  description: 'A worker was ended by force, whatever it was doing. Emitted when it is gone.',
  message: (p) => `worker killed (${p.reason})`,
  payload: z.object({ workerId, reason: oneOf(['cold_pause', 'rollback', 'shutdown', 'timeout'], 'Why') }),
}) {}

/** A waiting worker gave back what it held. */
export class WorkerResourcesReleased extends defineEvent('worker.resources_released', {
  ...family,
  severity: 'info',
  description: 'A worker that waits gave back what it held, and stays alive. Emitted when others can have it.',
  message: (p) => `released ${p.resources.join(', ')} (${p.reason})`,
  payload: z.object({
    workerId,
    reason: oneOf(['warm_pause', 'memory_pressure'], 'Why'),
    resources: list('What it gave back'),
  }),
}) {}

/** A worker has what it needs again. */
export class WorkerResourcesReacquired extends defineEvent('worker.resources_reacquired', {
  ...family,
  severity: 'info',
  description: 'A worker took again what it had given back. Emitted when it can go on.',
  message: (p) => `took back ${p.resources.join(', ')} in ${Math.round(p.durationMs)} ms`,
  payload: z.object({ workerId, resources: list('What it took'), durationMs: ms('How long it took') }),
}) {}

/** Every type of the family. */
export const WORKER_EVENTS = [
  WorkerPoolCreated,
  WorkerInitialized,
  WorkerCreated,
  WorkerReset,
  WorkerFailed,
  WorkerRestarted,
  WorkerKilled,
  WorkerResourcesReleased,
  WorkerResourcesReacquired,
] as const;
