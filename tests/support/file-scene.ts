import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DomainEvent, InMemoryStore, type ProcessIdentity, type Waymark } from '../../src/index.js';
import { AlterableStore } from './alterable-store.js';
import { FakeClock } from './fake-clock.js';
import { NaiveFileStorage } from './naive-file-storage.js';
import { openWaymark } from './open-waymark.js';
import { Processes } from './processes.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** A Waymark whose files, store, time and owners are in the hands of the test, and a folder to work in. */
export async function fileScene() {
  const folder = makeTemporaryFolder();
  const site = folder.file('site');
  mkdirSync(site);
  const storage = new NaiveFileStorage();
  const store = new AlterableStore(new InMemoryStore());
  const processes = new Processes();
  const clock = new FakeClock();
  storage.now = () => clock.now();
  const opened: Waymark[] = [];
  const open = async (self: string): Promise<Waymark> => {
    const identity: ProcessIdentity = processes.identity(self);
    const waymark = await openWaymark({ identity, clock }, store, storage);
    opened.push(waymark);
    return waymark;
  };
  const waymark = await open('host/1');
  return {
    waymark,
    open,
    storage,
    store,
    processes,
    clock,
    site,
    folder,
    /** Writes files below the site. */
    write: (files: Readonly<Record<string, string>>): void => {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(site, path)), { recursive: true });
        writeFileSync(join(site, path), text);
      }
    },
    /** What was recorded of files, in order. */
    told: async (): Promise<readonly DomainEvent[]> =>
      (await waymark.log.query({}, { limit: 10_000 }))
        .map(({ event }) => event)
        .filter(({ type }) => type.startsWith('file.')),
    close: async (): Promise<void> => {
      for (const one of opened) await one.close();
      folder.remove();
    },
  };
}

export type FileScene = Awaited<ReturnType<typeof fileScene>>;
