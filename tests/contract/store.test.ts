import { storeContract } from '../../src/testing.js';
import { UNOPENED_STORES } from '../support/stores.js';

describe.each(UNOPENED_STORES)('%s', (_name, makeStore) => {
  storeContract({ describe, it }, makeStore);
});
