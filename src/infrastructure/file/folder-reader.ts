import fs from 'node:fs';
import type { Folder } from './folder.js';
import { fileFailed } from './file-errors.js';
import { IGNORE_FILE, type IgnoreRules } from './ignore-rules.js';
import { bytesOf, nameOf } from './name-bytes.js';
import { TrackedFolder } from './tracked-folder.js';

/** Something in a folder that can be a part of a tree. */
export interface FoundFile {
  readonly name: string;
  readonly kind: 'file' | 'link' | 'folder';
  readonly stat: fs.Stats;
  /** Whether the rules leave it out; it is there all the same where it is tracked. */
  readonly isIgnored: boolean;
}

/** What is in a folder, in the order of the bytes. */
export interface FoundFolder {
  readonly found: readonly FoundFile[];
  /** What is left out, by its names. */
  readonly ignored: readonly FoundFile[];
  /** The names of pipes, sockets and devices. */
  readonly special: readonly string[];
  readonly rules: IgnoreRules;
}

/**
 * Looks at what is in a folder. Sockets, devices and pipes are left out, as git does: opening one could block.
 *
 * @param tracked what ignore files do not leave out
 */
export function readFolder(folder: Folder, above: IgnoreRules, tracked = TrackedFolder.NONE): FoundFolder {
  try {
    const names = folder.names();
    const rules = names.includes(IGNORE_FILE) ? withFile(folder, above) : above;
    const found: FoundFile[] = [];
    const ignored: FoundFile[] = [];
    const special: string[] = [];
    for (const name of names) {
      const stat = fs.lstatSync(folder.at(name), { throwIfNoEntry: false });
      if (stat === undefined) continue;
      const kind = kindOf(stat);
      if (kind === undefined) {
        special.push(name);
        continue;
      }
      const verdict = rules.judge(folder.pathOf(name), name, kind === 'folder');
      const isTaken = verdict === 'included' || (verdict === 'ignored' && tracked.has(name, kind === 'folder'));
      (isTaken ? found : ignored).push({ name, kind, stat, isIgnored: verdict !== 'included' });
    }
    return { found, ignored, special, rules };
  } catch (error) {
    throw fileFailed('reading', folder.path, error);
  }
}

/** All that is in a folder, whatever the rules say. What is no part of a tree counts as a file. */
export function readEverything(folder: Folder): readonly FoundFile[] {
  try {
    return folder.names().flatMap((name) => {
      const stat = fs.lstatSync(folder.at(name), { throwIfNoEntry: false });
      return stat === undefined ? [] : [{ name, kind: kindOf(stat) ?? 'file', stat, isIgnored: false }];
    });
  } catch (error) {
    throw fileFailed('reading', folder.path, error);
  }
}

/** What a link points at, and how long that is. */
export function readLink(folder: Folder, name: string): { readonly target: string; readonly size: number } {
  try {
    const target = fs.readlinkSync(folder.at(name), 'buffer');
    return { target: nameOf(target), size: target.length };
  } catch (error) {
    throw fileFailed('reading', folder.pathOf(name), error);
  }
}

/** Makes a link. */
export function makeLink(target: string, at: fs.PathLike): void {
  fs.symlinkSync(bytesOf(target), at);
}

/** `undefined` for what is no part of a tree. */
function kindOf(stat: fs.Stats): FoundFile['kind'] | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  return stat.isSymbolicLink() ? 'link' : undefined;
}

function withFile(folder: Folder, above: IgnoreRules): IgnoreRules {
  const path = folder.at(IGNORE_FILE);
  // A link is not followed: what it leads to may be anything.
  if (!fs.lstatSync(path).isFile()) return above;
  return above.with(folder.path, fs.readFileSync(path, 'utf8'));
}
