import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { TemporaryFolder } from './temporary-folder.js';

/** A line that `writeJsonLines` wrote. */
export interface JsonLine {
  readonly type: string;
  readonly id: string;
  readonly sequence?: number;
  readonly position?: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The lines of a file. Fails the test for one that is not JSON, or for a last one that has no end. */
export function jsonLines(path: string): readonly JsonLine[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error(`The last line of ${path} has no end.`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as JsonLine);
}

/** The names of the files that were put aside for `events.jsonl`, oldest first. */
export function rotatedFiles(folder: TemporaryFolder): readonly string[] {
  return readdirSync(folder.path)
    .filter((name) => /^events\..+\.jsonl(\.gz)?$/.test(name))
    .toSorted();
}
