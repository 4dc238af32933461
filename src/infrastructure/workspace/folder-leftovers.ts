import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { workspaceFailed } from '../../application/workspace/workspace-errors.js';
import type { FolderFound } from '../../application/workspace/workspace-folders.port.js';
import { namesIn } from '../shared/file-system.js';
import { REMOVING } from './folder-names.js';

/** What stands before the id in a name. */
const FOUND = /^(\.making-|\.removing-|\.gone-)?([A-Za-z0-9][\w-]*?)(?:~[\w-]+)?(\..*)?$/;

/** What is in the folder of workspaces, in the order of its names. */
export async function leftoversIn(root: string): Promise<readonly FolderFound[]> {
  const names = await namesIn(root).catch((error: unknown) => {
    throw workspaceFailed('Reading', root, error);
  });
  const found: FolderFound[] = [];
  for (const name of names.toSorted()) {
    const [, prefix, id, suffix] = FOUND.exec(name) ?? [];
    // The files beside a workspace are its own.
    if (id === undefined || (suffix !== undefined && names.includes(id))) continue;
    const path = join(root, name);
    const stat = await lstat(path).catch(() => undefined);
    if (stat !== undefined) found.push({ id, path, kind: kindOf(prefix, suffix), changedAtMs: stat.mtimeMs });
  }
  return found;
}

function kindOf(prefix: string | undefined, suffix: string | undefined): FolderFound['kind'] {
  if (prefix === REMOVING) return 'aside';
  if (prefix !== undefined) return 'unfinished';
  return suffix === undefined ? 'made' : 'beside';
}
