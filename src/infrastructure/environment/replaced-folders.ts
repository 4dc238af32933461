import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesIn } from './protect-files.js';

/** A folder of what is installed: a number, one more for each attempt. */
const CONTENT = /^[1-9]\d*$/;

/** The folders of what is, or was, installed in an environment. */
export async function contentsOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => CONTENT.test(name));
}

/**
 * Notes that other folders of an environment were replaced by now. The time of the note is the file system's, as that of
 * marks is: no clock of a process is compared with another's.
 */
export async function noteReplaced(folder: string, current: string): Promise<void> {
  for (const name of await contentsOf(folder)) {
    // One that is there keeps its time.
    if (name !== current) await writeFile(noteOf(folder, name), '', { flag: 'a' });
  }
}

/**
 * Takes away the folders beside the one that counts, but for those that were replaced after somebody had begun to use the
 * environment who still does. The lock of the environment is held.
 *
 * @param usedSinceMs since when it is used, by the times of marks; `undefined` when nobody uses it
 * @returns what that freed, in bytes
 */
export async function discardReplaced(
  folder: string,
  current: string,
  usedSinceMs: number | undefined,
): Promise<number> {
  let bytes = 0;
  for (const name of await contentsOf(folder)) {
    if (name === current) continue;
    // What comes after it was never finished, so that nobody found it.
    const wasFinished = Number(name) < Number(current);
    if (wasFinished && usedSinceMs !== undefined && usedSinceMs <= (await replacedAt(folder, name))) continue;
    bytes += await bytesIn(join(folder, name));
    await removeContent(folder, name);
  }
  return bytes;
}

/** Removes a folder of what was installed, with what was noted of it. */
export async function removeContent(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  await rm(noteOf(folder, name), { force: true });
}

async function replacedAt(folder: string, name: string): Promise<number> {
  const note = noteOf(folder, name);
  // A process that died may not have come to it: it is not later than now.
  await writeFile(note, '', { flag: 'a' });
  return (await stat(note)).mtimeMs;
}

function noteOf(folder: string, name: string): string {
  return join(folder, `${name}.replaced`);
}
