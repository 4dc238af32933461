import type { EnvironmentIdentity } from '../../domain/environment/environment-identity.js';
import {
  EnvironmentLockAcquired,
  EnvironmentLockReleased,
  EnvironmentLockTimedOut,
} from '../../domain/events/families/environment.events.js';
import { lockTimedOut } from './environment-errors.js';
import { type EnvironmentOptions, onBehalf } from './environment-options.js';
import type { EnvironmentServices } from './environment-services.js';

/** How long is waited before the lock is looked at again: at first, and at most, in milliseconds. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 500;

/** What a lock is for. */
export type LockedOperation = 'create' | 'update' | 'delete';

/**
 * Does work on an environment while nobody else does, in this process or in another. Waits for the lock, but no longer
 * than the limit.
 *
 * @throws WaymarkError `WAYMARK_ENVIRONMENT_LOCK_TIMEOUT`; the signal's reason when it aborts; what the work throws
 */
export async function withEnvironmentLock<Result>(
  services: EnvironmentServices,
  { id: environmentId, specHash }: EnvironmentIdentity,
  operation: LockedOperation,
  options: EnvironmentOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const { recorder, factory } = services;
  const about = { environmentId, specHash, ...onBehalf(options), operation };
  const { release, waitedMs } = await take(services, about, options.signal);
  const since = factory.clock.monotonic();
  const giveBack = async (): Promise<void> => {
    await release();
    const heldMs = factory.clock.monotonic() - since;
    await recorder.record([factory.make(EnvironmentLockReleased, { ...about, heldMs })]);
  };
  let result: Result;
  try {
    await recorder.record([factory.make(EnvironmentLockAcquired, { ...about, waitedMs })]);
    result = await work();
  } catch (error) {
    // The first failure is the one to tell; what giving back adds follows from it.
    await giveBack().catch(() => undefined);
    throw error;
  }
  await giveBack();
  return result;
}

interface About {
  readonly environmentId: string;
  readonly specHash: string;
  readonly operation: LockedOperation;
}

interface Taken {
  readonly release: () => Promise<void>;
  readonly waitedMs: number;
}

async function take(services: EnvironmentServices, about: About, signal: AbortSignal | undefined): Promise<Taken> {
  const { locks, factory, recorder, scheduler, lockTimeoutMs: limitMs } = services;
  const since = factory.clock.monotonic();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    signal?.throwIfAborted();
    const attempt = await locks.tryTake(about.environmentId);
    const waitedMs = factory.clock.monotonic() - since;
    if (attempt.taken) return { release: attempt.release, waitedMs };
    if (waitedMs >= limitMs) {
      await recorder.record([factory.make(EnvironmentLockTimedOut, { ...about, limitMs })]);
      throw lockTimedOut(about.environmentId, about.operation, limitMs, { owner: attempt.owner, path: attempt.path });
    }
    await scheduler.delay(Math.min(waitMs, limitMs - waitedMs), signal);
  }
}
