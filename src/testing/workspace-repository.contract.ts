import assert from 'node:assert/strict';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import type { Workspace } from '../domain/workspace/workspace.js';
import type { WorkspaceRepository } from '../domain/workspace/workspace.repository.port.js';
import { rejectsWithSame, same, Thrown } from './expectations.js';
import { HOSTILE_STRINGS } from './fixtures.js';
import { type StoreFactory, type StoreUnderTest, storeTests, type TestHarness } from './harness.js';

/** Workspaces, and the transactions in which they are kept. */
export interface WorkspaceStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly workspaces: WorkspaceRepository;
}

/** A workspace that was just made. */
function makeWorkspace(id: string, part: Partial<Workspace> = {}): Workspace {
  return {
    id,
    executionId: null,
    path: `/home/workspaces/${id}`,
    strategy: 'copy',
    status: 'open',
    keep: 'unless-completed',
    ignore: [],
    sourceCommitId: null,
    parentWorkspaceId: null,
    commitId: null,
    environmentId: null,
    pendingRestore: null,
    owner: 'host/1/2/0/instance',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...part,
  };
}

/**
 * The contract of `WorkspaceRepository`, as tests.
 *
 * @example
 * workspaceRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   workspaces: new InMemoryWorkspaceRepository(),
 *   close: async () => {},
 * }));
 */
export function workspaceRepositoryContract(harness: TestHarness, makeStore: StoreFactory<WorkspaceStore>): void {
  const test = storeTests(harness, makeStore);
  const save = ({ unitOfWork, workspaces }: WorkspaceStore, ...all: readonly Workspace[]): Promise<void> =>
    unitOfWork.run(async (scope) => {
      for (const workspace of all) await workspaces.save(workspace, scope);
    });
  const ids = (found: readonly Workspace[]): readonly string[] => found.map(({ id }) => id);

  harness.describe('WorkspaceRepository', () => {
    test('gives back exactly what was saved', async (store) => {
      const full = makeWorkspace('w1', {
        executionId: 'run/1 ü',
        strategy: 'hardlink',
        status: 'preserved',
        keep: 'never',
        ignore: ['*.log', '!keep.log', ...HOSTILE_STRINGS],
        sourceCommitId: 'commit-1',
        parentWorkspaceId: 'w0',
        commitId: 'commit-2',
        environmentId: 'environment-1',
        pendingRestore: { commitId: 'commit-1', checkpointId: 'checkpoint-1', backup: true },
        updatedAt: '2026-01-02T00:00:00.123Z',
      });
      await save(store, full, makeWorkspace('w2'));
      same(await store.workspaces.find('w1'), full);
      same(await store.workspaces.find('w2'), makeWorkspace('w2'));
      assert.equal(await store.workspaces.find('W1'), undefined);
      for (const [at, path] of HOSTILE_STRINGS.entries()) {
        await save(store, makeWorkspace(`hostile-${at}`, { path }));
        assert.equal((await store.workspaces.find(`hostile-${at}`))?.path, path);
      }
    });

    test('changes the one of an id', async (store) => {
      const pendingRestore = { commitId: 'c', checkpointId: 'p', backup: false };
      await save(store, makeWorkspace('w1', { pendingRestore, commitId: 'old', ignore: ['a'] }));
      const later = makeWorkspace('w1', { status: 'removed', executionId: 'run-1', owner: 'other' });
      await save(store, later);
      same(await store.workspaces.find('w1'), later);
      same(ids(await store.workspaces.list({ limit: 10 })), ['w1']);
    });

    test('shows a transaction what it has written, and keeps nothing of one that failed', async (store) => {
      await save(store, makeWorkspace('w1', { executionId: 'run-1' }), makeWorkspace('w2'));
      const thrown = new Thrown('the transaction fails');
      const work = store.unitOfWork.run(async (scope) => {
        const changed = makeWorkspace('w1', { executionId: 'run-1', status: 'preserved' });
        await store.workspaces.save(changed, scope);
        same(await store.workspaces.find('w1', scope), changed);
        same(await store.workspaces.ofExecution('run-1', scope), changed);
        assert.equal(await store.workspaces.remove('w2', scope), true);
        assert.equal(await store.workspaces.find('w2', scope), undefined);
        await store.workspaces.save(makeWorkspace('w3'), scope);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      same(await store.workspaces.find('w1'), makeWorkspace('w1', { executionId: 'run-1' }));
      same(await store.workspaces.find('w2'), makeWorkspace('w2'));
      assert.equal(await store.workspaces.find('w3'), undefined);
    });

    test('takes back a part of a transaction alone', async (store) => {
      await store.unitOfWork.run(async (scope) => {
        await store.workspaces.save(makeWorkspace('kept'), scope);
        const thrown = new Thrown('the part fails');
        const part = scope.nested(async () => {
          await store.workspaces.save(makeWorkspace('lost'), scope);
          throw thrown;
        });
        await rejectsWithSame(thrown, part);
      });
      same(ids(await store.workspaces.list({ limit: 10 })), ['kept']);
    });

    test('finds the newest of an execution that is not removed', async (store) => {
      const executionId = 'run-1';
      await save(
        store,
        makeWorkspace('w1', { executionId }),
        makeWorkspace('w2', { executionId, status: 'preserved' }),
        makeWorkspace('w3', { executionId, status: 'removed' }),
        makeWorkspace('w4', { executionId: 'run-2' }),
        makeWorkspace('w5'),
      );
      assert.equal((await store.workspaces.ofExecution(executionId))?.id, 'w2');
      assert.equal(await store.workspaces.ofExecution('run-3'), undefined);
    });

    test('lists the newest first, by execution and status, page after page', async (store) => {
      await save(
        store,
        ...['w1', 'w2', 'w3', 'w4', 'w5'].map((id, at) =>
          makeWorkspace(id, { executionId: at % 2 === 0 ? 'run-1' : null, status: at < 3 ? 'open' : 'preserved' }),
        ),
      );
      same(ids(await store.workspaces.list({ limit: 10 })), ['w5', 'w4', 'w3', 'w2', 'w1']);
      same(ids(await store.workspaces.list({ limit: 2 })), ['w5', 'w4']);
      same(ids(await store.workspaces.list({ limit: 2, before: 'w4' })), ['w3', 'w2']);
      same(ids(await store.workspaces.list({ limit: 10, executionId: 'run-1' })), ['w5', 'w3', 'w1']);
      same(ids(await store.workspaces.list({ limit: 10, status: 'open' })), ['w3', 'w2', 'w1']);
      const all = { limit: 10, executionId: 'run-1', status: 'open', before: 'w3' } as const;
      same(ids(await store.workspaces.list(all)), ['w1']);
      same(ids(await store.workspaces.list({ limit: 10, executionId: 'run-2' })), []);
    });

    test('finds those with a restore that was begun, in the order of their ids', async (store) => {
      const pendingRestore = { commitId: 'c', checkpointId: 'p', backup: true };
      const pending = ['w3', 'w1'].map((id) => makeWorkspace(id, { pendingRestore }));
      await save(store, ...pending, makeWorkspace('w2'));
      same(ids(await store.workspaces.withPendingRestore()), ['w1', 'w3']);
      await save(store, makeWorkspace('w1'));
      same(ids(await store.workspaces.withPendingRestore()), ['w3']);
    });

    test('gives each commit once that they need: of removed ones, what their executions began with', async (store) => {
      const pendingRestore = { commitId: 'c4', checkpointId: 'p', backup: false };
      await save(
        store,
        makeWorkspace('w1', { sourceCommitId: 'c2', commitId: 'c3' }),
        makeWorkspace('w2', { commitId: 'c3', status: 'preserved', pendingRestore }),
        makeWorkspace('w3', { commitId: 'c1', sourceCommitId: 'c0', status: 'removed' }),
        makeWorkspace('w5', { commitId: 'c1', sourceCommitId: 'c6', status: 'removed', executionId: 'run-1' }),
        makeWorkspace('w6', { commitId: 'c1', status: 'removed', executionId: 'run-1' }),
      );
      same(await store.workspaces.referredCommits(), ['c2', 'c3', 'c4', 'c6']);
      await store.unitOfWork.run(async (scope) => {
        await store.workspaces.save(makeWorkspace('w4', { commitId: 'c5' }), scope);
        same(await store.workspaces.referredCommits(scope), ['c2', 'c3', 'c4', 'c5', 'c6']);
      });
    });

    test('forgets one, and tells whether it was there', async (store) => {
      await save(store, makeWorkspace('w1'), makeWorkspace('w2'));
      const remove = (id: string): Promise<boolean> =>
        store.unitOfWork.run((scope) => store.workspaces.remove(id, scope));
      assert.equal(await remove('w1'), true);
      assert.equal(await remove('w1'), false);
      same(ids(await store.workspaces.list({ limit: 10 })), ['w2']);
    });
  });
}
