import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A folder as an object: its files by their paths, with what they hold. */
export type FileTree = Readonly<Record<string, string>>;

/** What is in a folder: files with their text, links with what they point at. Whatever was named is left out. */
export function readTree(folder: string, without: readonly string[] = []): FileTree {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (without.some((one) => name === one || name.startsWith(`${one}/`))) continue;
    const path = join(folder, name);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) tree[name] = `-> ${readlinkSync(path)}`;
    else if (stat.isFile()) tree[name] = readFileSync(path, 'utf8');
  }
  return tree;
}

/** Writes files, with the folders that they are in. */
export function writeTree(folder: string, tree: FileTree, mode = 0o644): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(tree)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
  }
  return folder;
}
