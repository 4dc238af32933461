import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Something that somebody does to a file in a folder. */
export interface FileDeed {
  readonly deed: 'write' | 'append' | 'remove' | 'folder' | 'rename' | 'mode' | 'link' | 'executable';
  readonly path: string;
  readonly other: string;
  readonly text: string;
}

/** Names that have been trouble somewhere: blanks, line breaks, letters that only differ by case, very long ones. */
export const ODD_NAMES = [
  'a',
  'A',
  'b.txt',
  '.hidden',
  'ä ö 雪',
  'new\nline',
  '-rf',
  'sub',
  'sub/deep',
  'sub/a',
  `${'long'.repeat(60)}.txt`,
] as const;

/** Does it. What can't be done is left: the same in every folder that has the same in it. */
export function doTo(folder: string, { deed, path, other, text }: FileDeed): void {
  const at = join(folder, path);
  try {
    switch (deed) {
      case 'write':
        clear(at);
        mkdirSync(dirname(at), { recursive: true });
        writeFileSync(at, text, { mode: 0o644 });
        return;
      case 'append':
        if (lstatSync(at).isFile()) appendFileSync(at, text);
        return;
      case 'remove':
        rmSync(at, { recursive: true, force: true });
        return;
      case 'folder':
        mkdirSync(at, { recursive: true });
        return;
      case 'rename': {
        if (other.includes('..') || other.startsWith('/')) return;
        const to = join(folder, other);
        if (!existsSync(at) || `${to}/`.startsWith(`${at}/`) || `${at}/`.startsWith(`${to}/`)) return;
        clear(to);
        mkdirSync(dirname(to), { recursive: true });
        renameSync(at, to);
        return;
      }
      case 'mode':
      case 'executable':
        if (lstatSync(at).isFile()) chmodSync(at, deed === 'mode' ? 0o600 : 0o755);
        return;
      case 'link':
        clear(at);
        mkdirSync(dirname(at), { recursive: true });
        symlinkSync(other, at);
    }
  } catch {
    // A folder that is a file by now, and the like.
  }
}

function clear(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** All that is in a folder: what kind of thing, with which mode and content. */
export function seenIn(folder: string): Readonly<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const path = join(folder, name);
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o777).toString(8);
    if (stat.isSymbolicLink()) seen[name] = `link to ${readlinkSync(path)}`;
    else if (stat.isDirectory()) seen[name] = `folder ${mode}`;
    else seen[name] = `file ${mode} ${readFileSync(path, 'utf8')}`;
  }
  return seen;
}

/** The naive way to keep a folder: a copy of all of it. */
export function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}
