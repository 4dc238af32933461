import { isTerminal } from '../../domain/execution/execution-status.js';
import { assertKeys, assertOptional, assertOptionalSignal, wholeNumber } from '../../domain/shared/options.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import type { WorkspaceQuery } from '../../domain/workspace/workspace.repository.port.js';
import { aloneIn } from './alone-in.js';
import { prepareLeaving, prepareRemoval } from './conclude-workspace.js';
import { commitPrepared } from './prepared-workspace.js';
import { assertEnds, type CleanWorkspacesOptions } from './workspace-options.js';
import { isOfThisHost, type WorkspaceServices } from './workspace-services.js';

/** A workspace whose folder was removed, or would be. */
export interface CleanedWorkspace {
  readonly workspaceId: string;
  readonly executionId: string | null;
  readonly path: string;
  readonly fileCount: number;
  /** What that frees, in bytes. */
  readonly freedBytes: number;
}

/** What cleaning came to. */
export interface CleanedWorkspaces {
  readonly workspaces: readonly CleanedWorkspace[];
  readonly freedBytes: number;
  /** What could not be removed, and why. */
  readonly errors: readonly string[];
}

/** How many rows are read at once. */
const PAGE = 200;

/** Removes the folders of executions that have ended, one transaction each. */
export async function cleanWorkspaces(
  services: WorkspaceServices,
  options: CleanWorkspacesOptions,
): Promise<CleanedWorkspaces> {
  assertKeys(options, { dryRun: true, olderThanMs: true, statuses: true, actor: true, signal: true }, 'clean option');
  const { dryRun = false, olderThanMs, statuses, actor, signal } = options;
  assertOptional(options.dryRun, 'boolean', 'dryRun');
  assertOptionalSignal(signal);
  assertEnds(statuses);
  const now = services.factory.clock.now();
  const before = olderThanMs === undefined ? Infinity : now - wholeNumber(olderThanMs, 'olderThanMs', 0);
  const workspaces: CleanedWorkspace[] = [];
  const errors: string[] = [];
  for await (const workspace of standing(services, {})) {
    signal?.throwIfAborted();
    if (!(await isOver(services, workspace, statuses, before))) continue;
    try {
      const freed = dryRun
        ? await services.folders.measure(workspace.id)
        : await aloneIn(services, workspace.id, async (now) => {
            // Whoever went back to a checkpoint meanwhile has it to work in.
            if (now?.status === undefined || now.status === 'removed') return undefined;
            if (!(await isOver(services, now, statuses, before))) return undefined;
            const removal = await prepareLeaving(services, now, () => prepareRemoval(services, now, 'batch_cleanup'));
            return (await commitPrepared(services, removal, actor === undefined ? {} : { actor })).freed;
          });
      if (freed === undefined) continue;
      const { id: workspaceId, executionId, path } = workspace;
      workspaces.push({ workspaceId, executionId, path, fileCount: freed.fileCount, freedBytes: freed.totalBytes });
    } catch (error) {
      errors.push(`${workspace.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { workspaces, errors, freedBytes: workspaces.reduce((sum, { freedBytes }) => sum + freedBytes, 0) };
}

/** The workspaces whose folders are there, as far as their rows say. Those that change meanwhile are read as they were. */
export async function* standing(
  { workspaces }: WorkspaceServices,
  query: Pick<WorkspaceQuery, 'status'>,
): AsyncGenerator<Workspace> {
  for (let before: string | undefined; ;) {
    const page = await workspaces.list({ ...query, limit: PAGE, ...(before === undefined ? {} : { before }) });
    for (const workspace of page) if (workspace.status !== 'removed') yield workspace;
    if (page.length < PAGE) return;
    before = page.at(-1)?.id;
  }
}

/** Whether the execution of a workspace of this host has ended, in a way and at a time that is asked for. */
async function isOver(
  services: WorkspaceServices,
  workspace: Workspace,
  statuses: CleanWorkspacesOptions['statuses'],
  beforeMs: number,
): Promise<boolean> {
  const { executionId, updatedAt } = workspace;
  if (executionId === null || !isOfThisHost(services, workspace)) return false;
  const execution = await services.executions.find(executionId);
  // Of one that was deleted nobody knows how it ended.
  if (execution === undefined) return statuses === undefined && Date.parse(updatedAt) <= beforeMs;
  if (!isTerminal(execution.status) || statuses?.includes(execution.status) === false) return false;
  return Date.parse(execution.endedAt ?? updatedAt) <= beforeMs;
}
