import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ExportFiles } from '../../application/audit/export/export-files.port.js';
import { moveFile, removeFile } from './durable-file.js';
import { FileSink, manifestPathOf, unfinishedPathsOf } from './file-sink.js';
import { exportFailed } from './export-failed.js';
import { FileSource } from './file-source.js';
import { StreamSink } from './stream-sink.js';

/** Exports in files, and to streams. */
export const fileExports: ExportFiles = {
  create: async (to, options) =>
    typeof to === 'string' ? FileSink.open(to, options) : { sink: new StreamSink(to, options) },
  pathOf: (folder, name) => resolve(folder, name),
  has: async (path) => (await isThere(path)) || (await isThere(manifestPathOf(path, undefined))),
  open: (path, manifest) => new FileSource(path, manifest),
  move: async (from, to) => {
    try {
      // The manifest first: one without its file is known for what it is, and a file without a manifest is anybody's.
      await moveFile(manifestPathOf(from, undefined), manifestPathOf(to, undefined));
      await moveFile(from, to);
    } catch (error) {
      throw exportFailed(`The export ${to} can not be put in its place`, error);
    }
  },
  remove: async (path) => {
    for (const name of [path, manifestPathOf(path, undefined), ...unfinishedPathsOf(path)]) await removeFile(name);
  },
};

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Where a folder on the way is a file, there is nothing; writing will tell.
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw exportFailed(`The export ${path} can not be looked for`, error);
  }
}
