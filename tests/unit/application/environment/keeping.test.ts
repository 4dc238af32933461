import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../../support/caught.js';
import { EnvironmentDesk, tamper } from '../../../support/environment-scene.js';
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

  it('are as they were after a sync that failed', async () => {
    const { id, path, release } = await desk.environments.ensure({ runtime: 'node', packages: { a: '1.0.0' } });
    await release();
    desk.provider.create = async (target) => {
      writeFileSync(join(target, 'half'), 'half');
      throw new Error('no registry');
    };
    await expect(desk.environments.sync(id)).rejects.toThrow('no registry');
    expect(desk.payloads('sync_failed')).toMatchObject([{ environmentId: id, error: { message: 'no registry' } }]);
    expect(await desk.environments.list()).toMatchObject([{ path, record: { installed: ['a@1.0.0'] } }]);
    expect(readdirSync(join(folder.path, id)).toSorted()).toStrictEqual(['1', 'environment.json']);
  });

  describe('that are synced', () => {
    const names = (id: string): readonly string[] => readdirSync(join(folder.path, id)).toSorted();

    it('get a folder beside the one that is used, which goes when nobody uses it', async () => {
      const other = open('host/2');
      const { id, path, activation, release } = await other.environments.ensure({ runtime: 'node' });
      const before = readFileSync(join(path ?? '', 'packages', 'list.json'), 'utf8');
      let seen: readonly unknown[] = [];
      desk.provider.during = async () => {
        seen = await desk.environments.list();
      };
      const synced = await desk.environments.sync(id);
      // While it is made, others find what there was.
      expect(seen).toMatchObject([{ path }]);
      expect(synced.path).toBe(join(folder.path, id, '2'));
      expect(readFileSync(join(activation.links['packages'] ?? '', 'list.json'), 'utf8')).toBe(before);
      expect((await desk.environments.ensure({ runtime: 'node' })).path).toBe(synced.path);

      expect(await desk.environments.prune()).toMatchObject({ freedBytes: 0, kept: 1 });
      expect(names(id)).toStrictEqual(['1', '1.replaced', '2', 'environment.json']);
      await release();
      await desk.environments.close();
      expect(await desk.environments.prune()).toStrictEqual({ deleted: [], freedBytes: before.length, kept: 1 });
      expect(names(id)).toStrictEqual(['2', 'environment.json']);
    });

    it('lose what was replaced beside those who came later', async () => {
      const { id, release } = await desk.environments.ensure({ runtime: 'node' });
      await release();
      await desk.environments.sync(id);
      // It was replaced an hour ago, as the file system counts.
      const [atime, mtime] = [new Date(), new Date(Date.now() - HOUR)];
      utimesSync(join(folder.path, id, '1.replaced'), atime, mtime);
      await open('host/2').environments.ensure({ runtime: 'node' });
      await desk.environments.prune();
      expect(names(id)).toStrictEqual(['2', 'environment.json']);
    });

    it('keep what was replaced last beside those who came between', async () => {
      const { id, release } = await desk.environments.ensure({ runtime: 'node' });
      await release();
      await desk.environments.sync(id);
      const earlier = new Date(Date.now() - HOUR);
      utimesSync(join(folder.path, id, '1.replaced'), earlier, earlier);
      const other = open('host/2');
      await other.environments.ensure({ runtime: 'node' });
      await desk.environments.sync(id);
      await desk.environments.prune();
      expect(names(id)).toStrictEqual(['2', '2.replaced', '3', 'environment.json']);
      await other.environments.close();
      await desk.environments.prune();
      expect(names(id)).toStrictEqual(['3', 'environment.json']);
    });

    it('lose what a process that died had begun beside them, and not what another is at', async () => {
      const { id } = await desk.environments.ensure({ runtime: 'node' });
      const attempt = await open('host/2').services.locks.tryTake(id);
      mkdirSync(join(folder.path, id, '2'));
      await desk.environments.prune();
      expect(names(id)).toStrictEqual(['1', '2', 'environment.json']);
      if (attempt.taken) await attempt.release();
      await desk.environments.prune();
      expect(names(id)).toStrictEqual(['1', 'environment.json']);
    });

    it('for a checkpoint are taken as they are then', async () => {
      const { id, path, record } = await desk.environments.ensure({ runtime: 'node', packages: { a: '1.0.0' } });
      await tamper(path ?? '', {});
      const restored = await desk.environments.restore(record, { checkpointId: 'c' });
      expect(restored).toMatchObject({ id, path: join(folder.path, id, '2') });
      expect(await desk.provider.installed(restored.path ?? '')).toStrictEqual(['a@1.0.0']);
    });
  });
});
