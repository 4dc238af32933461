import { addTests } from './checkpoint-repository/add.contract.js';
import { branchTests } from './checkpoint-repository/branches.contract.js';
import type { CheckpointStore } from './checkpoint-repository/checkpoint-store.js';
import { collectionTests } from './checkpoint-repository/collection.contract.js';
import { contentTests } from './checkpoint-repository/contents.contract.js';
import { labelTests } from './checkpoint-repository/labels.contract.js';
import { listTests } from './checkpoint-repository/lists.contract.js';
import { removeTests } from './checkpoint-repository/remove.contract.js';
import { rollbackTests } from './checkpoint-repository/rollback.contract.js';
import { type StoreFactory, storeTests, type TestHarness } from './harness.js';

export type { CheckpointStore } from './checkpoint-repository/checkpoint-store.js';

/**
 * The contract of `CheckpointRepository`, and of the `ContentCollectionRepository` that removes its contents, as tests.
 *
 * @example
 * checkpointRepositoryContract({ describe, it }, async () => {
 *   const contents = new InMemoryContents();
 *   const checkpoints = new InMemoryCheckpointRepository(contents);
 *   return { unitOfWork: new InMemoryUnitOfWork(), checkpoints, contents, close: async () => {} };
 * });
 */
export function checkpointRepositoryContract(harness: TestHarness, makeStore: StoreFactory<CheckpointStore>): void {
  const test = storeTests(harness, makeStore);
  harness.describe('CheckpointRepository', () => {
    addTests(harness, test);
    listTests(harness, test);
    contentTests(harness, test);
    branchTests(harness, test);
    labelTests(harness, test);
    removeTests(harness, test);
    collectionTests(harness, test);
    rollbackTests(harness, test);
  });
}
