import { workspaceRepositoryContract } from '../../src/testing.js';
import { STORES } from '../support/stores.js';

describe.each(STORES)('%s', (_name, makeStore) => {
  workspaceRepositoryContract({ describe, it }, makeStore);
});
