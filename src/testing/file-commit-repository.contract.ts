import assert from 'node:assert/strict';
import type { FileCommit } from '../domain/file/file-commit.js';
import type { FileCommitRepository } from '../domain/file/file-commit.repository.port.js';
import { sha256Hex } from '../domain/shared/hash.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWithSame, same, Thrown } from './expectations.js';
import { HOSTILE_STRINGS } from './fixtures.js';
import { type StoreFactory, type StoreUnderTest, storeTests, type TestHarness } from './harness.js';

/** Commits of files, and the transactions in which they are kept. */
export interface FileCommitStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly fileCommits: FileCommitRepository;
}

/** A commit that is finished, unless its fields say otherwise. */
function makeCommit(id: string, part: Partial<FileCommit> = {}): FileCommit {
  return {
    id,
    status: 'finalised',
    treeHash: sha256Hex(id),
    fileCount: 2,
    totalBytes: 11,
    message: null,
    executionId: null,
    workspaceId: null,
    parentId: null,
    owner: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    verifiedAt: null,
    ...part,
  };
}

const PENDING: Partial<FileCommit> = {
  status: 'pending',
  treeHash: null,
  fileCount: 0,
  totalBytes: 0,
  owner: 'host/1/-/0/a',
};

/**
 * The contract of `FileCommitRepository`, as tests.
 *
 * @example
 * fileCommitRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   fileCommits: new InMemoryFileCommitRepository(),
 *   close: async () => {},
 * }));
 */
export function fileCommitRepositoryContract(harness: TestHarness, makeStore: StoreFactory<FileCommitStore>): void {
  const test = storeTests(harness, makeStore);
  const save = ({ unitOfWork, fileCommits }: FileCommitStore, ...commits: readonly FileCommit[]): Promise<void> =>
    unitOfWork.run(async (scope) => {
      for (const commit of commits) await fileCommits.save(commit, scope);
    });
  const idsOf = (commits: readonly FileCommit[]): readonly string[] => commits.map(({ id }) => id);

  harness.describe('FileCommitRepository', () => {
    test('gives a commit exactly as it was kept', async (store) => {
      const whole = makeCommit('whole', {
        status: 'verified',
        totalBytes: Number.MAX_SAFE_INTEGER,
        message: HOSTILE_STRINGS.join('\n'),
        executionId: 'run-1',
        workspaceId: 'space-1',
        parentId: 'before',
        verifiedAt: '2026-01-02T03:04:05.678Z',
      });
      await save(store, whole, makeCommit('pending', PENDING));
      same(await store.fileCommits.find('whole'), whole);
      same(await store.fileCommits.find('pending'), makeCommit('pending', PENDING));
      assert.equal(await store.fileCommits.find('Whole'), undefined);
    });

    test('takes the commit of an id in the place of the one it had', async (store) => {
      await save(store, makeCommit('a', PENDING));
      await save(store, makeCommit('a'));
      same(await store.fileCommits.find('a'), makeCommit('a'));
      assert.deepEqual(idsOf(await store.fileCommits.list({ limit: 10 })), ['a']);
    });

    test('lists the newest first, in pages', async (store) => {
      await save(store, ...['b', 'd', 'a', 'c'].map((id) => makeCommit(id)));
      const first = await store.fileCommits.list({ limit: 3 });
      assert.deepEqual(idsOf(first), ['d', 'c', 'b']);
      same(first[0], makeCommit('d'));
      assert.deepEqual(idsOf(await store.fileCommits.list({ limit: 3, before: 'b' })), ['a']);
      assert.deepEqual(await store.fileCommits.list({ limit: 3, before: 'a' }), []);
    });

    test('lists those of an execution, of a workspace, and of a status', async (store) => {
      await save(
        store,
        makeCommit('a', { executionId: 'run-1', workspaceId: 'space-1' }),
        makeCommit('b', { executionId: 'run-1', workspaceId: 'space-2' }),
        makeCommit('c', { ...PENDING, executionId: 'run-2', workspaceId: 'space-1' }),
        makeCommit('d', { status: 'verified' }),
      );
      const { fileCommits } = store;
      assert.deepEqual(idsOf(await fileCommits.list({ executionId: 'run-1', limit: 10 })), ['b', 'a']);
      assert.deepEqual(idsOf(await fileCommits.list({ workspaceId: 'space-1', limit: 10 })), ['c', 'a']);
      assert.deepEqual(idsOf(await fileCommits.list({ status: 'pending', limit: 10 })), ['c']);
      const both = { executionId: 'run-1', workspaceId: 'space-1', status: 'finalised' } as const;
      assert.deepEqual(idsOf(await fileCommits.list({ ...both, limit: 10 })), ['a']);
      assert.deepEqual(await fileCommits.list({ executionId: 'run-3', limit: 10 }), []);
    });

    test('gives each tree once, and none of a commit in the making', async (store) => {
      const shared = sha256Hex('shared');
      await save(
        store,
        makeCommit('a', { treeHash: shared }),
        makeCommit('b', { treeHash: shared, status: 'verified' }),
        makeCommit('c'),
        makeCommit('d', PENDING),
      );
      assert.deepEqual((await store.fileCommits.treeHashes()).toSorted(), [shared, sha256Hex('c')].toSorted());
    });

    test('removes a commit, and says whether it was there', async (store) => {
      await save(store, makeCommit('a'), makeCommit('b'));
      const remove = (id: string): Promise<boolean> =>
        store.unitOfWork.run((scope) => store.fileCommits.remove(id, scope));
      assert.equal(await remove('a'), true);
      assert.equal(await remove('a'), false);
      assert.equal(await store.fileCommits.find('a'), undefined);
      same(await store.fileCommits.find('b'), makeCommit('b'));
      assert.deepEqual(await store.fileCommits.treeHashes(), [sha256Hex('b')]);
    });

    test('shows a transaction what it has written, and keeps nothing of one that failed', async (store) => {
      await save(store, makeCommit('old'));
      const thrown = new Thrown('the transaction fails');
      const work = store.unitOfWork.run(async (scope) => {
        await store.fileCommits.save(makeCommit('new'), scope);
        await store.fileCommits.save(makeCommit('old', { message: 'changed' }), scope);
        same(await store.fileCommits.find('new', scope), makeCommit('new'));
        assert.deepEqual(idsOf(await store.fileCommits.list({ limit: 10 }, scope)), ['old', 'new']);
        assert.equal(await store.fileCommits.remove('old', scope), true);
        assert.equal(await store.fileCommits.find('old', scope), undefined);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      assert.equal(await store.fileCommits.find('new'), undefined);
      same(await store.fileCommits.find('old'), makeCommit('old'));
    });
  });
}
