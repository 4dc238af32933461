import type { EnvironmentMode } from '../../domain/environment/environment-mode.js';

/** Puts folders of an environment into a workspace. */
export interface EnvironmentLinks {
  /**
   * Makes each folder appear under its name: as a link, or as a copy of its own that may be written to. What is there of
   * another environment is replaced; what is there of this one stays.
   *
   * @param links names in the workspace, and the absolute path of the folder of each
   * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_ATTACHED` when something else is there under the name
   */
  attach(
    environmentId: string,
    links: Readonly<Record<string, string>>,
    workspace: string,
    mode: EnvironmentMode,
  ): Promise<void>;
}
