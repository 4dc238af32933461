import { Command } from 'commander';
import type { InspectedWorkspace } from '../../../../application/workspace/inspect-workspace.js';
import type { Workspaces } from '../../../../application/workspace/workspaces.js';
import { WaymarkError } from '../../../../domain/shared/errors.js';
import type { Workspace } from '../../../../domain/workspace/workspace.js';
import { printable } from '../../../text/printable.js';
import { formatBytes, plural } from '../../../text/quantities.js';
import { withWaymark } from '../../open-waymark.js';
import { checkId, helpText } from '../../options.js';
import { type NextStep, renderNextSteps } from '../../output/next-steps.js';
import { renderFacts } from '../../output/table.js';
import type { Action, Session, SharedOptions } from '../../session.js';
import { statusColor } from './workspace-list.js';

/** `waymark workspace show ID` */
export function workspaceShowCommand(action: Action): Command {
  return new Command('show')
    .description('Show a workspace: where it is, what it holds, and who works in it.')
    .argument('<id>', 'the id of the workspace, or of its execution')
    .addHelpText('after', helpText(['waymark workspace show ID', 'waymark workspace show EXECUTION --json']))
    .action(action<SharedOptions, [string]>(show));
}

async function show(session: Session, _: SharedOptions, id: string): Promise<void> {
  await checkId(id, 'workspace id');
  await withWaymark(session, 'read', async ({ workspaces }) => {
    const found = await workspaces.inspect((await workspaceNamed(workspaces, id)).id);
    if (session.json) {
      const { workspace, ...rest } = found;
      session.printJson({ ...workspace, ...rest });
      return;
    }
    const { workspace } = found;
    const { palette } = session;
    session.print(`workspace ${palette.bold(printable(workspace.id))} ${standing(session, found)}`);
    session.print(renderFacts(factsOf(found), palette.dim));
    session.print(renderNextSteps(session, stepsFor(workspace)));
  });
}

/** A workspace by its id, or by that of its execution. @throws WaymarkError `WAYMARK_WORKSPACE_NOT_FOUND` */
export async function workspaceNamed(workspaces: Workspaces, id: string): Promise<Workspace> {
  try {
    return await workspaces.get(id);
  } catch (error) {
    const own = WaymarkError.is(error, 'WAYMARK_WORKSPACE_NOT_FOUND') ? await workspaces.ofExecution(id) : undefined;
    if (own === undefined) throw error;
    return own;
  }
}

function standing({ palette }: Session, { workspace, isThere, lock }: InspectedWorkspace): string {
  const status = statusColor(palette, workspace.status)(workspace.status);
  if (workspace.status === 'removed') return status;
  if (!isThere) return `${status}, but its folder is not here`;
  return lock === undefined ? status : `${status}, worked in by process ${lock.pid} on ${printable(lock.host)}`;
}

function factsOf({ workspace, isThere, size }: InspectedWorkspace): readonly (readonly [string, string])[] {
  const { executionId, path, strategy, keep, ignore, pendingRestore, createdAt, updatedAt } = workspace;
  const facts: (readonly [string, string | null])[] = [
    ['execution', executionId],
    ['folder', path],
    ['holds', isThere ? `${plural(size.fileCount, 'file')}, ${formatBytes(size.totalBytes)}` : null],
    ['made by', strategy],
    ['keep', keep],
    ['left out', ignore.length === 0 ? null : ignore.join(' ')],
    ['made from commit', workspace.sourceCommitId],
    ['made from workspace', workspace.parentWorkspaceId],
    ['kept last as', workspace.commitId],
    ['environment', workspace.environmentId],
    ['to be restored', pendingRestore === null ? null : `commit ${pendingRestore.commitId}`],
    ['made', createdAt],
    ['changed', updatedAt],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, printable(value)] as const]));
}

function stepsFor({ id, executionId, commitId, status }: Workspace): readonly NextStep[] {
  const steps: NextStep[] = [];
  if (status !== 'removed' && commitId !== null) {
    steps.push({ purpose: 'what was changed in it', name: 'workspace', operands: ['diff', id] });
  }
  steps.push({ purpose: 'what was kept of it', name: 'files', operands: ['log'], options: ['--workspace', id] });
  if (executionId !== null) steps.push({ purpose: 'its execution', name: 'show', operands: [executionId] });
  return steps;
}
