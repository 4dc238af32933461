import { subjectKeyRepositoryContract } from '../../src/testing.js';
import { STORES } from '../support/stores.js';

describe.each(STORES)('%s', (_name, makeStore) => {
  subjectKeyRepositoryContract({ describe, it }, makeStore);
});
