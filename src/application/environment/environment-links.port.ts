import type { EnvironmentMode } from '../../domain/environment/environment-mode.js';

/** Puts folders of an environment into a workspace. */
export interface EnvironmentLinks {
  /**
   * Makes each folder appear under its name: as a link, or as a copy of its own that may be written to. What is there of
   * another environment is replaced; what is there of this one stays.
   *
   * @param links names in the workspace, and the absolute path of the folder of each
   * @param aside where what somebody else put there is moved to: absolute; it need not be there. Without it, that is refused
   * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_ATTACHED` when something else is there that is not to be moved, or can't be
   */
  attach(
    environmentId: string,
    links: Readonly<Record<string, string>>,
    workspace: string,
    mode: EnvironmentMode,
    aside?: string,
  ): Promise<void>;

  /**
   * Moves whatever is there under the names into another folder on the same file system.
   *
   * @param aside absolute; it need not be there
   * @returns puts it back, in the place of what came there since
   * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_ATTACHED` when it can't be moved
   */
  putAside(links: Readonly<Record<string, string>>, workspace: string, aside: string): Promise<() => Promise<void>>;
}
