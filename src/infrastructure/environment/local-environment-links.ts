import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, lstat, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { EnvironmentLinks } from '../../application/environment/environment-links.port.js';
import type { EnvironmentMode } from '../../domain/environment/environment-mode.js';
import { WaymarkError } from '../../domain/shared/errors.js';
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
  ): Promise<void> {
    for (const [name, target] of Object.entries(links)) {
      await this.#attachOne(environmentId, target, join(workspace, name), mode);
    }
  }

  async #attachOne(environmentId: string, target: string, place: string, mode: EnvironmentMode): Promise<void> {
    const present = await presentAt(place);
    if (isWanted(present, environmentId, target, mode)) return;
    if (!this.#isOurs(present)) throw notAttached(place, environmentId);
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

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
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
