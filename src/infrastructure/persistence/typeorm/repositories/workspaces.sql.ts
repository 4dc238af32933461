import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import {
  referredCommitsOf,
  WORKSPACE_KEEPING,
  WORKSPACE_STRATEGIES,
  type Workspace,
} from '../../../../domain/workspace/workspace.js';
import type { WorkspaceQuery } from '../../../../domain/workspace/workspace.repository.port.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { conditionsOf, deleteByKey, jsonOrNull, parsedJson, selectOf, upsertOf } from './keyed-rows.js';
import { checkRow, storedTime } from './stored-row.js';

const TABLE = 'workspaces';

const COLUMNS = [
  'id',
  'execution_id',
  'path',
  'strategy',
  'status',
  'keep',
  'ignored',
  'source_commit_id',
  'parent_workspace_id',
  'commit_id',
  'environment_id',
  'pending_restore',
  'owner',
  'created_at',
  'updated_at',
] as const;

const UPSERT = upsertOf(TABLE, COLUMNS);
const SELECT = selectOf(TABLE, COLUMNS);

const text = z.string();
const optionalText = text.nullable();

/** What a row must be to be a {@link Workspace}. */
const WORKSPACE: z.ZodType = z.object({
  id: text,
  executionId: optionalText,
  path: text,
  strategy: z.enum(WORKSPACE_STRATEGIES),
  status: z.enum(['open', 'preserved', 'removed']),
  keep: z.enum(WORKSPACE_KEEPING),
  ignore: z.array(text),
  sourceCommitId: optionalText,
  parentWorkspaceId: optionalText,
  commitId: optionalText,
  environmentId: optionalText,
  pendingRestore: z.object({ commitId: text, checkpointId: text, backup: z.boolean() }).nullable(),
  owner: text,
  createdAt: storedTime,
  updatedAt: storedTime,
} satisfies Record<keyof Workspace, z.ZodType>);

/** Adds a workspace, or changes the one of its id. */
export async function upsertWorkspace(queries: QueryRunner, workspace: Workspace): Promise<void> {
  const { id, executionId, path, strategy, status, keep, ignore, sourceCommitId } = workspace;
  const { parentWorkspaceId, commitId, environmentId, pendingRestore, owner, createdAt, updatedAt } = workspace;
  const row = [id, executionId, path, strategy, status, keep, JSON.stringify(ignore), sourceCommitId];
  const rest = [parentWorkspaceId, commitId, environmentId, jsonOrNull(pendingRestore), owner, createdAt, updatedAt];
  await dialectOf(queries).runPrepared(queries, UPSERT, [...row, ...rest]);
}

/** @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export async function selectWorkspace(queries: QueryRunner, id: string): Promise<Workspace | undefined> {
  const [found] = await select(queries, ' WHERE id = ?', [id]);
  return found;
}

/** The one of an execution that is not removed. @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export async function selectWorkspaceOf(queries: QueryRunner, executionId: string): Promise<Workspace | undefined> {
  const condition = " WHERE execution_id = ? AND status <> 'removed' ORDER BY id DESC LIMIT 1";
  const [found] = await select(queries, condition, [executionId]);
  return found;
}

/** The newest first. @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export function selectWorkspaces(
  queries: QueryRunner,
  { executionId, status, before, limit }: WorkspaceQuery,
): Promise<readonly Workspace[]> {
  const { where, parameters } = conditionsOf([
    ['execution_id = ?', executionId],
    ['status = ?', status],
    ['id < ?', before],
  ]);
  return select(queries, `${where} ORDER BY id DESC LIMIT ?`, [...parameters, limit]);
}

/** Those with a restore that was begun. @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export function selectWorkspacesToRestore(queries: QueryRunner): Promise<readonly Workspace[]> {
  return select(queries, ' WHERE pending_restore IS NOT NULL ORDER BY id', []);
}

/** The commits that workspaces need, each once. @throws WaymarkError `WAYMARK_STORE_CORRUPT` */
export async function selectReferredCommits(queries: QueryRunner): Promise<readonly string[]> {
  return referredCommitsOf(await select(queries, " WHERE status <> 'removed' OR source_commit_id IS NOT NULL", []));
}

/** Returns whether it was there. */
export function deleteWorkspace(queries: QueryRunner, id: string): Promise<boolean> {
  return deleteByKey(queries, TABLE, id);
}

async function select(
  queries: QueryRunner,
  rest: string,
  parameters: readonly unknown[],
): Promise<readonly Workspace[]> {
  return Array.from(await dialectOf(queries).selectArrays(queries, `${SELECT}${rest}`, parameters), toWorkspace);
}

function toWorkspace(values: readonly unknown[]): Workspace {
  const [id, executionId, path, strategy, status, keep, ignored, sourceCommitId, ...rest] = values;
  const [parentWorkspaceId, commitId, environmentId, pendingRestore, owner, createdAt, updatedAt] = rest;
  const row = {
    id,
    executionId,
    path,
    strategy,
    status,
    keep,
    ignore: parsedJson(ignored),
    sourceCommitId,
    parentWorkspaceId,
    commitId,
    environmentId,
    pendingRestore: parsedJson(pendingRestore),
    owner,
    createdAt,
    updatedAt,
  };
  return Object.freeze(checkRow(WORKSPACE, row, `Workspace ${String(id)}`)) as Workspace;
}
