import { isTerminal } from '../../../domain/execution/execution-status.js';
import type { Workspace } from '../../../domain/workspace/workspace.js';
import { leaveWorkspace } from '../../workspace/activate-workspace.js';
import { prepareEnd } from '../../workspace/conclude-workspace.js';
import { commitPrepared } from '../../workspace/prepared-workspace.js';
import type { WorkspaceServices } from '../../workspace/workspace-services.js';
import type { HeldSurroundings } from './held-surroundings.js';
import type { ArrangedStep } from './surroundings.port.js';
import type { SurroundingsServices } from './surroundings-services.js';

/**
 * Leaves what is around an execution that is run here no more, as soon as its work has settled. Where that still goes on
 * when Waymark waits no longer, the lock stays, and goes with the process. Never rejects.
 */
export async function leaveSurroundings(
  { workspaces, onError }: SurroundingsServices,
  executionId: string,
  { workspace, isActive, environment }: HeldSurroundings,
): Promise<void> {
  if (isActive && workspace !== undefined) {
    // What still works there has its environment too, for as long as the process is there.
    if (!(await workspaces.held.work.settles(workspace.id))) return;
    await workspaces.held.inTurn(workspace.id, () => leaveWorkspaceOf(workspaces, executionId, workspace));
  }
  try {
    await environment?.release();
  } catch (error) {
    onError(error);
  }
}

/** Leaves a workspace in a transaction of its own; where its execution is over, what becomes of it is in that too. */
async function leaveWorkspaceOf(services: WorkspaceServices, executionId: string, workspace: Workspace): Promise<void> {
  const { workspaces, executions, onError } = services;
  let found = workspace;
  try {
    found = (await workspaces.find(workspace.id)) ?? workspace;
    const execution = await executions.find(executionId);
    if (execution !== undefined && execution.undoing === null && isTerminal(execution.status)) {
      await commitPrepared(services, await prepareEnd(services, found, execution.status));
      return;
    }
  } catch (error) {
    onError(error);
  }
  // Whatever comes of that: this process works there no more.
  await leaveWorkspace(services, found);
}

/**
 * Waits for the work that was begun in a workspace before, so that whoever goes on or goes back there never meets it. The
 * steps of a run go on beside its own work, and an execution that is cancelled waits for nothing.
 *
 * @param isRun whether the execution is run here
 * @returns whether there was anything to wait for: the workspace is another by now
 * @throws WaymarkError `WAYMARK_WORK_GOES_ON`
 */
export async function untilLeft(
  { workspaces: { held } }: SurroundingsServices,
  { snapshot: { id, status, undoing }, around }: ArrangedStep,
  found: HeldSurroundings | undefined,
  isRun: boolean,
): Promise<boolean> {
  const kind = around?.what.kind;
  const isNew = kind === 'declared' || kind === 'forked' || kind === 'restarted';
  if (found?.workspace === undefined || isNew || (isTerminal(status) && undoing === null)) return false;
  if (isRun && kind !== 'back') return false;
  return held.work.untilLeft(found.workspace, found.isOwn ? undefined : id);
}
