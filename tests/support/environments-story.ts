import { servicesOf } from '../../src/application/shared/adapter-services.js';
import type { Waymark } from '../../src/index.js';
import { EnvironmentDesk, tamper } from './environment-scene.js';
import { Processes } from './processes.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** Everything that becomes of environments, once, with a package manager that has no packages. */
export async function environmentsStory(waymark: Waymark): Promise<void> {
  const folder = makeTemporaryFolder();
  const { recorder, factory } = servicesOf(waymark);
  const processes = new Processes();
  const open = (name: string): EnvironmentDesk =>
    new EnvironmentDesk({
      folder: folder.path,
      identity: processes.identity(name),
      recorder,
      factory,
      lockTimeoutMs: 0,
    });
  const { environments } = open('host/1');

  // One that is made, one that can't be, and one that is there.
  const first = await environments.ensure({ runtime: 'node', packages: { a: '1.0.0' } });
  await environments.ensure({ runtime: 'node', packages: { a: 'broken' } }).catch(() => undefined);
  await environments.ensure(first.record.spec);

  // Others with other packages, and one that can't be had.
  const wider = await environments.add(first.id, { b: '1.0.0' });
  const newer = await environments.update(wider.id, { b: '2.0.0' });
  await environments.remove(newer.id, ['a']);
  await environments.add(first.id, { c: 'broken' }).catch(() => undefined);

  // One that somebody altered, and that is put right for a checkpoint; then one that can't be.
  await tamper(first.path ?? '', {});
  await environments.restore(first.record, { checkpointId: 'c-1' });
  await environments.sync(first.id);
  const { services } = open('host/2');
  const attempt = await services.locks.tryTake(first.id);
  await environments.sync(first.id).catch(() => undefined);
  if (attempt.taken) await attempt.release();
  const { environments: broken, provider } = open('host/3');
  provider.create = () => Promise.reject(new Error('no registry'));
  await broken.sync(wider.id).catch(() => undefined);

  // And none of them is kept.
  await environments.close();
  await environments.prune({ maxCount: 0 });
  folder.remove();
}
