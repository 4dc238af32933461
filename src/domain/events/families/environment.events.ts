import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { ENVIRONMENT_DEPENDENCY_EVENTS } from './environment-dependencies.events.js';
import { context, environment, family, ofEnvironment } from './environment-fields.js';
import { bytes, error, flag, hash, ids, list, ms, oneOf, words } from './fields.js';

const runtime = oneOf(['node', 'python'], 'What runs in it');
const packages = list('The packages of its specification, each as name and version');
const path = words('Its folder');
const operation = words('What the lock is for: create, update, delete');

/** An environment is about to be built. */
export class EnvironmentCreationStarted extends defineEvent('environment.creation_started', {
  ...ofEnvironment,
  severity: 'debug',
  description: 'No environment with this specification exists, so one is about to be built. Emitted before the build.',
  message: (p) => `building ${p.runtime} ${p.runtimeVersion} with ${p.packages.length} package(s)`,
  payload: z.object({
    ...environment,
    runtime,
    runtimeVersion: words('Its version'),
    packages,
    source: oneOf(['api', 'cli', 'engine'], 'Who asked for it'),
  }),
}) {}

/** An environment was built. */
export class EnvironmentCreated extends defineEvent('environment.created', {
  ...ofEnvironment,
  severity: 'info',
  outcome: 'success',
  description:
    'An environment was built and can be used. Emitted when its packages are installed and its lock file is kept.',
  message: (p) => `${p.runtime} ${p.runtimeVersion} built in ${Math.round(p.durationMs)} ms`,
  payload: z.object({
    ...environment,
    runtime,
    runtimeVersion: words('Its version'),
    packages,
    path,
    durationMs: ms('How long it took'),
  }),
}) {}

/** An environment could not be built. */
export class EnvironmentCreationFailed extends defineEvent('environment.creation_failed', {
  ...ofEnvironment,
  severity: 'error',
  outcome: 'failure',
  description: 'Building an environment failed. Emitted after what was there of it was removed, or could not be.',
  message: (p) => `${p.runtime} environment could not be built: ${p.error.message}`,
  payload: z.object({
    ...environment,
    runtime,
    packages,
    error: error('Why'),
    durationMs: ms('How long it was tried'),
    cleanedUp: flag('Whether what was there of it is gone'),
  }),
}) {}

/** An environment that exists already was taken. */
export class EnvironmentReused extends defineEvent('environment.reused', {
  ...ofEnvironment,
  severity: 'debug',
  description: 'An environment with the wanted specification exists and was taken. Emitted instead of building one.',
  message: (p) => `environment ${p.environmentId} reused`,
  payload: z.object({ ...environment, path, ageMs: ms('Time since it was built') }),
}) {}

/** An environment was deleted. */
export class EnvironmentDeleted extends defineEvent('environment.deleted', {
  ...ofEnvironment,
  severity: 'info',
  description: 'An environment was deleted, by hand or by the cleanup. Emitted when its folder is gone.',
  message: (p) => `environment ${p.environmentId} deleted, ${p.freedBytes} bytes freed`,
  payload: z.object({ ...environment, path, freedBytes: bytes('What it freed') }),
}) {}

/** An environment no longer is what workspaces rely on. */
export class EnvironmentInvalidated extends defineEvent('environment.invalidated', {
  ...ofEnvironment,
  severity: 'warning',
  description:
    'The specification changed, so the environment no longer fits. Emitted before the workspaces that use it move.',
  message: (p) => `environment ${p.environmentId} invalidated (${p.reason})`,
  payload: z.object({
    ...environment,
    newSpecHash: hash('Identifies the specification that takes its place'),
    reason: oneOf(['dependency_change', 'runtime_change'], 'What changed'),
    affectedWorkspaces: ids('The workspaces that use it'),
  }),
}) {}

/** Environments that nobody uses are about to be removed. */
export class EnvironmentCleanupStarted extends defineEvent('environment.cleanup_started', {
  ...family,
  severity: 'debug',
  description: 'Environments that nobody used for a while are about to be removed. Emitted before the first one is.',
  message: (p) => `removing environments idle for ${p.idleMs} ms`,
  payload: z.object({ ...context, idleMs: ms('How long an environment must have been idle') }),
}) {}

/** Environments that nobody used were removed. */
export class EnvironmentCleanupCompleted extends defineEvent('environment.cleanup_completed', {
  ...family,
  severity: 'info',
  description: 'The cleanup is over. Emitted once, with every environment that it removed.',
  message: (p) => `${p.deleted.length} environment(s) removed, ${p.freedBytes} bytes freed`,
  payload: z.object({
    ...context,
    deleted: ids('The environments that were removed'),
    freedBytes: bytes('What it freed'),
    durationMs: ms('How long it took'),
  }),
}) {}

/** An environment was locked. */
export class EnvironmentLockAcquired extends defineEvent('environment.lock_acquired', {
  ...ofEnvironment,
  severity: 'debug',
  description: 'An environment was locked against other processes. Emitted when the lock is held.',
  message: (p) => `lock for ${p.operation} acquired after ${Math.round(p.waitedMs)} ms`,
  payload: z.object({ ...environment, operation, waitedMs: ms('How long it had to wait') }),
}) {}

/** An environment was unlocked. */
export class EnvironmentLockReleased extends defineEvent('environment.lock_released', {
  ...ofEnvironment,
  severity: 'debug',
  description: 'The lock of an environment was given back. Emitted when others can take it.',
  message: (p) => `lock for ${p.operation} released after ${Math.round(p.heldMs)} ms`,
  payload: z.object({ ...environment, operation, heldMs: ms('How long it was held') }),
}) {}

/** An environment could not be locked in time. */
export class EnvironmentLockTimedOut extends defineEvent('environment.lock_timed_out', {
  ...ofEnvironment,
  severity: 'error',
  outcome: 'failure',
  description: 'Another process kept the lock for longer than the limit. Emitted when the operation is given up.',
  message: (p) => `no lock for ${p.operation} within ${p.limitMs} ms`,
  payload: z.object({ ...environment, operation, limitMs: ms('The limit') }),
}) {}

/** Every type of the family. */
export const ENVIRONMENT_EVENTS = [
  EnvironmentCreationStarted,
  EnvironmentCreated,
  EnvironmentCreationFailed,
  EnvironmentReused,
  EnvironmentDeleted,
  EnvironmentInvalidated,
  ...ENVIRONMENT_DEPENDENCY_EVENTS,
  EnvironmentCleanupStarted,
  EnvironmentCleanupCompleted,
  EnvironmentLockAcquired,
  EnvironmentLockReleased,
  EnvironmentLockTimedOut,
] as const;
