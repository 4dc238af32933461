import {
  EnvironmentSynced,
  EnvironmentSyncFailed,
} from '../../domain/events/families/environment-dependencies.events.js';
import { errorRecord } from '../context/error-record.js';
import { namesOf } from './environment.js';
import { environmentNotFound } from './environment-errors.js';
import type { KeptEnvironment } from './environment-folders.port.js';
import { type EnvironmentOptions, onBehalf, providerOptions } from './environment-options.js';
import { type EnvironmentServices, providerOf } from './environment-services.js';
import { withEnvironmentLock } from './with-environment-lock.js';

/**
 * Makes what is installed what the lock says: anew, in a folder beside what there is, which whoever uses it keeps. From the
 * moment that it is done, who asks gets the new one.
 */
export async function syncEnvironment(
  services: EnvironmentServices,
  environmentId: string,
  options: EnvironmentOptions,
): Promise<KeptEnvironment> {
  const identity = { id: environmentId, specHash: (await findEnvironment(services, environmentId)).record.specHash };
  return withEnvironmentLock(services, identity, 'update', options, async () => {
    const { folders, recorder, factory } = services;
    const before = await findEnvironment(services, environmentId);
    const about = { ...namesOf(before), ...onBehalf(options) };
    const since = factory.clock.monotonic();
    const { record } = before;
    let after: KeptEnvironment;
    let exitCode: number;
    const path = await folders.beside(environmentId);
    try {
      const { spec } = record;
      const result = await providerOf(services, spec.runtime).create(path, spec, providerOptions(options));
      ({ exitCode } = result);
      after = await folders.finish({ ...before, path, record: { ...record, installed: result.installed } });
    } catch (error) {
      // What stays of it is taken away with what is over the limits.
      await folders.giveUp(path).catch(() => undefined);
      const durationMs = factory.clock.monotonic() - since;
      await recorder.record([factory.make(EnvironmentSyncFailed, { ...about, error: errorRecord(error), durationMs })]);
      throw error;
    }
    const durationMs = factory.clock.monotonic() - since;
    await recorder.record([factory.make(EnvironmentSynced, { ...about, durationMs, exitCode })]);
    return after;
  });
}

/** An environment that must be there. @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_FOUND` */
export async function findEnvironment(
  { folders }: EnvironmentServices,
  environmentId: string,
): Promise<KeptEnvironment> {
  const kept = await folders.find(environmentId);
  if (kept === undefined) throw environmentNotFound(environmentId);
  return kept;
}
