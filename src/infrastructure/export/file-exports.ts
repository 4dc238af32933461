import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ExportFiles } from '../../application/audit/export/export-files.port.js';
import { FileSink, manifestPathOf } from './file-sink.js';
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
