import {
  EnvironmentCleanupCompleted,
  EnvironmentCleanupStarted,
  EnvironmentDeleted,
} from '../../domain/events/families/environment.events.js';
import { wholeNumber } from '../../domain/shared/options.js';
import { namesOf } from './environment.js';
import { environmentInUse, environmentNotFound } from './environment-errors.js';
import type { KeptEnvironment } from './environment-folders.port.js';
import {
  type EnvironmentLimits,
  onBehalf,
  type EnvironmentOptions,
  type PruneEnvironmentsOptions,
} from './environment-options.js';
import type { EnvironmentServices } from './environment-services.js';
import { findEnvironment } from './sync-environment.js';
import { withEnvironmentLock } from './with-environment-lock.js';

/** An environment that was removed, or would be. */
export interface PrunedEnvironment {
  readonly id: string;
  readonly bytes: number;
  /** When it was taken last: ISO 8601, UTC. */
  readonly lastUsedAt: string;
}

/** What pruning removed, or would remove. */
export interface PrunedEnvironments {
  readonly deleted: readonly PrunedEnvironment[];
  /** With what others that died had left half made, and what was replaced. */
  readonly freedBytes: number;
  /** How many stay. */
  readonly kept: number;
}

/**
 * Removes the environments that are over the limits, those first that were not taken for longest. What a process uses
 * stays, and counts.
 */
export async function pruneEnvironments(
  services: EnvironmentServices,
  options: PruneEnvironmentsOptions,
): Promise<PrunedEnvironments> {
  assertLimits(options);
  const { folders, recorder, factory } = services;
  const all = await folders.list();
  const surplus = await surplusOf(services, all, options);
  if (options.dryRun === true) return summary(all, surplus, 0);
  const since = factory.clock.monotonic();
  const idleMs = options.maxAgeMs ?? 0;
  await recorder.record([factory.make(EnvironmentCleanupStarted, { ...onBehalf(options), idleMs })]);
  const deleted: KeptEnvironment[] = [];
  let leftBehind = 0;
  try {
    leftBehind = await discardLeftovers(services, options.signal);
    for (const each of surplus) {
      options.signal?.throwIfAborted();
      // Somebody may have taken it, or removed it, since.
      if ((await removeEnvironment(services, each, options)) === 'removed') deleted.push(each);
    }
  } finally {
    const pruned = summary(all, deleted, leftBehind);
    const durationMs = factory.clock.monotonic() - since;
    const ids = deleted.map(({ record }) => record.environmentId);
    const { freedBytes } = pruned;
    await recorder.record([
      factory.make(EnvironmentCleanupCompleted, { ...onBehalf(options), deleted: ids, freedBytes, durationMs }),
    ]);
  }
  return summary(all, deleted, leftBehind);
}

/** Removes one environment. @throws WaymarkError when it is not there, or used */
export async function deleteEnvironment(
  services: EnvironmentServices,
  environmentId: string,
  options: EnvironmentOptions,
): Promise<void> {
  const kept = await findEnvironment(services, environmentId);
  const outcome = await removeEnvironment(services, kept, options);
  if (outcome === 'in-use') throw environmentInUse(environmentId);
  if (outcome === 'absent') throw environmentNotFound(environmentId);
}

async function removeEnvironment(
  services: EnvironmentServices,
  kept: KeptEnvironment,
  options: EnvironmentOptions,
): Promise<'removed' | 'in-use' | 'absent'> {
  const { folders, recorder, factory } = services;
  const names = namesOf(kept);
  const identity = { id: names.environmentId, specHash: names.specHash };
  return withEnvironmentLock(services, identity, 'delete', options, async () => {
    const removed = await folders.remove(names.environmentId);
    if (removed.outcome === 'removed') {
      const { freedBytes } = removed;
      const { path } = kept;
      await recorder.record([factory.make(EnvironmentDeleted, { ...names, ...onBehalf(options), path, freedBytes })]);
    }
    return removed.outcome;
  });
}

/**
 * Takes away what is half made or half removed, unless somebody is at it, and what was replaced, unless somebody uses it.
 *
 * @returns what that freed, in bytes
 */
async function discardLeftovers(
  { folders, locks }: EnvironmentServices,
  signal: AbortSignal | undefined,
): Promise<number> {
  let freed = await folders.sweep();
  for (const id of [...(await folders.halfMade()), ...(await folders.renewed())]) {
    signal?.throwIfAborted();
    const attempt = await locks.tryTake(id);
    if (!attempt.taken) continue;
    try {
      // It may have been finished before the lock was taken.
      const isWhole = (await folders.find(id)) !== undefined;
      freed += await (isWhole ? folders.discardReplaced(id) : folders.discard(id));
    } finally {
      await attempt.release();
    }
  }
  return freed;
}

/** What is over the limits, and not used. */
async function surplusOf(
  { folders, factory }: EnvironmentServices,
  all: readonly KeptEnvironment[],
  {
    maxAgeMs = Number.POSITIVE_INFINITY,
    maxBytes = Number.POSITIVE_INFINITY,
    maxCount = Number.POSITIVE_INFINITY,
  }: EnvironmentLimits,
): Promise<readonly KeptEnvironment[]> {
  const now = factory.clock.now();
  let count = all.length;
  let bytes = all.reduce((sum, each) => sum + each.bytes, 0);
  const surplus: KeptEnvironment[] = [];
  for (const each of all.toSorted((one, other) => Date.parse(one.lastUsedAt) - Date.parse(other.lastUsedAt))) {
    const isTooOld = now - Date.parse(each.lastUsedAt) > maxAgeMs;
    if (!isTooOld && count <= maxCount && bytes <= maxBytes) continue;
    if (await folders.isUsed(each.record.environmentId)) continue;
    surplus.push(each);
    count -= 1;
    bytes -= each.bytes;
  }
  return surplus;
}

function summary(
  all: readonly KeptEnvironment[],
  deleted: readonly KeptEnvironment[],
  leftBehind: number,
): PrunedEnvironments {
  return {
    deleted: deleted.map(({ record, bytes, lastUsedAt }) => ({ id: record.environmentId, bytes, lastUsedAt })),
    freedBytes: deleted.reduce((sum, { bytes }) => sum + bytes, leftBehind),
    kept: all.length - deleted.length,
  };
}

function assertLimits({ maxAgeMs, maxBytes, maxCount }: EnvironmentLimits): void {
  for (const [name, value] of Object.entries({ maxAgeMs, maxBytes, maxCount })) {
    if (value !== undefined) wholeNumber(value, name, 0);
  }
}
