import type { FileEntry } from '../../domain/file/file-commit.js';
import { type Hash, sha256Hex } from '../../domain/shared/hash.js';
import { contentDamaged, pathEscapes } from './file-errors.js';
import { compareNames } from './name-bytes.js';

/** What a folder has under one name: a {@link FileEntry} that does not know where it is. */
export interface TreeEntry extends Omit<FileEntry, 'path'> {
  readonly name: string;
}

/** A listing, and what it is kept as. */
export interface EncodedListing {
  readonly hash: Hash;
  readonly text: string;
}

/** A listing of nothing. */
export const EMPTY_LISTING: readonly TreeEntry[] = Object.freeze([]);

const FORMAT = 'waymark-tree 1';

/** What a folder can't have in a tree: what is in there belongs to git, or to Waymark. */
const RESERVED = new Set(['.git']);

/** The listing of a folder as text: a line for each name, in the order of their bytes. docs/files.md has the format. */
export function encodeListing(entries: readonly TreeEntry[]): EncodedListing {
  const lines = entries.map((entry) => JSON.stringify(lineOf(entry)));
  const text = `${[FORMAT, ...lines].join('\n')}\n`;
  return { hash: sha256Hex(text), text };
}

/**
 * Reads a listing back.
 *
 * @throws WaymarkError `WAYMARK_FILE_DAMAGED` if it is none, `WAYMARK_FILE_PATH_ESCAPES` for a name that leads elsewhere
 */
export function decodeListing(hash: Hash, text: string): readonly TreeEntry[] {
  const [format, ...lines] = text.split('\n');
  if (format !== FORMAT || lines.pop() !== '') throw contentDamaged(hash, 'it is no listing of a folder');
  const entries = lines.map((line) => entryOf(hash, line));
  for (const [index, { name }] of entries.entries()) {
    const before = entries[index - 1];
    if (before !== undefined && compareNames(before.name, name) >= 0) {
      throw contentDamaged(hash, `${JSON.stringify(name)} is not in its place in the listing`);
    }
  }
  return Object.freeze(entries);
}

/** @throws WaymarkError `WAYMARK_FILE_PATH_ESCAPES` unless it names something in a folder, and only there */
export function assertName(name: string): void {
  if (name === '' || name === '.' || name === '..') throw pathEscapes(name, 'that is no name of a file');
  if (name.includes('/') || name.includes('\0')) throw pathEscapes(name, 'a name has no `/` and no NUL in it');
  if (process.platform === 'win32' && /[\\:]/.test(name)) throw pathEscapes(name, 'Windows reads it as a path');
  if (RESERVED.has(name)) throw pathEscapes(name, 'what is in there is not a part of a tree');
}

/** The names of a path. @throws WaymarkError `WAYMARK_FILE_PATH_ESCAPES` */
export function namesOf(path: string): readonly string[] {
  const names = path.replace(/\/$/, '').split('/');
  try {
    for (const name of names) assertName(name);
  } catch {
    throw pathEscapes(path, 'it is not a path of files in a folder');
  }
  return names;
}

function lineOf(entry: TreeEntry): readonly unknown[] {
  const mode = entry.mode.toString(8);
  switch (entry.kind) {
    case 'file':
      return ['file', entry.name, mode, entry.hash, entry.size];
    case 'folder':
      return ['folder', entry.name, mode, entry.hash];
    case 'link':
      return ['link', entry.name, entry.target, entry.size];
  }
}

function entryOf(hash: Hash, line: string): TreeEntry {
  const [kind, name, third, fourth, fifth] = partsOf(hash, line);
  const damaged = (): never => {
    throw contentDamaged(hash, `it has a line that means nothing: ${line.slice(0, 100)}`);
  };
  if (typeof name !== 'string' || typeof third !== 'string') return damaged();
  assertName(name);
  if (kind === 'link') {
    if (!isSize(fourth) || third.includes('\0')) return damaged();
    return { name, kind, hash: null, size: fourth, mode: 0, target: third };
  }
  if (!MODE.test(third) || typeof fourth !== 'string' || !HASH.test(fourth)) return damaged();
  const mode = Number.parseInt(third, 8);
  if (kind === 'folder') return { name, kind, hash: fourth, size: 0, mode };
  if (kind !== 'file' || !isSize(fifth)) return damaged();
  return { name, kind, hash: fourth, size: fifth, mode };
}

function partsOf(hash: Hash, line: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(line);
    if (Array.isArray(parts)) return parts;
  } catch (error) {
    throw contentDamaged(hash, 'it has a line that is no JSON', error);
  }
  throw contentDamaged(hash, 'it has a line that is no entry');
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const HASH = /^[0-9a-f]{64}$/;
const MODE = /^[0-7]{1,3}$/;
