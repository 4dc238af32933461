import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { sha256Hex } from '../domain/shared/hash.js';
import { postgresSettings } from '../infrastructure/persistence/typeorm/postgres-options.js';
import type { StorageConfig } from './configuration.js';
import type { SpillPlace } from './log-configuration.js';

/** Where what a store can't take waits, when nobody says otherwise. */
export function spillPlace(storage: StorageConfig): SpillPlace {
  return {
    prefix: placeBesideStorage(storage, 'spill') ?? false,
    isReadOnly: storage.kind !== 'memory' && storage.mode === 'ro',
  };
}

/**
 * A path for what belongs to a store and is not in it: beside a SQLite file, in the user's state folder for a server.
 *
 * @param ending tells what it is for, as the end of its name
 * @returns `undefined` for a store in memory
 */
export function placeBesideStorage(storage: StorageConfig, ending: string): string | undefined {
  switch (storage.kind) {
    case 'memory':
      return undefined;
    case 'sqlite':
      return `${storage.path}.${ending}`;
    case 'postgres': {
      const { kind: _, url: __, ...options } = storage;
      return join(stateFolder(), 'waymark', `${sha256Hex(postgresSettings(options).name).slice(0, 16)}.${ending}`);
    }
  }
}

/** The file of a store, absolute; `undefined` for one that has none. */
export function storeFile(storage: StorageConfig): string | undefined {
  return storage.kind === 'sqlite' ? resolve(storage.path) : undefined;
}

/** A folder for what a program keeps between its runs: the one for temporary files may be emptied by a restart. */
function stateFolder(): string {
  const given = process.env['XDG_STATE_HOME'];
  if (given !== undefined && isAbsolute(given)) return given;
  try {
    return join(homedir(), '.local', 'state');
  } catch {
    // A user that the system does not know has no home.
    return tmpdir();
  }
}
