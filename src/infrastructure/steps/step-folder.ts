import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { WaymarkError } from '../../domain/shared/errors.js';

/** The folder that a step asks for. */
export interface WantedFolder {
  /** Relative to the workspace, or to the folder of the workflow. */
  readonly path: string;
  /** Whether the author has written it as it is. What the state has a say in stays within. */
  readonly isFixed: boolean;
}

/**
 * The folder that a step runs in: within `base`, whatever the state holds. Only an author leads out of it.
 *
 * @param what how a message calls `base`
 * @throws WaymarkError `WAYMARK_COMMAND_NOT_RUN` when the state would lead out of it: by its path, or by links
 */
export async function stepFolder({ path, isFixed }: WantedFolder, base: string, what: string): Promise<string> {
  const folder = resolve(base, path);
  if (isFixed || (isWithin(base, folder) && isWithin(...(await realPaths(base, folder))))) return folder;
  throw new WaymarkError('WAYMARK_COMMAND_NOT_RUN', `The folder ${folder} is not within ${what}.`, {
    hint: `A cwd with a template stays within ${what}; write one that leads out of it without templates.`,
    details: { cwd: folder, folder: base },
  });
}

/** The paths without links. Where there is no such folder nothing can be run in it, which is told by whoever tries. */
async function realPaths(base: string, folder: string): Promise<readonly [base: string, folder: string]> {
  try {
    return [await realpath(base), await realpath(folder)];
  } catch {
    return [base, folder];
  }
}

function isWithin(base: string, folder: string): boolean {
  const way = relative(base, folder);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
