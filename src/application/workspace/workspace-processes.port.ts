/** The processes on this machine that work in workspaces. */
export interface WorkspaceProcesses {
  /**
   * Ends the processes that an owner who is gone has left behind in a workspace, with all that is in their process groups,
   * and waits until they are. Those of nobody else, and this process's own group, are let be.
   *
   * @param path the folder of the workspace
   * @throws WaymarkError `WAYMARK_WORKSPACE_FAILED` when they can not be ended: they may still write to it
   */
  endLeftBehind(path: string): Promise<void>;
}
