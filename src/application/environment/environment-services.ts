import type { EnvironmentPlace } from '../../domain/environment/environment-identity.js';
import type { Runtime } from '../../domain/environment/environment-spec.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import type { WorkspaceRepository } from '../../domain/workspace/workspace.repository.port.js';
import type { EventRecorder } from '../audit/event-recorder.js';
import type { EventFactory } from '../context/event-factory.js';
import { noProvider } from './environment-errors.js';
import type { EnvironmentFolders } from './environment-folders.port.js';
import type { EnvironmentLinks } from './environment-links.port.js';
import type { EnvironmentLocks } from './environment-locks.port.js';
import type { EnvironmentProvider } from './environment-provider.port.js';

/** What everything about environments needs. */
export interface EnvironmentServices {
  /** One a runtime. */
  readonly providers: readonly EnvironmentProvider[];
  readonly folders: EnvironmentFolders;
  readonly locks: EnvironmentLocks;
  readonly links: EnvironmentLinks;
  readonly workspaces: WorkspaceRepository;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly factory: EventFactory;
  readonly scheduler: Scheduler;
  /** How long a lock is waited for, in milliseconds. */
  readonly lockTimeoutMs: number;
  /** The machine: what is installed may hold programs for it. */
  readonly machine: Pick<EnvironmentPlace, 'platform' | 'arch'>;
}

/** The provider of a runtime. @throws WaymarkError `WAYMARK_INVALID_ENVIRONMENT` when there is none */
export function providerOf({ providers }: EnvironmentServices, runtime: Runtime): EnvironmentProvider {
  const provider = providers.find((each) => each.runtime === runtime);
  if (provider === undefined) throw noProvider(runtime);
  return provider;
}
