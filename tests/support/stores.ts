import type { Store } from '../../src/application/store/store.port.js';
import { InMemoryStore } from '../../src/infrastructure/persistence/in-memory/in-memory-store.js';
import { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import type {
  RetentionStore,
  StoreFactory,
  SubjectKeyStore,
  ThreadStore,
  UnopenedStore,
  VerbKeyStore,
  WholeStore,
} from '../../src/testing.js';
import { dropSchemas, hasPostgres, postgresOptions } from './postgres.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** Every implementation that the contract of a store is run over, by name. */
export const UNOPENED_STORES: readonly (readonly [name: string, make: () => Promise<UnopenedStore>])[] = [
  ['in memory', () => Promise.resolve({ store: new InMemoryStore() })],
  ['on SQLite', makeSqliteStore],
  ...(hasPostgres ? [['on PostgreSQL', makePostgresStore] as const] : []),
];

/** A store with everything that a contract suite may want of it. */
type EveryStore = WholeStore &
  SubjectKeyStore &
  RetentionStore &
  ThreadStore &
  VerbKeyStore &
  Pick<Store, 'fileCommits' | 'checkpointFiles' | 'workspaces'>;

/** Every implementation that a contract suite is run over, by name. */
export const STORES: readonly (readonly [name: string, make: StoreFactory<EveryStore>])[] = UNOPENED_STORES.map(
  ([name, make]) => [name, () => open(make)],
);

async function open(make: () => Promise<UnopenedStore>): Promise<EveryStore> {
  const { store, remove } = await make();
  await store.open();
  const {
    unitOfWork,
    auditLog,
    seals,
    executions,
    verbKeys,
    fileCommits,
    checkpointFiles,
    workspaces,
    checkpoints,
    contents,
    threads,
    subjectKeys,
    retention,
    deadLetters,
  } = store;
  return {
    unitOfWork,
    auditLog,
    seals,
    executions,
    verbKeys,
    fileCommits,
    checkpointFiles,
    workspaces,
    checkpoints,
    contents,
    threads,
    subjectKeys,
    retention,
    deadLetters,
    close: async () => {
      await store.close();
      await remove?.();
    },
  };
}

function makeSqliteStore(): Promise<UnopenedStore> {
  const folder = makeTemporaryFolder();
  const store = new SqliteStore({ path: folder.file('waymark.db') }, timerScheduler);
  return Promise.resolve({ store, remove: () => folder.remove() });
}

function makePostgresStore(): Promise<UnopenedStore> {
  const options = postgresOptions();
  const store = new PostgresStore(options, timerScheduler);
  return Promise.resolve({ store, remove: () => dropSchemas([options.schema]) });
}
