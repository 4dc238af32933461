import type { CheckpointFiles } from '../../../domain/file/checkpoint-files.js';
import type { EnvironmentMode } from '../../../domain/environment/environment-mode.js';
import type { EnvironmentRecord } from '../../../domain/environment/environment-spec.js';
import type { Workspace } from '../../../domain/workspace/workspace.js';
import type { WorkspaceDeclaration } from '../../../domain/workspace/workspace-declaration.js';
import type { Environment } from '../../environment/environment.js';
import { prepareCreate, prepareFork } from '../../workspace/create-workspace.js';
import type { PreparedWorkspace } from '../../workspace/prepared-workspace.js';
import type { CreateWorkspaceOptions } from '../../workspace/workspace-options.js';
import type { ArrangementParts } from './arrangement-parts.js';
import { beginningOf } from './beginning.js';
import { type HeldSurroundings, NOTHING_HELD } from './held-surroundings.js';
import type { Around, Declared } from './surroundings.port.js';
import type { SurroundingsServices } from './surroundings-services.js';

/** What a new execution is to have around it. */
type Beginning = Extract<Around, { readonly kind: 'declared' | 'forked' | 'restarted' }>;

/**
 * Makes what a new execution has around it. Its workspace is not active yet.
 *
 * @param parent what is around the execution that it is a part of, where that is run here
 */
export async function beginSurroundings(
  services: SurroundingsServices,
  executionId: string,
  around: Beginning,
  parent: HeldSurroundings | undefined,
  parts: ArrangementParts,
): Promise<HeldSurroundings | undefined> {
  switch (around.kind) {
    case 'declared':
      return declaredSurroundings(services, executionId, around.declared, parent, parts);
    case 'forked': {
      const link = await services.links.find(around.checkpointId);
      return link && forkedSurroundings(services, executionId, link, parts);
    }
    case 'restarted':
      return restartedSurroundings(services, executionId, around, parts);
  }
}

async function declaredSurroundings(
  services: SurroundingsServices,
  executionId: string,
  { workspace: declared, environment }: Declared,
  parent: HeldSurroundings | undefined,
  parts: ArrangementParts,
): Promise<HeldSurroundings | undefined> {
  const shared = declared === undefined ? parent?.workspace : undefined;
  if (declared === undefined && environment === undefined && shared === undefined) return undefined;
  const isInherited = environment === undefined && shared !== undefined;
  const taken = isInherited ? sharedWith(parent?.environment) : await takeDeclared(services, executionId, environment);
  return built(taken, parts, environment?.mode ?? parent?.record?.mode, async () => {
    if (declared === undefined) return { workspace: shared, isOwn: false };
    const options = { ...declaredOptions(declared), ...from(declared), executionId };
    return { workspace: made(await prepareCreate(services.workspaces, options), parts), isOwn: true };
  });
}

async function forkedSurroundings(
  services: SurroundingsServices,
  executionId: string,
  link: CheckpointFiles,
  parts: ArrangementParts,
): Promise<HeldSurroundings> {
  const taken =
    link.environment === null
      ? undefined
      : await takeRecorded(services, executionId, link.environment, link.checkpointId);
  return built(taken, parts, link.environment?.mode, async () => {
    const files = await filesOf(services, link);
    if (files === undefined) return { workspace: undefined, isOwn: false };
    return { workspace: made(await prepareFork(services.workspaces, files, { executionId }), parts), isOwn: true };
  });
}

/** One that worked in its parent's workspace had files too: those that were kept last. A fork gets its own copy. */
async function filesOf(
  { workspaces }: SurroundingsServices,
  link: CheckpointFiles,
): Promise<CheckpointFiles | undefined> {
  if (link.workspaceId === null || link.commitId !== null) return link.commitId === null ? undefined : link;
  const { commitId = null } = (await workspaces.workspaces.find(link.workspaceId)) ?? {};
  return commitId === null ? undefined : { ...link, commitId };
}

/**
 * The files are those that the original began with, where they were kept: the folder may be another one by now. One that
 * declares no workspace and had files all the same, those of its parent as a rule, gets a copy of its own.
 */
async function restartedSurroundings(
  services: SurroundingsServices,
  executionId: string,
  { executionId: originalId, declared }: Extract<Around, { readonly kind: 'restarted' }>,
  parts: ArrangementParts,
): Promise<HeldSurroundings | undefined> {
  const { workspace, environment } = declared;
  const [first] = await services.links.ofExecution(originalId);
  const commitId = await beginningOf(services, originalId);
  if (first === undefined || commitId === undefined) {
    return declaredSurroundings(services, executionId, declared, undefined, parts);
  }
  const isInherited = workspace === undefined && environment === undefined && (await wasShared(services, first));
  const record = isInherited ? (first.environment ?? undefined) : undefined;
  const taken =
    record === undefined
      ? await takeDeclared(services, executionId, environment)
      : await takeRecorded(services, executionId, record, first.checkpointId);
  return built(taken, parts, environment?.mode ?? record?.mode, async () => {
    const { ignore = [], keep = 'unless-completed' } = workspace ?? {};
    const prepared =
      workspace === undefined
        ? await prepareFork(services.workspaces, { ...first, commitId, workspaceId: null }, { executionId })
        : await prepareCreate(services.workspaces, { executionId, from: { commitId }, ignore, keep });
    return { workspace: made(prepared, parts), isOwn: true };
  });
}

/** Whether an execution worked in the workspace of another one. */
async function wasShared(
  { workspaces }: SurroundingsServices,
  { executionId, workspaceId }: CheckpointFiles,
): Promise<boolean> {
  const found = workspaceId === null ? undefined : await workspaces.workspaces.find(workspaceId);
  return found !== undefined && found.executionId !== executionId;
}

/** Puts a workspace and an environment together. What fails gives the environment back. */
async function built(
  taken: Environment | undefined,
  parts: ArrangementParts,
  mode: EnvironmentMode | undefined,
  make: () => Promise<Pick<HeldSurroundings, 'workspace' | 'isOwn'>>,
): Promise<HeldSurroundings> {
  if (taken !== undefined) parts.whenDiscarded(() => taken.release());
  const { workspace, isOwn } = await make();
  return {
    ...NOTHING_HELD,
    workspace: isOwn && workspace !== undefined ? usedWith(workspace, taken) : workspace,
    isOwn,
    environment: taken,
    record: taken && { ...taken.record, ...(mode === undefined ? {} : { mode }) },
  };
}

/** A workspace together with the environment that is put into it: what that links to is not among its files. */
export function usedWith(workspace: Workspace, environment: Environment | undefined): Workspace {
  const links = Object.keys(environment?.activation.links ?? {}).map((name) => `/${name}`);
  const ignore = [...new Set([...workspace.ignore, ...links])];
  return { ...workspace, environmentId: environment?.id ?? null, ignore };
}

/** A workspace that was made: it stays locked, because it is activated in the same step. */
export function made(prepared: PreparedWorkspace, parts: ArrangementParts): Workspace {
  return parts.add({ ...prepared, done: () => Promise.resolve() }, 'around').workspace;
}

function takeDeclared(
  { environments }: SurroundingsServices,
  executionId: string,
  declared: Declared['environment'],
): Promise<Environment | undefined> {
  if (declared === undefined) return Promise.resolve(undefined);
  return environments.ensure(declared.spec, { executionId, source: 'engine' });
}

/**
 * Takes the environment of a checkpoint: as it is, or made again from its lock.
 *
 * @param environmentId what is used now, where that is another one
 */
export function takeRecorded(
  { environments }: SurroundingsServices,
  executionId: string,
  record: EnvironmentRecord,
  checkpointId: string,
  environmentId?: string,
): Promise<Environment> {
  const current = environmentId === undefined ? {} : { environmentId };
  return environments.restore(record, { executionId, source: 'engine', checkpointId, ...current });
}

/** The environment of a parent, which gives it back. */
function sharedWith(environment: Environment | undefined): Environment | undefined {
  const keep = (): Promise<void> => Promise.resolve();
  return environment && { ...environment, release: keep, [Symbol.asyncDispose]: keep };
}

function declaredOptions({ from: _, ...options }: WorkspaceDeclaration): CreateWorkspaceOptions {
  return options;
}

function from({ from: origin }: WorkspaceDeclaration): Pick<CreateWorkspaceOptions, 'from'> {
  return origin === undefined ? {} : { from: origin };
}
