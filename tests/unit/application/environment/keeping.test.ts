import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../../support/caught.js';
import { EnvironmentDesk, FakeEnvironmentProvider, tamper } from '../../../support/environment-scene.js';
import { Processes } from '../../../support/processes.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const HOUR = 3_600_000;

describe('environments that are kept', () => {
  let folder: TemporaryFolder;
  let processes: Processes;
  let desk: EnvironmentDesk;
  const open = (name: string): EnvironmentDesk =>
    new EnvironmentDesk({ folder: folder.path, identity: processes.identity(name) });
  /** Makes an environment that nobody uses, an hour after the one before. */
  const keep = async (version: string): Promise<string> => {
    const environment = await desk.environments.ensure({ runtime: 'node', packages: { a: version } });
    await environment.release();
    desk.clock.advance(HOUR);
    return environment.id;
  };
  const ids = async (): Promise<readonly string[]> =>
    (await desk.environments.list()).map(({ record }) => record.environmentId);

  beforeEach(() => {
    folder = makeTemporaryFolder();
    processes = new Processes();
    desk = open('host/1');
  });
  afterEach(() => folder.remove());

  describe('over the limits', () => {
    it.each([
      ['by number', { maxCount: 1 }],
      ['by age', { maxAgeMs: 1.5 * HOUR }],
      ['by size', { maxBytes: 20 }],
    ])('are removed %s, those first that were not taken for longest', async (_, limits) => {
      const [oldest, older, newest] = [await keep('1.0.0'), await keep('2.0.0'), await keep('3.0.0')];
      // Taken again, so that it is the newest.
      await (await desk.environments.ensure({ runtime: 'node', packages: { a: '1.0.0' } })).release();
      desk.events.length = 0;
      const plan = await desk.environments.prune({ ...limits, dryRun: true });
      expect(desk.events).toStrictEqual([]);
      expect(await ids()).toHaveLength(3);
      const pruned = await desk.environments.prune(limits);
      expect(pruned).toStrictEqual(plan);
      const deleted = pruned.deleted.map(({ id }) => id);
      expect(deleted).toStrictEqual('maxAgeMs' in limits ? [older] : [older, newest]);
      expect(await ids()).toStrictEqual([oldest, newest].filter((id) => !deleted.includes(id)).toSorted());
      expect(desk.facts.filter((fact) => !fact.startsWith('lock'))).toStrictEqual([
        'cleanup_started',
        ...deleted.map(() => 'deleted'),
        'cleanup_completed',
      ]);
      expect(desk.payloads('cleanup_completed')).toMatchObject([{ deleted, freedBytes: pruned.freedBytes }]);
      expect(pruned.freedBytes).toBeGreaterThan(0);
      expect(readdirSync(folder.path).toSorted()).toStrictEqual((await ids()).flatMap((id) => [id, `${id}.uses`]));
    });

    it('stay while a process uses them, and go when it is gone', async () => {
      const other = open('host/2');
      const { id } = await other.environments.ensure({ runtime: 'node' });
      expect(await desk.environments.prune({ maxCount: 0 })).toMatchObject({ deleted: [], kept: 1 });
      expect(await codeOf(desk.environments.delete(id))).toBe('WAYMARK_ENVIRONMENT_IN_USE');
      expect(await desk.environments.isUsed(id)).toBe(true);
      processes.kill('host/2');
      expect(await desk.environments.prune({ maxCount: 0 })).toMatchObject({ deleted: [{ id }], kept: 0 });
    });

    it('stay until everybody of this process has released them, or it is closed', async () => {
      const [one, other] = [
        await desk.environments.ensure({ runtime: 'node' }),
        await desk.environments.ensure({ runtime: 'node' }),
      ];
      await one.release();
      await one.release();
      expect(await codeOf(desk.environments.delete(one.id))).toBe('WAYMARK_ENVIRONMENT_IN_USE');
      await other.release();
      await desk.environments.delete(one.id);
      const again = await desk.environments.ensure({ runtime: 'node' });
      await desk.environments.close();
      await desk.environments.delete(again.id);
      expect(desk.facts.filter((fact) => fact === 'deleted')).toHaveLength(2);
    });

    // A mark that was there first must be seen, and one that comes later must find nothing.
    it('is found by whoever comes to use it just as it is not removed', async () => {
      const environment = await desk.environments.ensure({ runtime: 'node' });
      await Promise.all([
        codeOf(desk.environments.delete(environment.id)),
        desk.environments.ensure({ runtime: 'node' }),
      ]);
      expect(await ids()).toStrictEqual([environment.id]);
    });
  });

  it('lose what processes that died had left half made, and not what others are at', async () => {
    for (const id of ['env-0000000000000001', 'env-0000000000000002']) mkdirSync(join(folder.path, id));
    mkdirSync(join(folder.path, '.removing-env-0000000000000003-1'));
    writeFileSync(join(folder.path, '.removing-env-0000000000000003-1', 'left'), 'left');
    const other = open('host/2');
    const attempt = await other.services.locks.tryTake('env-0000000000000002');
    expect(await desk.environments.prune()).toStrictEqual({ deleted: [], freedBytes: 4, kept: 0 });
    expect(readdirSync(folder.path)).toStrictEqual(['env-0000000000000002', 'env-0000000000000002.lock']);
    if (attempt.taken) await attempt.release();
    await desk.environments.prune();
    expect(readdirSync(folder.path)).toStrictEqual([]);
  });

  it('are told apart from what is not there', async () => {
    for (const id of ['env-0000000000000001', '../secrets']) {
      expect(await codeOf(desk.environments.get(id))).toBe('WAYMARK_ENVIRONMENT_NOT_FOUND');
      expect(await codeOf(desk.environments.delete(id))).toBe('WAYMARK_ENVIRONMENT_NOT_FOUND');
      expect(await codeOf(desk.environments.sync(id))).toBe('WAYMARK_ENVIRONMENT_NOT_FOUND');
    }
  });

  it('are brought back to their lock when somebody altered them', async () => {
    const { id, path } = await desk.environments.ensure({ runtime: 'node', packages: { a: '1.0.0' } });
    await tamper(path ?? '', { a: '1.0.1', b: '2.0.0' });
    expect(await desk.environments.verify(id)).toStrictEqual({
      missing: ['a@1.0.0'],
      unexpected: ['a@1.0.1', 'b@2.0.0'],
    });
    desk.events.length = 0;
    await desk.environments.sync(id);
    expect(await desk.environments.verify(id)).toStrictEqual({ missing: [], unexpected: [] });
    expect(desk.facts).toStrictEqual(['lock_acquired', 'synced', 'lock_released']);
  });

  it('are half made after a sync that failed, and made anew by whoever asks', async () => {
    const provider = new FakeEnvironmentProvider();
    desk = new EnvironmentDesk({ folder: folder.path, identity: processes.identity('host/3'), provider });
    const { id } = await desk.environments.ensure({ runtime: 'node' });
    const { sync } = provider;
    provider.sync = () => Promise.reject(new Error('no registry'));
    await expect(desk.environments.sync(id)).rejects.toThrow('no registry');
    expect(desk.payloads('sync_failed')).toMatchObject([{ environmentId: id, error: { message: 'no registry' } }]);
    provider.sync = sync;
    expect((await desk.environments.ensure({ runtime: 'node' })).id).toBe(id);
    expect(provider.calls).toStrictEqual(['create', 'create']);
  });
});
