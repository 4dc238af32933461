import assert from 'node:assert/strict';
import type { CheckpointFiles, CheckpointFilesRepository } from '../domain/file/checkpoint-files.js';
import { sha256Hex } from '../domain/shared/hash.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWithSame, same, Thrown } from './expectations.js';
import { HOSTILE_STRINGS } from './fixtures.js';
import { type StoreFactory, type StoreUnderTest, storeTests, type TestHarness } from './harness.js';

/** The files of checkpoints, and the transactions in which they are kept. */
export interface CheckpointFilesStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly checkpointFiles: CheckpointFilesRepository;
}

/** A checkpoint with files and no environment, unless its fields say otherwise. */
function makeLink(checkpointId: string, part: Partial<CheckpointFiles> = {}): CheckpointFiles {
  return {
    checkpointId,
    executionId: 'run-1',
    workspaceId: 'space-1',
    commitId: 'commit-1',
    environment: null,
    ...part,
  };
}

/**
 * The contract of `CheckpointFilesRepository`, as tests.
 *
 * @example
 * checkpointFilesRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   checkpointFiles: new InMemoryCheckpointFilesRepository(),
 *   close: async () => {},
 * }));
 */
export function checkpointFilesRepositoryContract(
  harness: TestHarness,
  makeStore: StoreFactory<CheckpointFilesStore>,
): void {
  const test = storeTests(harness, makeStore);
  const link = ({ unitOfWork, checkpointFiles }: CheckpointFilesStore, ...links: readonly CheckpointFiles[]) =>
    unitOfWork.run((scope) => checkpointFiles.link(links, scope));
  const idsOf = (links: readonly CheckpointFiles[]): readonly string[] => links.map(({ checkpointId }) => checkpointId);

  harness.describe('CheckpointFilesRepository', () => {
    test('gives what was around a checkpoint exactly as it was kept', async (store) => {
      const whole = makeLink('whole', {
        environment: {
          environmentId: 'env-1',
          specHash: sha256Hex('spec'),
          spec: {
            runtime: 'node',
            version: '20',
            packages: Object.fromEntries(HOSTILE_STRINGS.map((name, index) => [name, `^${index}.0.0`])),
            lock: HOSTILE_STRINGS.join('\n'),
            variables: { CI: '1', EMPTY: '' },
          },
          installed: ['left-pad@1.3.0', 'left-pad@1.3.0 › deep@2.0.0'],
        },
      });
      const bare = makeLink('bare', {
        workspaceId: null,
        commitId: null,
        environment: {
          environmentId: 'env-2',
          specHash: sha256Hex('bare'),
          spec: { runtime: 'process' },
          installed: [],
        },
      });
      await link(store, whole, bare);
      same(await store.checkpointFiles.find('whole'), whole);
      same(await store.checkpointFiles.find('bare'), bare);
      assert.equal(await store.checkpointFiles.find('Whole'), undefined);
    });

    test('takes the link of a checkpoint in the place of the one it had', async (store) => {
      await link(store, makeLink('a'));
      await link(store, makeLink('a', { commitId: 'commit-2' }));
      same(await store.checkpointFiles.find('a'), makeLink('a', { commitId: 'commit-2' }));
      assert.deepEqual(await store.checkpointFiles.linkedCommits(), ['commit-2']);
    });

    test('gives those of an execution in the order of their checkpoints', async (store) => {
      await link(store, makeLink('b'), makeLink('c', { executionId: 'run-2' }), makeLink('a'));
      same(await store.checkpointFiles.ofExecution('run-1'), [makeLink('a'), makeLink('b')]);
      assert.deepEqual(await store.checkpointFiles.ofExecution('run-3'), []);
    });

    test('gives each commit that a checkpoint is linked to once', async (store) => {
      await link(
        store,
        makeLink('a', { commitId: 'commit-2' }),
        makeLink('b', { commitId: 'commit-1', executionId: 'run-2' }),
        makeLink('c', { commitId: 'commit-2' }),
        makeLink('d', { commitId: null }),
      );
      assert.deepEqual(await store.checkpointFiles.linkedCommits(), ['commit-1', 'commit-2']);
    });

    test('removes the links of checkpoints, and passes over those it does not have', async (store) => {
      await link(store, makeLink('a'), makeLink('b'), makeLink('c'));
      await store.unitOfWork.run((scope) => store.checkpointFiles.remove(['a', 'c', 'nobody'], scope));
      await store.unitOfWork.run((scope) => store.checkpointFiles.remove([], scope));
      assert.deepEqual(idsOf(await store.checkpointFiles.ofExecution('run-1')), ['b']);
    });

    test('removes the links of an execution, and no other', async (store) => {
      await link(store, makeLink('a'), makeLink('b'), makeLink('c', { executionId: 'run-2' }));
      await store.unitOfWork.run((scope) => store.checkpointFiles.removeExecution('run-1', scope));
      assert.deepEqual(await store.checkpointFiles.ofExecution('run-1'), []);
      assert.deepEqual(idsOf(await store.checkpointFiles.ofExecution('run-2')), ['c']);
    });

    test('shows a transaction what it has written, and keeps nothing of one that failed', async (store) => {
      await link(store, makeLink('old'));
      const thrown = new Thrown('the transaction fails');
      const work = store.unitOfWork.run(async (scope) => {
        await store.checkpointFiles.link([makeLink('new', { commitId: 'commit-2' })], scope);
        same(await store.checkpointFiles.find('new', scope), makeLink('new', { commitId: 'commit-2' }));
        assert.deepEqual(idsOf(await store.checkpointFiles.ofExecution('run-1', scope)), ['new', 'old']);
        assert.deepEqual(await store.checkpointFiles.linkedCommits(scope), ['commit-1', 'commit-2']);
        await store.checkpointFiles.removeExecution('run-1', scope);
        assert.deepEqual(await store.checkpointFiles.linkedCommits(scope), []);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      assert.deepEqual(idsOf(await store.checkpointFiles.ofExecution('run-1')), ['old']);
    });
  });
}
