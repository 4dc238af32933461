import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { environment, ofEnvironment } from './environment-fields.js';
import { error, exitStatus, hash, id, list, ms, oneOf } from './fields.js';

// The part of the environment family that is about what is installed.

const packages = list('The packages it is about, each as name and version');
const durationMs = ms('How long it took');
const exitCode = exitStatus('What the package manager ended with');
const changed = { ...environment, packages, durationMs, exitCode };

/** Packages were added. */
export class EnvironmentDependenciesAdded extends defineEvent('environment.dependencies_added', {
  ...ofEnvironment,
  severity: 'info',
  description: 'Packages were added to an environment. Emitted when the package manager is done.',
  message: (p) => `added ${p.packages.join(', ')}`,
  payload: z.object(changed),
}) {}

/** Packages were brought to another version. */
export class EnvironmentDependenciesUpdated extends defineEvent('environment.dependencies_updated', {
  ...ofEnvironment,
  severity: 'info',
  description: 'Packages of an environment were brought to another version. Emitted when the package manager is done.',
  message: (p) => `updated ${p.packages.join(', ')}`,
  payload: z.object(changed),
}) {}

/** Packages were removed. */
export class EnvironmentDependenciesRemoved extends defineEvent('environment.dependencies_removed', {
  ...ofEnvironment,
  severity: 'info',
  description: 'Packages were removed from an environment. Emitted when the package manager is done.',
  message: (p) => `removed ${p.packages.join(', ')}`,
  payload: z.object(changed),
}) {}

/** Packages could not be added, updated or removed. */
export class EnvironmentDependencyOperationFailed extends defineEvent('environment.dependency_operation_failed', {
  ...ofEnvironment,
  severity: 'error',
  outcome: 'failure',
  description: 'The package manager could not add, update or remove packages. Emitted when it gave up.',
  message: (p) => `could not ${p.operation} ${p.packages.join(', ')}: ${p.error.message}`,
  payload: z.object({
    ...environment,
    operation: oneOf(['add', 'update', 'remove'], 'What was to be done'),
    packages,
    error: error('Why'),
    durationMs,
  }),
}) {}

/** What is installed is what the lock file says. */
export class EnvironmentSynced extends defineEvent('environment.synced', {
  ...ofEnvironment,
  severity: 'info',
  outcome: 'success',
  description: 'An environment was brought in line with its lock file. Emitted when the package manager is done.',
  message: (p) => `synced in ${Math.round(p.durationMs)} ms`,
  payload: z.object({ ...environment, durationMs, exitCode }),
}) {}

/** What is installed could not be made what the lock file says. */
export class EnvironmentSyncFailed extends defineEvent('environment.sync_failed', {
  ...ofEnvironment,
  severity: 'error',
  outcome: 'failure',
  description:
    'An environment could not be brought in line with its lock file. Emitted when the package manager gave up.',
  message: (p) => `could not be synced: ${p.error.message}`,
  payload: z.object({ ...environment, error: error('Why'), durationMs }),
}) {}

/** An environment is not what a checkpoint was made with. */
export class EnvironmentMismatchDetected extends defineEvent('environment.mismatch_detected', {
  ...ofEnvironment,
  severity: 'warning',
  description:
    'Other packages are installed than when the checkpoint was made. Emitted before an execution goes on from it.',
  message: (p) =>
    `not the environment of ${p.checkpointId}: ${p.missing.length} missing, ${p.unexpected.length} unexpected`,
  payload: z.object({
    ...environment,
    checkpointId: id('The checkpoint'),
    expectedSpecHash: hash('Identifies the specification it was made with'),
    missing: list('Packages that should be there'),
    unexpected: list('Packages that should not be there'),
  }),
}) {}

/** An environment is again what a checkpoint was made with. */
export class EnvironmentRestored extends defineEvent('environment.restored', {
  ...ofEnvironment,
  severity: 'info',
  description:
    'The environment of a checkpoint was put back. Emitted when it is installed, before the execution goes on.',
  message: (p) => `environment of ${p.checkpointId} restored from its ${p.from}`,
  payload: z.object({
    ...environment,
    checkpointId: id('The checkpoint'),
    from: oneOf(['lock', 'spec'], 'What it was rebuilt from: the lock file, or the specification where there is none'),
    durationMs,
  }),
}) {}

/** The types of the environment family that are about what is installed. */
export const ENVIRONMENT_DEPENDENCY_EVENTS = [
  EnvironmentDependenciesAdded,
  EnvironmentDependenciesUpdated,
  EnvironmentDependenciesRemoved,
  EnvironmentDependencyOperationFailed,
  EnvironmentSynced,
  EnvironmentSyncFailed,
  EnvironmentMismatchDetected,
  EnvironmentRestored,
] as const;
