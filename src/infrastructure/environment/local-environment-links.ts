import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, lstat, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { EnvironmentLinks } from '../../application/environment/environment-links.port.js';
import type { EnvironmentMode } from '../../domain/environment/environment-mode.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { isMissing } from '../shared/file-system.js';
import { unprotectFiles } from './protect-files.js';

/** Says in a copy which environment it is of. */
const MARK = '.waymark-environment';

/** What is in a workspace under the name of a link. */
type Present =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'copy'; readonly environmentId: string }
  | { readonly kind: 'other' };

/** Puts folders of environments into workspaces on this machine. */
export class LocalEnvironmentLinks implements EnvironmentLinks {
  readonly #folder: string;

  /** @param folder the folder of all environments: a link into it is one of ours */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async attach(
    environmentId: string,
    links: Readonly<Record<string, string>>,
    workspace: string,
    mode: EnvironmentMode,
    aside?: string,
  ): Promise<void> {
    for (const [name, target] of Object.entries(links)) {
      const place = join(workspace, name);
      const present = await presentAt(place);
      if (isWanted(present, environmentId, target, mode)) continue;
      if (!this.#isOurs(present)) {
        if (aside === undefined) throw notAttached(place, environmentId);
        await moveAside(place, aside);
      }
      await this.#put(environmentId, target, place, mode);
    }
  }

  async putAside(
    links: Readonly<Record<string, string>>,
    workspace: string,
    aside: string,
  ): Promise<() => Promise<void>> {
    const moved: (readonly [place: string, to: string])[] = [];
    for (const name of Object.keys(links)) {
      const place = join(workspace, name);
      if ((await presentAt(place)).kind !== 'nothing') moved.push([place, await moveAside(place, aside)]);
    }
    return async () => {
      for (const [place, to] of moved) {
        await rm(place, { recursive: true, force: true });
        await rename(to, place);
      }
    };
  }

  async #put(environmentId: string, target: string, place: string, mode: EnvironmentMode): Promise<void> {
    const fresh = join(dirname(place), `.waymark-${randomUUID()}`);
    try {
      if (mode === 'shared') await symlink(target, fresh, 'junction');
      else await copyFolder(target, fresh, environmentId);
      await rm(place, { recursive: true, force: true });
      await rename(fresh, place);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }

  #isOurs(present: Present): boolean {
    switch (present.kind) {
      case 'nothing':
      case 'copy':
        return true;
      case 'link':
        return present.target.startsWith(this.#folder + sep);
      case 'other':
        return false;
    }
  }
}

/** @returns where it is now */
async function moveAside(place: string, aside: string): Promise<string> {
  // What was moved there before stays.
  const to = join(aside, `${basename(place)}-${randomUUID()}`);
  try {
    await mkdir(aside, { recursive: true });
    await rename(place, to);
    return to;
  } catch (error) {
    throw new WaymarkError('WAYMARK_ENVIRONMENT_NOT_ATTACHED', `What is at ${place} can't be moved to ${to}.`, {
      hint: 'See the cause; or remove it, and go on.',
      details: { place, to },
      cause: error,
    });
  }
}

function isWanted(present: Present, environmentId: string, target: string, mode: EnvironmentMode): boolean {
  if (mode === 'shared') return present.kind === 'link' && present.target === target;
  return present.kind === 'copy' && present.environmentId === environmentId;
}

/** Shares the blocks of the files where the file system can, until somebody writes to them. */
async function copyFolder(from: string, to: string, environmentId: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  await unprotectFiles(to);
  await writeFile(join(to, MARK), environmentId);
}

async function presentAt(place: string): Promise<Present> {
  try {
    const stats = await lstat(place);
    if (stats.isSymbolicLink()) return { kind: 'link', target: await readlink(place) };
  } catch (error) {
    if (isMissing(error)) return { kind: 'nothing' };
    throw error;
  }
  try {
    return { kind: 'copy', environmentId: await readFile(join(place, MARK), 'utf8') };
  } catch {
    // A file, or a folder of somebody else's.
    return { kind: 'other' };
  }
}

function notAttached(place: string, environmentId: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_ENVIRONMENT_NOT_ATTACHED',
    `Environment ${environmentId} can't be put at ${place}: something else is there.`,
    {
      hint: 'Remove it, or leave it out of what the workspace is filled from.',
      details: { place, environmentId },
    },
  );
}
