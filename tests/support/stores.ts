import { InMemoryStore } from '../../src/infrastructure/persistence/in-memory/in-memory-store.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import type { StoreFactory, WholeStore } from '../../src/testing.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** Every implementation that a contract suite is run over, by name. */
export const STORES: readonly (readonly [name: string, make: StoreFactory<WholeStore>])[] = [
  ['in memory', () => Promise.resolve(new InMemoryStore())],
  ['on SQLite', makeSqliteStore],
];

async function makeSqliteStore(): Promise<WholeStore> {
  const folder = makeTemporaryFolder();
  const store = new SqliteStore({ path: folder.file('waymark.db') }, timerScheduler);
  await store.open();
  const { unitOfWork, auditLog, executions, checkpoints, deadLetters } = store;
  return {
    unitOfWork,
    auditLog,
    executions,
    checkpoints,
    deadLetters,
    close: async () => {
      await store.close();
      folder.remove();
    },
  };
}
