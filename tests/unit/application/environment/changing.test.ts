import { InMemoryUnitOfWork, InMemoryWorkspaceRepository, type Workspace } from '../../../../src/index.js';
import { caught, codeOf } from '../../../support/caught.js';
import { EnvironmentDesk, FakeEnvironmentProvider, tamper } from '../../../support/environment-scene.js';
import { Processes } from '../../../support/processes.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const UNLOCKED = (fact: string): boolean => !fact.startsWith('lock');

describe('an environment', () => {
  let folder: TemporaryFolder;
  let provider: FakeEnvironmentProvider;
  let workspaces: InMemoryWorkspaceRepository;
  let desk: EnvironmentDesk;
  const make = (packages: Readonly<Record<string, string>>) => desk.environments.ensure({ runtime: 'node', packages });

  beforeEach(() => {
    folder = makeTemporaryFolder();
    provider = new FakeEnvironmentProvider();
    workspaces = new InMemoryWorkspaceRepository();
    const identity = new Processes().identity('host/1');
    desk = new EnvironmentDesk({ folder: folder.path, identity, provider, workspaces });
  });
  afterEach(() => folder.remove());

  describe('whose packages are changed', () => {
    it('stays, and another is made of its lock and the change', async () => {
      const old = await make({ a: '1.0.0' });
      await new InMemoryUnitOfWork().run(async (scope) => {
        await workspaces.save(workspace('w-1', old.id), scope);
        await workspaces.save(workspace('w-2', 'env-of-others'), scope);
        await workspaces.save({ ...workspace('w-3', old.id), status: 'removed' }, scope);
      });
      desk.events.length = 0;
      const wider = await desk.environments.add(old.id, { b: '2.0.0' });
      expect(wider.record.installed).toStrictEqual(['a@1.0.0', 'b@2.0.0']);
      expect(desk.facts.filter(UNLOCKED)).toStrictEqual([
        'creation_started',
        'created',
        'dependencies_added',
        'invalidated',
      ]);
      expect(desk.payloads('dependencies_added')).toMatchObject([{ environmentId: wider.id, packages: ['b@2.0.0'] }]);
      expect(desk.payloads('invalidated')).toMatchObject([
        { environmentId: old.id, newSpecHash: wider.specHash, affectedWorkspaces: ['w-1'] },
      ]);
      const newer = await desk.environments.update(wider.id, { b: '2.1.0' });
      expect(newer.record.installed).toStrictEqual(['a@1.0.0', 'b@2.1.0']);
      const less = await desk.environments.remove(newer.id, ['a']);
      expect(less.record.installed).toStrictEqual(['b@2.1.0']);
      expect(desk.facts.filter((fact) => /_(updated|removed)$/.test(fact))).toStrictEqual([
        'dependencies_updated',
        'dependencies_removed',
      ]);
      expect(await desk.environments.list()).toHaveLength(4);
      expect(await desk.environments.verify(old.id)).toStrictEqual({ missing: [], unexpected: [] });
    });

    it('the same way again leads to the same one', async () => {
      const { id } = await make({ a: '1.0.0' });
      const one = await desk.environments.add(id, { b: '2.0.0' });
      const other = await desk.environments.add(id, { b: '2.0.0' });
      expect(other.id).toBe(one.id);
      expect(provider.calls).toStrictEqual(['create', 'create', 'change']);
    });

    it('in a way that fails is as it was', async () => {
      const { id } = await make({ a: '1.0.0' });
      expect(await caught(desk.environments.add(id, { b: 'broken' }))).toMatchObject({ message: 'no such version' });
      expect(desk.payloads('dependency_operation_failed')).toMatchObject([
        { environmentId: id, operation: 'add', packages: ['b@broken'], error: { message: 'no such version' } },
      ]);
      expect(await desk.environments.list()).toMatchObject([{ record: { environmentId: id } }]);
    });

    it('has what is to be changed or removed', async () => {
      const { id } = await make({ a: '1.0.0' });
      expect(await codeOf(desk.environments.update(id, { b: '1.0.0' }))).toBe('WAYMARK_INVALID_ARGUMENT');
      expect(await codeOf(desk.environments.remove(id, ['b']))).toBe('WAYMARK_INVALID_ARGUMENT');
      expect(await codeOf(desk.environments.remove(id, []))).toBe('WAYMARK_INVALID_ARGUMENT');
    });
  });

  describe('of a checkpoint', () => {
    it('is taken as it is when it is still the same', async () => {
      const { id, record } = await make({ a: '1.0.0' });
      desk.events.length = 0;
      expect(await desk.environments.compare(record, { checkpointId: 'c' })).toStrictEqual({
        matches: true,
        isThere: true,
        missing: [],
        unexpected: [],
      });
      expect((await desk.environments.restore(record, { checkpointId: 'c' })).id).toBe(id);
      expect(desk.facts).toStrictEqual(['reused']);
    });

    it('is told apart from the one that is used now, and taken again', async () => {
      const old = await make({ a: '1.0.0', b: '1.0.0' });
      const now = await desk.environments.remove(old.id, ['b']);
      desk.events.length = 0;
      const options = { checkpointId: 'c', environmentId: now.id, executionId: 'run' };
      expect((await desk.environments.restore(old.record, options)).id).toBe(old.id);
      expect(desk.facts).toStrictEqual(['mismatch_detected', 'reused', 'restored']);
      expect(desk.payloads('mismatch_detected')).toStrictEqual([
        {
          environmentId: now.id,
          specHash: now.specHash,
          executionId: 'run',
          checkpointId: 'c',
          expectedSpecHash: old.specHash,
          missing: ['b@1.0.0'],
          unexpected: [],
        },
      ]);
    });

    it('is made again of its lock when it is gone, and is the same from then on', async () => {
      const { id, record, release } = await make({ a: '1.0.0' });
      await release();
      await desk.environments.delete(id);
      desk.events.length = 0;
      const restored = await desk.environments.restore(record, { checkpointId: 'c' });
      expect(restored.record.installed).toStrictEqual(['a@1.0.0']);
      expect(desk.payloads('mismatch_detected')).toMatchObject([{ missing: ['a@1.0.0'], unexpected: [] }]);
      expect(desk.payloads('restored')).toMatchObject([{ checkpointId: 'c', from: 'lock' }]);
      const again = { checkpointId: 'c', environmentId: restored.id };
      expect(await desk.environments.compare(record, again)).toMatchObject({ matches: true });
    });

    it('is brought back to its lock when somebody altered it', async () => {
      const asked = { runtime: 'node', packages: { a: '1.0.0' }, lock: '{"a":"1.0.0"}' } as const;
      const { id, path, record } = await desk.environments.ensure(asked);
      await tamper(path ?? '', { b: '1.0.0' });
      desk.events.length = 0;
      const restored = await desk.environments.restore(record, { checkpointId: 'c' });
      expect(restored.id).toBe(id);
      expect(await desk.environments.verify(id)).toStrictEqual({ missing: [], unexpected: [] });
      expect(desk.payloads('mismatch_detected')).toMatchObject([{ missing: ['a@1.0.0'], unexpected: ['b@1.0.0'] }]);
      expect(desk.facts.filter(UNLOCKED)).toStrictEqual(['mismatch_detected', 'reused', 'synced', 'restored']);
    });

    it('that is a plain process is there wherever it is asked for', async () => {
      const { record, id } = await desk.environments.ensure({ runtime: 'process', variables: { CI: 'true' } });
      expect((await desk.environments.restore(record, { checkpointId: 'c' })).id).toBe(id);
      expect(desk.events).toStrictEqual([]);
      const now = await make({ a: '1.0.0' });
      desk.events.length = 0;
      await desk.environments.restore(record, { checkpointId: 'c', environmentId: now.id });
      expect(desk.payloads('mismatch_detected')).toMatchObject([{ missing: [], unexpected: ['a@1.0.0'] }]);
      expect(desk.facts).toStrictEqual(['mismatch_detected']);
    });
  });
});

function workspace(id: string, environmentId: string): Workspace {
  return {
    id,
    executionId: null,
    path: `/workspaces/${id}`,
    strategy: 'copy',
    status: 'open',
    keep: 'always',
    ignore: [],
    sourceCommitId: null,
    parentWorkspaceId: null,
    commitId: null,
    environmentId,
    pendingRestore: null,
    owner: 'host/1',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
}
