import { fileCommitRepositoryContract } from '../../src/testing.js';
import { STORES } from '../support/stores.js';

describe.each(STORES)('%s', (_name, makeStore) => {
  fileCommitRepositoryContract({ describe, it }, makeStore);
});
