import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidArgumentError } from '../domain/shared/errors.js';
import { assertKeys, type KeysOf } from '../domain/shared/options.js';
import type { EnvironmentsConfig } from './environments-configuration.js';

/** Where files, workspaces and environments are kept. */
export interface WorkspacesConfig {
  /**
   * The folder of all that is on disk. When left out `PATH.files` for a SQLite file, `waymark/HASH.files` in
   * `$XDG_STATE_HOME` or `~/.local/state` for PostgreSQL, and in memory a folder for temporary files, which `close`
   * removes. It is made when something is to be kept.
   */
  readonly home?: string;
  /** How environments are made, and how long is waited for another process that does. */
  readonly environments?: EnvironmentsConfig;
}

/** The folder of all that is on disk. */
export interface WorkspacesHome {
  /** Absolute. It need not be there. */
  readonly path: string;
  /** Removes it, where it is for this instance only. Idempotent. */
  close(): Promise<void>;
}

const KEYS: KeysOf<WorkspacesConfig> = { home: true, environments: true };

/**
 * Checks a configuration.
 *
 * @param place where it is when nobody says otherwise; `undefined` for a store that is kept nowhere
 * @throws InvalidArgumentError
 */
export function workspacesHome(config: WorkspacesConfig = {}, place: string | undefined): WorkspacesHome {
  assertKeys(config, KEYS, 'option of workspaces');
  const { home } = config;
  if (home !== undefined && (typeof home !== 'string' || home === '' || home.includes('\0'))) {
    throw new InvalidArgumentError('The home of workspaces must be a path.');
  }
  const path = home ?? place;
  if (path !== undefined) return { path: resolve(path), close: () => Promise.resolve() };
  const temporary = join(tmpdir(), `waymark-${randomUUID()}.files`);
  // Read-only files in it are no obstacle, but folders that may not be written to are: who made them may remove them.
  return { path: temporary, close: () => rm(temporary, { recursive: true, force: true, maxRetries: 3 }) };
}
