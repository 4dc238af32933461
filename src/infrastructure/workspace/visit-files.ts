import type { FolderSize, FolderStamp } from '../../application/workspace/workspace-folders.port.js';
import { Folder } from '../file/folder.js';
import { type FoundFile, readFolder } from '../file/folder-reader.js';
import { IgnoreRules } from '../file/ignore-rules.js';
import { WorkControl } from '../file/work-control.js';

/** What of a folder is looked at. */
interface Visit {
  readonly rules: IgnoreRules;
  /** Whether what is ignored is looked at too. */
  readonly withIgnored: boolean;
  readonly control: WorkControl;
  /** Called for each file and link. */
  see(path: string, file: FoundFile): void;
}

/** How much a folder holds that would be freed with it: what has another name elsewhere stays. */
export async function measureTree(path: string): Promise<FolderSize> {
  let [fileCount, totalBytes] = [0, 0];
  await visitAll(path, {
    rules: IgnoreRules.of(),
    withIgnored: true,
    control: new WorkControl(),
    see: (_, { kind, stat }) => {
      fileCount += 1;
      if (kind === 'file' && stat.nlink === 1) totalBytes += stat.size;
    },
  });
  return { fileCount, totalBytes };
}

/** What can be seen of the files of a folder without reading them, and their sizes. */
export async function stampTree(
  path: string,
  ignore: readonly string[],
): Promise<{ readonly stamp: FolderStamp; readonly sizes: ReadonlyMap<string, number> }> {
  const stamp = new Map<string, string>();
  const sizes = new Map<string, number>();
  await visitAll(path, {
    rules: IgnoreRules.of(ignore),
    withIgnored: false,
    control: new WorkControl(),
    see: (at, { kind, stat: { size, mtimeMs, ctimeMs, ino, mode } }) => {
      stamp.set(at, [size, mtimeMs, ctimeMs, ino, mode].join(' '));
      sizes.set(at, kind === 'file' ? size : 0);
    },
  });
  return { stamp, sizes };
}

async function visitAll(path: string, visit: Visit): Promise<void> {
  const root = Folder.root(path, true);
  try {
    await visitFolder(root, visit);
  } finally {
    root.close();
  }
}

async function visitFolder(folder: Folder, visit: Visit): Promise<void> {
  if (visit.control.isDue) await visit.control.giveWay();
  const { found, ignored, rules } = readFolder(folder, visit.rules);
  for (const file of visit.withIgnored ? [...found, ...ignored] : found) {
    if (file.kind !== 'folder') {
      visit.see(folder.pathOf(file.name), file);
      continue;
    }
    const child = folder.child(file.name);
    try {
      await visitFolder(child, { ...visit, rules });
    } finally {
      child.close();
    }
  }
}
