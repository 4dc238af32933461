import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StrikeReport } from './report.js';
import { reportMarkdown } from './report-markdown.js';

/** A file that was written, and what was written to it. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * The report's files. Their digests are part of the state, so the log can tell later whether a report is still the one
 * it made.
 */
export interface WrittenReport {
  readonly markdown: WrittenFile;
  readonly json: WrittenFile;
}

/**
 * Writes the report to `directory/<executionId>/`. Each file is there whole or not at all, and writing it again gives
 * the same bytes: a node may be run twice when its process dies.
 */
export async function writeReport(directory: string, report: StrikeReport): Promise<WrittenReport> {
  const folder = join(directory, report.executionId);
  await mkdir(folder, { recursive: true });
  return {
    markdown: await writeWhole(join(folder, 'report.md'), reportMarkdown(report)),
    json: await writeWhole(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`),
  };
}

async function writeWhole(path: string, text: string): Promise<WrittenFile> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, text, { flush: true });
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  return { path, bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
}
