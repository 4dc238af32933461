import type { CheckpointFiles, CheckpointFilesRepository } from '../../../domain/file/checkpoint-files.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { KeptRows } from './kept-rows.js';

/** The files of checkpoints in memory. */
export class InMemoryCheckpointFilesRepository implements CheckpointFilesRepository {
  readonly #links = new KeptRows<CheckpointFiles>();

  link(links: readonly CheckpointFiles[], scope: TransactionScope): Promise<void> {
    for (const link of links) this.#links.put(link.checkpointId, link, scope);
    return Promise.resolve();
  }

  find(checkpointId: string): Promise<CheckpointFiles | undefined> {
    return Promise.resolve(this.#links.get(checkpointId));
  }

  ofExecution(executionId: string): Promise<readonly CheckpointFiles[]> {
    return Promise.resolve(this.#links.all().filter((link) => link.executionId === executionId));
  }

  linkedCommits(): Promise<readonly string[]> {
    const ids = this.#links.all().flatMap(({ commitId }) => (commitId === null ? [] : [commitId]));
    return Promise.resolve([...new Set(ids)].toSorted());
  }

  remove(checkpointIds: readonly string[], scope: TransactionScope): Promise<void> {
    for (const id of checkpointIds) this.#links.delete(id, scope);
    return Promise.resolve();
  }

  async removeExecution(executionId: string, scope: TransactionScope): Promise<void> {
    const own = await this.ofExecution(executionId);
    await this.remove(
      own.map(({ checkpointId }) => checkpointId),
      scope,
    );
  }
}
