import { fileStorageContract } from '../../src/testing.js';
import { makeFileStore } from '../support/file-store.js';

describe('LocalFileStorage', () => {
  fileStorageContract({ describe, it }, () => Promise.resolve(makeFileStore()));
});
