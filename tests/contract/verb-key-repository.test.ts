import { verbKeyRepositoryContract } from '../../src/testing.js';
import { STORES } from '../support/stores.js';

describe.each(STORES)('%s', (_name, makeStore) => {
  verbKeyRepositoryContract({ describe, it }, makeStore);
});
