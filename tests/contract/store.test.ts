import { InMemoryStore } from '../../src/index.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { storeContract } from '../../src/testing.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

describe('in memory', () => {
  storeContract({ describe, it }, () => Promise.resolve({ store: new InMemoryStore() }));
});

describe('on SQLite', () => {
  storeContract({ describe, it }, () => {
    const folder = makeTemporaryFolder();
    const store = new SqliteStore({ path: folder.file('waymark.db') }, timerScheduler);
    return Promise.resolve({ store, remove: () => folder.remove() });
  });
});
