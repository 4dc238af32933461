import type { Workspace } from '../../../../domain/workspace/workspace.js';
import type { WorkspaceQuery, WorkspaceRepository } from '../../../../domain/workspace/workspace.repository.port.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import { DatabaseAccess } from '../database-access.js';
import {
  deleteWorkspace,
  selectReferredCommits,
  selectWorkspace,
  selectWorkspaceOf,
  selectWorkspaces,
  selectWorkspacesToRestore,
  upsertWorkspace,
} from './workspaces.sql.js';

/** Workspaces in a database. */
export class TypeOrmWorkspaceRepository extends DatabaseAccess implements WorkspaceRepository {
  save(workspace: Workspace, scope: TransactionScope): Promise<void> {
    return this.write(scope, (queries) => upsertWorkspace(queries, workspace));
  }

  find(id: string, scope?: TransactionScope): Promise<Workspace | undefined> {
    return this.read(scope, (queries) => selectWorkspace(queries, id));
  }

  ofExecution(executionId: string, scope?: TransactionScope): Promise<Workspace | undefined> {
    return this.read(scope, (queries) => selectWorkspaceOf(queries, executionId));
  }

  list(query: WorkspaceQuery): Promise<readonly Workspace[]> {
    return this.read(undefined, (queries) => selectWorkspaces(queries, query));
  }

  withPendingRestore(): Promise<readonly Workspace[]> {
    return this.read(undefined, selectWorkspacesToRestore);
  }

  referredCommits(scope?: TransactionScope): Promise<readonly string[]> {
    return this.read(scope, selectReferredCommits);
  }

  remove(id: string, scope: TransactionScope): Promise<boolean> {
    return this.write(scope, (queries) => deleteWorkspace(queries, id));
  }
}
