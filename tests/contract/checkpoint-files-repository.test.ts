import { checkpointFilesRepositoryContract } from '../../src/testing.js';
import { STORES } from '../support/stores.js';

describe.each(STORES)('%s', (_name, makeStore) => {
  checkpointFilesRepositoryContract({ describe, it }, makeStore);
});
