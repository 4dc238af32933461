import type { Workspace } from '../../../domain/workspace/workspace.js';
import { prepareActivate } from '../../workspace/activate-workspace.js';
import type { WayBack } from '../../workspace/restore-workspace.js';
import type { ArrangementParts } from './arrangement-parts.js';
import type { HeldSurroundings } from './held-surroundings.js';
import type { ArrangedStep } from './surroundings.port.js';
import type { SurroundingsServices } from './surroundings-services.js';

/** Takes the workspace of an execution to work in, where it has one of its own and this instance does not work there yet. */
export async function activeOwn(
  services: SurroundingsServices,
  step: ArrangedStep,
  held: HeldSurroundings,
  parts: ArrangementParts,
): Promise<HeldSurroundings> {
  const { workspace, isOwn, isActive } = held;
  if (!isOwn || isActive || workspace === undefined) return held;
  const again = await removedFiles(services, step, workspace);
  const active = parts.add(await prepareActivate(services.workspaces, workspace, undefined, again), 'around');
  return { ...held, workspace: { ...active.workspace, environmentId: workspace.environmentId }, isActive: true };
}

/** What a workspace that was removed is made again with, to work in it, where a step goes back. */
async function removedFiles(
  { links }: SurroundingsServices,
  { around }: ArrangedStep,
  { status }: Workspace,
): Promise<WayBack | undefined> {
  const what = around?.what;
  if (status !== 'removed' || what?.kind !== 'back') return undefined;
  const { checkpointId } = what;
  const { commitId = null } = (await links.find(checkpointId)) ?? {};
  return commitId === null ? undefined : { commitId, checkpointId };
}
