import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rename, rm, rmdir, unlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProcessIdentity } from '../../application/execution/process-identity.port.js';
import { isMissing, namesIn, systemCode } from './file-system.js';

/** How often a lock that changes hands while it is looked at is looked at again. */
const LOOKS = 5;

/** What came of trying to take a lock: a way to give it back, or who holds it, where that could be told. */
export type OwnerLockAttempt =
  | { readonly taken: true; readonly release: () => Promise<void> }
  | { readonly taken: false; readonly owner: string | undefined };

/**
 * A lock between processes: a folder with one file in it, whose name is its owner. The folder comes into its place by a
 * rename, with the file in it, so no crash leaves a lock of nobody; an empty one is free. A lock whose owner is provably
 * gone is taken over by renaming the file: of several who try, one succeeds.
 */
export async function takeOwnerLock(path: string, identity: ProcessIdentity): Promise<OwnerLockAttempt> {
  const own = encodeURIComponent(identity.self);
  const release = (): Promise<void> => giveBack(path, own);
  for (let look = 0; look < LOOKS; look += 1) {
    const [name] = await namesIn(path);
    if (name === undefined) {
      if (await putInPlace(path, own)) return { taken: true, release };
      continue;
    }
    const owner = ownerNamed(name);
    if (!identity.isGone(owner)) return { taken: false, owner };
    if (await succeeds(rename(join(path, name), join(path, own)), ['ENOENT'])) return { taken: true, release };
  }
  return { taken: false, owner: undefined };
}

/** Who holds a lock, and since when, in milliseconds since 1970; `undefined` when nobody does. */
export async function readOwnerLock(
  path: string,
): Promise<{ readonly owner: string; readonly sinceMs: number } | undefined> {
  const [name] = await namesIn(path);
  if (name === undefined) return undefined;
  const stat = await lstat(join(path, name)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  // It changed hands in between.
  return stat === undefined ? readOwnerLock(path) : { owner: ownerNamed(name), sinceMs: stat.mtimeMs };
}

/** Says since when a lock is held, by who holds it. */
export async function dateOwnerLock(path: string, { self }: ProcessIdentity, since: Date): Promise<void> {
  await utimes(join(path, encodeURIComponent(self)), since, since);
}

/** Gives back a lock that this process may have. Idempotent. */
export function releaseOwnerLock(path: string, { self }: ProcessIdentity): Promise<void> {
  return giveBack(path, encodeURIComponent(self));
}

/** Gives a lock that this process has taken over back to its owner before. */
export async function handBackOwnerLock(path: string, { self }: ProcessIdentity, owner: string): Promise<void> {
  await rename(join(path, encodeURIComponent(self)), join(path, encodeURIComponent(owner)));
}

/** The owner that a file is named after. What is no such name is somebody all the same. */
function ownerNamed(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

async function putInPlace(path: string, own: string): Promise<boolean> {
  const fresh = `${path}.${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true });
  // One that is left empty; where a folder can't be renamed onto an empty one, it would be in the way.
  await succeeds(rmdir(path), ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EPERM']);
  await mkdir(fresh);
  try {
    await writeFile(join(fresh, own), '');
    return await succeeds(rename(fresh, path), ['ENOTEMPTY', 'EEXIST', 'EPERM']);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function giveBack(path: string, own: string): Promise<void> {
  await succeeds(unlink(join(path, own)), ['ENOENT']);
  // Another may have taken it since.
  await succeeds(rmdir(path), ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EPERM']);
}

/** Whether something succeeds that may fail for one of these reasons. */
async function succeeds(work: Promise<unknown>, codes: readonly string[]): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (codes.includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}
