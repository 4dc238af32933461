import { assertKeys, assertOptional, assertOptionalSignal, wholeNumber } from '../../domain/shared/options.js';
import type { BackupFound, FolderSize } from './workspace-folders.port.js';
import type { CleanBackupsOptions } from './workspace-options.js';
import type { WorkspaceServices } from './workspace-services.js';

/** Copies that were removed, or would be. */
export interface CleanedBackup {
  readonly workspaceId: string;
  readonly path: string;
  readonly fileCount: number;
  /** What that frees, in bytes. */
  readonly freedBytes: number;
}

/** What cleaning the backups came to. */
export interface CleanedBackups {
  readonly backups: readonly CleanedBackup[];
  readonly freedBytes: number;
  /** What could not be removed, and why. */
  readonly errors: readonly string[];
}

/** How old copies are when nobody says. */
const DEFAULT_AGE_MS = 30 * 86_400_000;

/** Removes what restores have copied aside, a while after. */
export async function cleanBackups(services: WorkspaceServices, options: CleanBackupsOptions): Promise<CleanedBackups> {
  assertKeys(options, { dryRun: true, olderThanMs: true, signal: true }, 'backup option');
  const { dryRun = false, signal } = options;
  assertOptional(options.dryRun, 'boolean', 'dryRun');
  assertOptionalSignal(signal);
  const age = wholeNumber(options.olderThanMs ?? DEFAULT_AGE_MS, 'olderThanMs', 0);
  const { folders, factory, held } = services;
  const before = factory.clock.now() - age;
  const backups: CleanedBackup[] = [];
  const errors: string[] = [];
  for (const found of await folders.backups.list()) {
    signal?.throwIfAborted();
    if (found.changedAtMs > before) continue;
    const { workspaceId, path } = found;
    try {
      const freed = await held.inTurn(workspaceId, () => removeOne(services, found, dryRun));
      if (freed === undefined) continue;
      backups.push({ workspaceId, path, fileCount: freed.fileCount, freedBytes: freed.totalBytes });
    } catch (error) {
      errors.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { backups, errors, freedBytes: backups.reduce((sum, { freedBytes }) => sum + freedBytes, 0) };
}

/** `undefined` where a restore is yet to be finished: it goes on with the copies that it has made. */
async function removeOne(
  { folders, workspaces }: WorkspaceServices,
  found: BackupFound,
  dryRun: boolean,
): Promise<FolderSize | undefined> {
  const row = await workspaces.find(found.workspaceId);
  if (row !== undefined && row.pendingRestore !== null) return undefined;
  return dryRun ? folders.backups.measure(found) : folders.backups.remove(found);
}
