import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { referredCommitsOf, type Workspace } from '../../../domain/workspace/workspace.js';
import type { WorkspaceQuery, WorkspaceRepository } from '../../../domain/workspace/workspace.repository.port.js';
import { KeptRows } from './kept-rows.js';

/** Workspaces in memory. */
export class InMemoryWorkspaceRepository implements WorkspaceRepository {
  readonly #workspaces = new KeptRows<Workspace>();

  save(workspace: Workspace, scope: TransactionScope): Promise<void> {
    this.#workspaces.put(workspace.id, workspace, scope);
    return Promise.resolve();
  }

  find(id: string): Promise<Workspace | undefined> {
    return Promise.resolve(this.#workspaces.get(id));
  }

  ofExecution(executionId: string): Promise<Workspace | undefined> {
    const own = this.#workspaces.all().filter((workspace) => workspace.executionId === executionId);
    return Promise.resolve(own.findLast(({ status }) => status !== 'removed'));
  }

  list({ executionId, status, before, limit }: WorkspaceQuery): Promise<readonly Workspace[]> {
    const wanted = this.#workspaces
      .all()
      .filter(
        (workspace) =>
          (executionId === undefined || workspace.executionId === executionId) &&
          (status === undefined || workspace.status === status) &&
          (before === undefined || workspace.id < before),
      );
    return Promise.resolve(wanted.toReversed().slice(0, limit));
  }

  withPendingRestore(): Promise<readonly Workspace[]> {
    return Promise.resolve(this.#workspaces.all().filter(({ pendingRestore }) => pendingRestore !== null));
  }

  referredCommits(): Promise<readonly string[]> {
    return Promise.resolve(referredCommitsOf(this.#workspaces.all()));
  }

  remove(id: string, scope: TransactionScope): Promise<boolean> {
    return Promise.resolve(this.#workspaces.delete(id, scope));
  }
}
