import { EnvironmentRestored } from '../../../domain/events/families/environment-dependencies.events.js';
import type { EnvironmentMode } from '../../../domain/environment/environment-mode.js';
import type { ArrangementParts } from './arrangement-parts.js';
import { takeRecorded } from './begin-surroundings.js';
import type { HeldSurroundings } from './held-surroundings.js';
import type { ArrangedStep } from './surroundings.port.js';
import type { SurroundingsServices } from './surroundings-services.js';

/**
 * Puts the environment of an execution into its workspace, when work begins there. What nodes, or anybody, put in its place
 * is kept among the backups of the workspace. While the work goes on nothing is looked at: what a node does to it is its
 * own business, until work begins again.
 *
 * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_ATTACHED` when what is there can't be moved
 */
export async function attachEnvironment(services: SurroundingsServices, held: HeldSurroundings): Promise<void> {
  const { workspace, environment, isActive } = held;
  if (!isActive || workspace === undefined || environment === undefined) return;
  const { id, activation } = environment;
  const aside = asideOf(services, workspace.id);
  await services.environmentLinks.attach(id, activation.links, workspace.path, modeOf(held), aside);
}

/**
 * Gives a workspace a fresh copy of its environment where the one that is there is not what the checkpoint was made with.
 * The lock of the workspace is held. The old copy is kept among the backups, and put back when the step is given up.
 */
export async function renewCopy(
  services: SurroundingsServices,
  step: ArrangedStep,
  held: HeldSurroundings,
  checkpointId: string,
  parts: ArrangementParts,
): Promise<HeldSurroundings> {
  const { workspace, record, isOwn } = held;
  if (!isOwn || workspace === undefined || record === undefined || modeOf(held) !== 'copied') return held;
  // What is made again gets its copy when work begins there.
  if (workspace.status === 'removed' || !(await services.workspaces.folders.find(workspace.id))) return held;
  const { factory, environments, environmentLinks } = services;
  const since = factory.clock.monotonic();
  const executionId = step.snapshot.id;
  const options = { checkpointId, executionId, copyIn: workspace.path };
  if ((await environments.compare(record, options)).matches) return held;
  const environment = held.environment ?? (await takeRecorded(services, executionId, record, checkpointId));
  if (held.environment === undefined) parts.whenDiscarded(() => environment.release());
  const { id: environmentId, specHash, activation } = environment;
  const aside = asideOf(services, workspace.id);
  parts.whenDiscarded(await environmentLinks.putAside(activation.links, workspace.path, aside));
  await environmentLinks.attach(environmentId, activation.links, workspace.path, 'copied');
  const durationMs = factory.clock.monotonic() - since;
  const from = record.spec.lock === undefined ? 'spec' : 'lock';
  const restored = { environmentId, specHash, executionId, checkpointId, from, durationMs } as const;
  parts.around.push(step.make(EnvironmentRestored, restored));
  return { ...held, environment };
}

function modeOf({ record, environment }: HeldSurroundings): EnvironmentMode {
  return record?.mode ?? environment?.record.mode ?? 'shared';
}

function asideOf({ workspaces: { folders }, factory }: SurroundingsServices, workspaceId: string): string {
  return folders.backupOf(workspaceId, factory.now());
}
