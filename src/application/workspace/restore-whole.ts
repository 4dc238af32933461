import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import type { Checkout } from '../file/file-storage.port.js';
import type { VerbOptions } from '../shared/verb.js';
import { commitPrepared } from './prepared-workspace.js';
import { intendRestore, prepareFinishRestore, triedEvents, tryRestore } from './restore-workspace.js';
import type { RestoreWorkspaceOptions } from './workspace-options.js';
import type { WorkspaceServices } from './workspace-services.js';

/** What putting files back came to, or would come to. */
export interface RestoredWorkspace extends Checkout {
  /** The workspace after it; for a dry run as it is. */
  readonly workspace: Workspace;
  readonly dryRun: boolean;
  /** The folder with copies of what was overwritten or taken away, where there are any. */
  readonly backupPath?: string;
}

/** A restore from its intent to its end, each in a transaction of its own. The caller has the lock. */
export async function restoreWorkspace(
  services: WorkspaceServices,
  found: Workspace,
  commitId: string,
  { checkpointId, backup = true, actor, signal }: RestoreWorkspaceOptions,
): Promise<RestoredWorkspace> {
  const verb = verbOf(actor);
  const pending = { commitId, checkpointId, backup };
  const intended = await commitPrepared(services, await intendRestore(services, found, pending), verb);
  const prepared = await prepareFinishRestore(services, intended.workspace, signal);
  const { workspace, checkout, backupPath } = await commitPrepared(services, prepared, verb);
  return { ...checkout, workspace, dryRun: false, ...(backupPath === undefined ? {} : { backupPath }) };
}

/** What a restore would do: no file is touched. That somebody asked is recorded, where there is an execution. */
export async function dryRestore(
  services: WorkspaceServices,
  workspace: Workspace,
  commitId: string,
  { checkpointId, actor }: RestoreWorkspaceOptions,
): Promise<RestoredWorkspace> {
  const checkout = await tryRestore(services, workspace, commitId);
  const told = triedEvents(services, workspace, checkpointId, checkout, verbOf(actor));
  if (told.length > 0) await services.recorder.record(told);
  return { ...checkout, workspace, dryRun: true };
}

/** @throws InvalidArgumentError */
export function checkRestore(commitId: string, { checkpointId }: RestoreWorkspaceOptions): void {
  assertIdentifier(commitId, 'commit id');
  assertIdentifier(checkpointId, 'checkpoint id');
}

function verbOf(actor: string | undefined): Pick<VerbOptions, 'actor'> {
  return actor === undefined ? {} : { actor };
}
