import { deadLetterRepositoryContract } from '../../src/testing.js';
import { STORES } from '../support/stores.js';

describe.each(STORES)('%s', (_name, makeStore) => {
  deadLetterRepositoryContract({ describe, it }, makeStore);
});
