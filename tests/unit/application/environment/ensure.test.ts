import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caught, caughtWaymark, codeOf } from '../../../support/caught.js';
import { deferred, settle } from '../../../support/deferred.js';
import { EnvironmentDesk, FakeEnvironmentProvider } from '../../../support/environment-scene.js';
import { Processes } from '../../../support/processes.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const LOCKED = ['lock_acquired', 'lock_released'];
const SPEC = { runtime: 'node', packages: { a: '1.0.0' } } as const;

describe('an environment that is asked for', () => {
  let folder: TemporaryFolder;
  let processes: Processes;
  let provider: FakeEnvironmentProvider;
  let desk: EnvironmentDesk;
  const open = (name: string, lockTimeoutMs?: number): EnvironmentDesk =>
    new EnvironmentDesk({
      folder: folder.path,
      identity: processes.identity(name),
      provider,
      ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
    });

  beforeEach(() => {
    folder = makeTemporaryFolder();
    processes = new Processes();
    provider = new FakeEnvironmentProvider();
    desk = open('host/1');
  });
  afterEach(() => folder.remove());

  it('is made when it is not there, and taken when it is', async () => {
    const made = await desk.environments.ensure(SPEC, { executionId: 'run', nodeId: 'build', source: 'engine' });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^env-[0-9a-f]{16}$/),
      path: join(folder.path, made.id, '1'),
      record: { environmentId: made.id, specHash: made.specHash, installed: ['a@1.0.0'] },
      activation: { path: [join(folder.path, made.id, '1', 'packages')] },
    });
    expect(desk.facts).toStrictEqual(['lock_acquired', 'creation_started', 'created', 'lock_released']);
    expect(desk.payloads('creation_started')).toMatchObject([
      { executionId: 'run', nodeId: 'build', source: 'engine', packages: ['a@1.0.0'], runtimeVersion: '20.1.0' },
    ]);
    desk.events.length = 0;
    desk.clock.advance(500);
    expect(await desk.environments.ensure({ packages: { a: '1.0.0' }, runtime: 'node' })).toMatchObject({
      id: made.id,
      record: made.record,
    });
    expect(desk.events).toMatchObject([{ type: 'environment.reused', payload: { ageMs: 500, path: made.path } }]);
    expect(provider.calls).toStrictEqual(['create']);
  });

  it('is found by its lock as well, which it has once it is made', async () => {
    const made = await desk.environments.ensure(SPEC);
    expect(made.record.spec.lock).toBe('{"a":"1.0.0"}');
    expect((await desk.environments.ensure(made.record.spec)).id).toBe(made.id);
    expect(provider.calls).toStrictEqual(['create']);
  });

  it('is another one with another version of the runtime', async () => {
    const { id } = await desk.environments.ensure(SPEC);
    provider.version = '22.0.0';
    expect((await desk.environments.ensure(SPEC)).id).not.toBe(id);
  });

  it('is made once by those of one process who ask at once', async () => {
    // Whoever waits looks again at once.
    desk.scheduler.delay = () => settle();
    const [one, other] = await Promise.all([desk.environments.ensure(SPEC), desk.environments.ensure(SPEC)]);
    expect(one.id).toBe(other.id);
    expect(provider.calls).toStrictEqual(['create']);
  });

  it('that can not be made leaves nothing behind but the account of it', async () => {
    await caught(desk.environments.ensure({ runtime: 'node', packages: { a: 'broken' } }));
    expect(desk.facts).toStrictEqual(['lock_acquired', 'creation_started', 'creation_failed', 'lock_released']);
    expect(desk.payloads('creation_failed')).toMatchObject([
      { cleanedUp: true, error: { message: 'no such version' } },
    ]);
    expect(readdirSync(folder.path).filter((name) => !name.endsWith('.uses'))).toStrictEqual([]);
  });

  it('is refused with credentials in its packages, and none of them are recorded', async () => {
    const packages = { a: 'git+https://user:sekret@host/a.git' };
    expect(await codeOf(desk.environments.ensure({ runtime: 'node', packages }))).toBe('WAYMARK_INVALID_ENVIRONMENT');
    const { id } = await desk.environments.ensure(SPEC);
    expect(await codeOf(desk.environments.add(id, packages))).toBe('WAYMARK_INVALID_ENVIRONMENT');
    // Those of packages that others need come with the lock.
    const { create } = provider;
    provider.create = async (...args) => ({ ...(await create.apply(provider, args)), lock: packages.a });
    const other = { ...SPEC, packages: { a: '2.0.0' } };
    expect(await codeOf(desk.environments.ensure(other))).toBe('WAYMARK_INVALID_ENVIRONMENT');
    expect(desk.facts).toContain('creation_failed');
    expect(JSON.stringify(desk.events)).not.toContain('sekret');
  });

  it('is given up when whoever asks is cancelled', async () => {
    const cancel = new AbortController();
    provider.during = async (_, { signal }) => {
      cancel.abort(new Error('cancelled'));
      signal?.throwIfAborted();
    };
    expect(await caught(desk.environments.ensure(SPEC, { signal: cancel.signal }))).toMatchObject({
      message: 'cancelled',
    });
    expect(desk.facts).toContain('creation_failed');
    expect(await desk.environments.list()).toStrictEqual([]);
  });

  it('that a process left half made is made anew, and one that says nonsense too', async () => {
    const { id, path } = await desk.environments.ensure(SPEC);
    for (const text of ['{"format": 1, "rec', '{"format": 2}', '']) {
      writeFileSync(join(path ?? '', '..', 'environment.json'), text);
      expect(await desk.environments.list()).toStrictEqual([]);
      await desk.environments.ensure(SPEC);
      expect(await desk.environments.list()).toMatchObject([{ record: { environmentId: id } }]);
    }
    expect(provider.calls).toHaveLength(4);
  });

  describe('while another process makes it', () => {
    it('is waited for, and taken then', async () => {
      const half = deferred();
      const begun = deferred();
      provider.during = () => {
        begun.resolve();
        return half.promise;
      };
      const other = open('host/2');
      const making = other.environments.ensure(SPEC);
      await begun.promise;
      const waiting = desk.environments.ensure(SPEC);
      await desk.scheduler.untilAsked(1);
      half.resolve();
      await making;
      desk.clock.advance(25);
      desk.scheduler.elapse();
      expect((await waiting).id).toBe((await making).id);
      expect(desk.facts).toStrictEqual(['lock_acquired', 'reused', 'lock_released']);
      expect(desk.payloads('lock_acquired')).toMatchObject([{ operation: 'create', waitedMs: 25 }]);
      expect(provider.calls).toStrictEqual(['create']);
    });

    it('is given up after the limit, with who holds the lock', async () => {
      const begun = deferred();
      provider.during = () => {
        begun.resolve();
        return new Promise(() => undefined);
      };
      void open('host/2').environments.ensure(SPEC);
      await begun.promise;
      const waiting = caughtWaymark(desk.environments.ensure(SPEC));
      await desk.scheduler.untilAsked(1);
      desk.clock.advance(1_000);
      desk.scheduler.elapse();
      const error = await waiting;
      expect(error).toMatchObject({ code: 'WAYMARK_ENVIRONMENT_LOCK_TIMEOUT', details: { owner: 'host/2' } });
      expect(existsSync(String(error.details['path']))).toBe(true);
      expect(desk.events).toMatchObject([
        { type: 'environment.lock_timed_out', payload: { operation: 'create', limitMs: 1_000 } },
      ]);
    });

    it('is waited for no longer than until whoever asks is cancelled', async () => {
      const begun = deferred();
      provider.during = () => {
        begun.resolve();
        return new Promise(() => undefined);
      };
      void open('host/2').environments.ensure(SPEC);
      await begun.promise;
      const cancel = new AbortController();
      const waiting = caught(desk.environments.ensure(SPEC, { signal: cancel.signal }));
      await desk.scheduler.untilAsked(1);
      cancel.abort(new Error('cancelled'));
      expect(await waiting).toMatchObject({ message: 'cancelled' });
    });

    it('is taken over when that process is gone', async () => {
      const begun = deferred();
      provider.during = (path) => {
        writeFileSync(join(path, 'rubbish'), '');
        begun.resolve();
        return new Promise(() => undefined);
      };
      void open('host/2').environments.ensure(SPEC);
      await begun.promise;
      processes.kill('host/2');
      provider.during = () => Promise.resolve();
      const { path, record } = await desk.environments.ensure(SPEC);
      expect(record.installed).toStrictEqual(['a@1.0.0']);
      expect(existsSync(join(path ?? '', 'rubbish'))).toBe(false);
      expect(desk.facts.filter((fact) => LOCKED.includes(fact))).toStrictEqual(LOCKED);
    });
  });

  it('is nothing but variables for a plain process, and nothing is on disk of it', async () => {
    const spec = { runtime: 'process', variables: { CI: 'true', PATH: '/opt/a:/opt/b' } } as const;
    const { path, activation, record } = await desk.environments.ensure(spec);
    expect({ path, activation }).toStrictEqual({
      path: null,
      activation: { variables: { CI: 'true' }, path: ['/opt/a', '/opt/b'], links: {} },
    });
    expect(record).toMatchObject({ spec, installed: [] });
    expect(desk.events).toStrictEqual([]);
    expect(readdirSync(folder.path)).toStrictEqual([]);
  });

  it('is refused where nothing makes its runtime, and where it is no specification', async () => {
    const runtime = 'python' as const;
    expect(await codeOf(desk.environments.ensure({ runtime }))).toBe('WAYMARK_INVALID_ENVIRONMENT');
    expect(await codeOf(desk.environments.ensure({ ...SPEC, verzion: '20' } as never))).toBe(
      'WAYMARK_INVALID_ENVIRONMENT',
    );
    expect(await codeOf(desk.environments.ensure(SPEC, { nodeid: 'a' } as never))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
