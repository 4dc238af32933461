import { WaymarkError } from '../../domain/shared/errors.js';
import type { HeldLock } from './environment-locks.port.js';

/** `WAYMARK_ENVIRONMENT_NOT_FOUND`: there is no environment of that id here. */
export function environmentNotFound(environmentId: string): WaymarkError {
  return new WaymarkError('WAYMARK_ENVIRONMENT_NOT_FOUND', `There is no environment ${environmentId} here.`, {
    hint: 'List them with waymark env list; make one with environments.ensure or waymark env create.',
    details: { environmentId },
  });
}

/** `WAYMARK_ENVIRONMENT_IN_USE`: a process uses it. */
export function environmentInUse(environmentId: string): WaymarkError {
  return new WaymarkError('WAYMARK_ENVIRONMENT_IN_USE', `Environment ${environmentId} is used by a process.`, {
    hint: 'Try again when what runs in it has ended.',
    details: { environmentId },
  });
}

/** `WAYMARK_ENVIRONMENT_LOCK_TIMEOUT`: somebody held its lock for longer than the limit. */
export function lockTimedOut(environmentId: string, operation: string, limitMs: number, held: HeldLock): WaymarkError {
  const { owner = 'somebody', path } = held;
  return new WaymarkError(
    'WAYMARK_ENVIRONMENT_LOCK_TIMEOUT',
    `Environment ${environmentId} could not be locked to ${operation} it within ${limitMs} ms: ${owner} holds the lock.`,
    {
      hint: `Wait for it, or raise workspaces.environments.lockTimeoutMs. If it is known to be gone, remove ${path}.`,
      details: { environmentId, operation, limitMs, ...held },
    },
  );
}

/** `WAYMARK_INVALID_ENVIRONMENT`: nothing here makes environments of a runtime. */
export function noProvider(runtime: string): WaymarkError {
  return new WaymarkError('WAYMARK_INVALID_ENVIRONMENT', `Nothing here makes ${runtime} environments.`, {
    hint: 'Bind a provider of that runtime to TOKENS.EnvironmentProviders.',
    details: { runtime },
  });
}
