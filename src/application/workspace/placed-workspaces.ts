import type { TransactionScope } from '../../domain/shared/transaction.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import type { WorkspaceQuery, WorkspaceRepository } from '../../domain/workspace/workspace.repository.port.js';
import type { WorkspaceFolders } from './workspace-folders.port.js';

/**
 * The rows of workspaces, each with the path that follows from its id. What a row itself says of the path is of the home
 * that it was written in, or of somebody who altered it: a store that was moved with its home goes on where it is now,
 * and an altered path leads nowhere.
 */
export class PlacedWorkspaces implements WorkspaceRepository {
  readonly #rows: WorkspaceRepository;
  readonly #folders: Pick<WorkspaceFolders, 'pathOf'>;

  constructor(rows: WorkspaceRepository, folders: Pick<WorkspaceFolders, 'pathOf'>) {
    this.#rows = rows;
    this.#folders = folders;
  }

  save(workspace: Workspace, scope: TransactionScope): Promise<void> {
    return this.#rows.save(workspace, scope);
  }

  async find(id: string, scope?: TransactionScope): Promise<Workspace | undefined> {
    const found = await this.#rows.find(id, scope);
    return found && placed(this.#folders, found);
  }

  async ofExecution(executionId: string, scope?: TransactionScope): Promise<Workspace | undefined> {
    const found = await this.#rows.ofExecution(executionId, scope);
    return found && placed(this.#folders, found);
  }

  async list(query: WorkspaceQuery): Promise<readonly Workspace[]> {
    return (await this.#rows.list(query)).map((row) => placed(this.#folders, row));
  }

  async withPendingRestore(): Promise<readonly Workspace[]> {
    return (await this.#rows.withPendingRestore()).map((row) => placed(this.#folders, row));
  }

  referredCommits(scope?: TransactionScope): Promise<readonly string[]> {
    return this.#rows.referredCommits(scope);
  }

  remove(id: string, scope: TransactionScope): Promise<boolean> {
    return this.#rows.remove(id, scope);
  }
}

/**
 * A workspace where its id says that it is. One whose id is no name of a folder has no path, so that it can be listed;
 * whatever would touch it says `WAYMARK_WORKSPACE_OUTSIDE`.
 */
function placed(folders: Pick<WorkspaceFolders, 'pathOf'>, workspace: Workspace): Workspace {
  return Object.freeze({ ...workspace, path: pathOf(folders, workspace.id) });
}

function pathOf(folders: Pick<WorkspaceFolders, 'pathOf'>, id: string): string {
  try {
    return folders.pathOf(id);
  } catch (error) {
    if (WaymarkError.is(error, 'WAYMARK_WORKSPACE_OUTSIDE')) return '';
    throw error;
  }
}
