import fs from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { sourceNotFound, strategyUnsupported } from '../../application/workspace/workspace-errors.js';
import type { FolderCopy, FolderSize } from '../../application/workspace/workspace-folders.port.js';
import { Folder } from '../file/folder.js';
import { type FoundFile, makeLink, readFolder, readLink } from '../file/folder-reader.js';
import { IgnoreRules, pathMatcher } from '../file/ignore-rules.js';
import { OwnPaths, type OwnPlaces } from '../file/own-places.js';
import { WorkControl } from '../file/work-control.js';

const { COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = fs.constants;

/** What is larger is copied by another thread. */
const LARGE_BYTES = 1_048_576;

/** What a link can't be made for: it is on another file system, has too many names, or belongs to somebody else. */
const NO_HARD_LINK = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP']);
/** What a file system says that can't share blocks. */
const NO_REFLINK = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EINVAL', 'ENOTTY']);

/** How a folder is copied. */
interface Copying {
  readonly strategy: FolderCopy['strategy'];
  readonly withIgnored: boolean;
  readonly isReadOnly: (path: string) => boolean;
  readonly control: WorkControl;
  readonly size: { fileCount: number; totalBytes: number };
}

/**
 * Copies the files of a folder into one that is there and empty: what a snapshot of it would take, or with `withIgnored`
 * everything. Links are copied as they are. Sockets, pipes and devices are left out.
 *
 * @param own what is Waymark's own is left out, where it is within the folder
 */
export async function copyFolder(copy: FolderCopy, to: string, own: OwnPlaces): Promise<FolderSize> {
  const { folder, strategy, ignore, withIgnored, readOnly, signal } = copy;
  signal?.throwIfAborted();
  const from = realFolder(folder);
  const size = { fileCount: 0, totalBytes: 0 };
  const copying: Copying = {
    strategy,
    withIgnored,
    isReadOnly: strategy === 'hardlink' ? pathMatcher(readOnly) : () => false,
    control: new WorkControl(signal),
    size,
  };
  const [source, target] = [Folder.root(from, true), Folder.root(to, true)];
  try {
    const paths = OwnPaths.within(from, own);
    await copyInto(
      source,
      target,
      IgnoreRules.of(ignore, (path) => paths.has(path)),
      copying,
    );
  } finally {
    source.close();
    target.close();
  }
  return size;
}

/** The folder itself, where its name is a link. @throws WaymarkError `WAYMARK_WORKSPACE_SOURCE_NOT_FOUND` */
export function realFolder(folder: string): string {
  try {
    const path = fs.realpathSync(folder);
    if (fs.statSync(path).isDirectory()) return path;
  } catch (error) {
    throw sourceNotFound(folder, error);
  }
  throw sourceNotFound(folder);
}

/** Copies one file, keeping its times: what builds looks at them. */
export async function copyOne(
  from: fs.PathLike,
  to: fs.PathLike,
  stat: fs.Stats,
  flags: number = COPYFILE_FICLONE,
): Promise<void> {
  if (stat.size > LARGE_BYTES) await copyFile(from, to, flags);
  else fs.copyFileSync(from, to, flags);
  fs.utimesSync(to, stat.atime, stat.mtime);
}

async function copyInto(source: Folder, target: Folder, above: IgnoreRules, copying: Copying): Promise<void> {
  const { control, withIgnored } = copying;
  const { found, ignored, rules } = readFolder(source, above);
  for (const file of withIgnored ? [...found, ...ignored] : found) {
    if (control.isDue) await control.giveWay();
    if (rules.isOwn(source.pathOf(file.name))) continue;
    if (file.kind === 'folder') await copyBelow(source, target, file, { ...copying, rules });
    else await copyEntry(source, target, file, copying);
  }
}

async function copyBelow(
  source: Folder,
  target: Folder,
  { name, stat }: FoundFile,
  copying: Copying & { readonly rules: IgnoreRules },
): Promise<void> {
  // One that may not be written to is filled first.
  fs.mkdirSync(target.at(name), 0o700);
  const from = source.child(name);
  try {
    const to = target.child(name);
    try {
      await copyInto(from, to, copying.rules, copying);
    } finally {
      to.close();
    }
  } finally {
    from.close();
  }
  fs.chmodSync(target.at(name), stat.mode & 0o777);
}

async function copyEntry(
  source: Folder,
  target: Folder,
  { name, kind, stat }: FoundFile,
  { strategy, isReadOnly, control, size }: Copying,
): Promise<void> {
  const [from, to] = [source.at(name), target.at(name)];
  size.fileCount += 1;
  if (kind === 'link') {
    makeLink(readLink(source, name).target, to);
    return;
  }
  size.totalBytes += stat.size;
  control.advance(1, stat.size);
  if (strategy === 'reflink') await shareBlocks(from, to, stat, source.pathOf(name));
  else if (isReadOnly(source.pathOf(name))) await linkReadOnly(from, to, stat);
  else await copyOne(from, to, stat);
}

async function shareBlocks(from: fs.PathLike, to: fs.PathLike, stat: fs.Stats, path: string): Promise<void> {
  try {
    await copyOne(from, to, stat, COPYFILE_FICLONE_FORCE);
  } catch (error) {
    if (!NO_REFLINK.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw strategyUnsupported(
      'reflink',
      `the file system can't share the blocks of ${path}`,
      'Use copy, which shares blocks where it can; or put the home on Btrfs, XFS or APFS, together with the folder.',
      error,
    );
  }
}

/** One file with two names. Nobody may write to it: whoever did would change both. */
async function linkReadOnly(from: fs.PathLike, to: fs.PathLike, stat: fs.Stats): Promise<void> {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if (!NO_HARD_LINK.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyOne(from, to, stat);
  }
  fs.chmodSync(to, stat.mode & 0o555);
}
