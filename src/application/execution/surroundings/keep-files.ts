import { NodeCompleted, NodeFailed, NodeStarted } from '../../../domain/events/families/node.events.js';
import {
  FileCheckpointLinked,
  FileTrackingCompleted,
  FileTrackingFailed,
  FileTrackingStarted,
} from '../../../domain/events/families/file.events.js';
import type { CheckpointFiles } from '../../../domain/file/checkpoint-files.js';
import type { FileCommit } from '../../../domain/file/file-commit.js';
import type { Workspace } from '../../../domain/workspace/workspace.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { errorRecord } from '../../context/error-record.js';
import { toldPaths } from '../../file/file-events.js';
import { prepareSnapshot } from '../../workspace/snapshot-workspace.js';
import type { ArrangementParts } from './arrangement-parts.js';
import type { Restoring } from './go-back-around.js';
import type { HeldSurroundings } from './held-surroundings.js';
import { lockFor } from './lock-for.js';
import type { ArrangedStep } from './surroundings.port.js';
import type { SurroundingsServices } from './surroundings-services.js';

/**
 * Keeps the files of a step's checkpoints: one commit for all of them, because they are made at one moment. Links each
 * checkpoint to it, and to the environment.
 */
export async function keepFiles(
  services: SurroundingsServices,
  step: ArrangedStep,
  { held, restoring }: { readonly held: HeldSurroundings; readonly restoring: Restoring | undefined },
  parts: ArrangementParts,
): Promise<HeldSurroundings> {
  const { ids } = step.newCheckpoints;
  const kept = ids.length === 0 ? undefined : await commitOf(services, step, held, restoring, parts);
  const workspace = kept?.workspace ?? held.workspace;
  const links = ids.map((checkpointId): CheckpointFiles => ({
    checkpointId,
    executionId: step.snapshot.id,
    workspaceId: workspace?.id ?? null,
    commitId: kept?.commit.id ?? null,
    environment: held.record ?? null,
  }));
  if (links.length > 0) parts.saves((scope) => services.links.link(links, scope));
  if (kept !== undefined) {
    const { id: commitId, fileCount, totalBytes } = kept.commit;
    for (const checkpointId of ids) {
      parts.link(checkpointId, step.make(FileCheckpointLinked, { checkpointId, commitId, fileCount, totalBytes }));
    }
  }
  return { ...held, workspace, tracked: track(services, step, held, kept?.commit, parts) };
}

/** The commit of a step's checkpoints. What is yet to be put back is that already, as far as they are concerned. */
async function commitOf(
  services: SurroundingsServices,
  step: ArrangedStep,
  held: HeldSurroundings,
  restoring: Restoring | undefined,
  parts: ArrangementParts,
): Promise<{ readonly commit: FileCommit; readonly workspace: Workspace | undefined } | undefined> {
  const { workspace, isOwn, files } = held;
  if (workspace === undefined) {
    // A copy that stands still has the files that it was copied with.
    const commit = files === undefined ? undefined : await services.commits.find(files.commitId ?? '');
    return commit && { commit, workspace };
  }
  if (restoring !== undefined) return { commit: restoring.commit, workspace };
  if (workspace.status === 'removed') return keptBefore(services, step, workspace);
  const release = await lockFor(services.workspaces, workspace, isOwn);
  if (release === undefined) return undefined;
  try {
    const { held: working, folders } = services.workspaces;
    // Lost while nobody works in it: who works in it next has it made again.
    const isLost = !working.has(workspace.id) && !(await folders.find(workspace.id));
    const before = isLost ? await keptBefore(services, step, workspace) : undefined;
    if (before !== undefined) return before;
    const found = (await services.workspaces.workspaces.find(workspace.id)) ?? workspace;
    const present = isOwn ? { ...workspace, commitId: found.commitId } : found;
    const isBeginning = isOwn && step.around?.what.kind === 'declared';
    const snapshot = await prepareSnapshot(services.workspaces, present, { isBeginning });
    return parts.add(snapshot, 'kept');
  } catch (error) {
    await tellFailure(services, step, held, error);
    throw error;
  } finally {
    await release();
  }
}

/** The files of a folder that is not there are those of the checkpoint before: what is changed is something else. */
async function keptBefore(
  { links, commits }: SurroundingsServices,
  step: ArrangedStep,
  workspace: Workspace,
): Promise<{ readonly commit: FileCommit; readonly workspace: Workspace } | undefined> {
  const { before } = step.newCheckpoints;
  const link = before === null || before === '' ? undefined : await links.find(before);
  const commitId = link?.commitId ?? workspace.commitId;
  const commit = commitId === null ? undefined : await commits.find(commitId);
  return commit && { commit, workspace };
}

/** What nodes did to files is tracked from their start to the checkpoint that has it. */
function track(
  { factory }: SurroundingsServices,
  step: ArrangedStep,
  held: HeldSurroundings,
  commit: FileCommit | undefined,
  parts: ArrangementParts,
): ReadonlyMap<string, number> {
  const { workspace, isActive } = held;
  if (workspace === undefined || !isActive) return held.tracked;
  const tracked = new Map(held.tracked);
  const now = factory.clock.monotonic();
  const checkpointId = step.newCheckpoints.before ?? undefined;
  for (const event of step.events) {
    if (NodeStarted.is(event)) {
      tracked.set(event.id, now);
      const from = checkpointId === undefined ? {} : { checkpointId };
      const started = { operationId: event.id, paths: [...toldPaths([workspace.path])], ...from };
      parts.follow(event.id, step.make(FileTrackingStarted, started, event.id));
    } else if (NodeCompleted.is(event) || NodeFailed.is(event)) {
      const operationId = event.context.causationId ?? '';
      const since = tracked.get(operationId);
      if (since === undefined) continue;
      tracked.delete(operationId);
      if (commit === undefined) continue;
      const completed = { operationId, commitId: commit.id, durationMs: Math.max(0, now - since) };
      parts.follow(event.id, step.make(FileTrackingCompleted, completed, event.id));
    }
  }
  return tracked;
}

/** The step will not be: that its files could not be kept is recorded by itself. */
async function tellFailure(
  { recorder, onError }: SurroundingsServices,
  step: ArrangedStep,
  { tracked }: HeldSurroundings,
  error: unknown,
): Promise<void> {
  const ended = step.events.filter((event) => NodeCompleted.is(event) || NodeFailed.is(event));
  const operations = ended
    .map(({ context }) => context.causationId)
    .filter((id) => id !== undefined && tracked.has(id));
  const at = WaymarkError.is(error) ? error.details['path'] : undefined;
  const [path] = typeof at === 'string' ? toldPaths([at]) : [];
  const where = path === undefined ? {} : { path };
  const events = operations.map((operationId) =>
    step.make(FileTrackingFailed, { operationId: operationId ?? '', error: errorRecord(error), ...where }),
  );
  // The store may be what failed: the error itself is what has to be known.
  if (events.length > 0) await recorder.record(events).catch(onError);
}
