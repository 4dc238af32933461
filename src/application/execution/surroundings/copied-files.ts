import type { CheckpointFiles } from '../../../domain/file/checkpoint-files.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { prepareFork } from '../../workspace/create-workspace.js';
import { type PreparedWorkspace, saveOf } from '../../workspace/prepared-workspace.js';
import { usedWith } from './begin-surroundings.js';
import { beginningOf } from './beginning.js';
import type { HeldSurroundings } from './held-surroundings.js';
import type { ArrangedStep } from './surroundings.port.js';
import type { SurroundingsServices } from './surroundings-services.js';

/** The files of a link that no workspace has: those of a copied checkpoint, until its execution goes on. */
export function copiedFiles(link: CheckpointFiles): CheckpointFiles | undefined {
  return link.workspaceId === null && link.commitId !== null ? link : undefined;
}

/** A copied execution as it is after a step that goes back: with the files of where it goes back to. */
export async function movedCopy(
  { links }: SurroundingsServices,
  { around }: ArrangedStep,
  held: HeldSurroundings,
): Promise<HeldSurroundings> {
  if (held.files === undefined || around?.what.kind !== 'back') return held;
  const target = await links.find(around.what.checkpointId);
  return { ...held, files: (target && copiedFiles(target)) ?? held.files };
}

/**
 * A copied execution as it is when it goes on: with a workspace.
 *
 * @param keep has what was made kept, in a step or by itself
 */
export async function settledCopy(
  services: SurroundingsServices,
  executionId: string,
  held: HeldSurroundings,
  keep: (prepared: PreparedWorkspace) => Promise<Pick<PreparedWorkspace, 'workspace'>>,
): Promise<HeldSurroundings> {
  if (held.files === undefined) return held;
  const { workspace } = await keep(await prepareCopied(services, executionId, held.files));
  return { ...held, workspace: usedWith(workspace, held.environment), isOwn: true, files: undefined };
}

/**
 * Makes the workspace of a copied execution that goes on for the first time. It belongs to all of its checkpoints from then
 * on, and its row knows what the original began with, so that a restart does too.
 */
async function prepareCopied(
  services: SurroundingsServices,
  executionId: string,
  files: CheckpointFiles,
): Promise<PreparedWorkspace> {
  const beginning = await beginningOf(services, executionId);
  const prepared = await prepareFork(services.workspaces, files, { executionId });
  const workspace = Object.freeze({
    ...prepared.workspace,
    sourceCommitId: beginning ?? prepared.workspace.sourceCommitId,
  });
  const relink = async (scope: TransactionScope): Promise<void> => {
    const copied = (await services.links.ofExecution(executionId, scope)).filter((link) => copiedFiles(link));
    await services.links.link(
      copied.map((link) => ({ ...link, workspaceId: workspace.id })),
      scope,
    );
  };
  return { ...prepared, workspace, save: saveOf(services.workspaces, workspace, relink) };
}
