import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { sha256Hex } from '../domain/shared/hash.js';
import { postgresSettings } from '../infrastructure/persistence/typeorm/postgres-options.js';
import type { StorageConfig } from './configuration.js';
import type { SpillPlace } from './log-configuration.js';

/** Where what a store can't take waits, when nobody says otherwise. */
export function spillPlace(storage: StorageConfig): SpillPlace {
  return {
    prefix: defaultPrefix(storage),
    isReadOnly: storage.kind !== 'memory' && storage.mode === 'ro',
  };
}

function defaultPrefix(storage: StorageConfig): string | false {
  switch (storage.kind) {
    case 'memory':
      return false;
    case 'sqlite':
      return `${storage.path}.spill`;
    case 'postgres': {
      const { kind: _, url: __, ...options } = storage;
      return join(stateFolder(), 'waymark', `${sha256Hex(postgresSettings(options).name).slice(0, 16)}.spill`);
    }
  }
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
