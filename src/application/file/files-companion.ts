import type { CheckpointFilesRepository } from '../../domain/file/checkpoint-files.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import type { CheckpointCompanion } from '../checkpoint/checkpoint-companion.js';

/**
 * Forgets and copies what was around executions whose checkpoints are removed and copied. The commits stay: others may
 * refer to them, and `Files.gc` collects those that nobody does.
 */
export class FilesCompanion implements CheckpointCompanion {
  readonly #links: CheckpointFilesRepository;

  constructor(links: CheckpointFilesRepository) {
    this.#links = links;
  }

  /** None: a commit has all of its files. */
  neededAncestors(): Promise<Iterable<string>> {
    return Promise.resolve([]);
  }

  async isTaken(executionId: string, scope: TransactionScope): Promise<boolean> {
    return (await this.#links.ofExecution(executionId, scope)).length > 0;
  }

  forget(_executionId: string, checkpointIds: readonly string[], scope: TransactionScope): Promise<void> {
    return this.#links.remove(checkpointIds, scope);
  }

  forgetExecution(executionId: string, scope: TransactionScope): Promise<void> {
    return this.#links.removeExecution(executionId, scope);
  }

  /** The copy goes back to the same files. The workspace stays with the original: the copy gets one of its own. */
  async copied(
    executionId: string,
    newId: string,
    ids: ReadonlyMap<string, string>,
    scope: TransactionScope,
  ): Promise<void> {
    const copies = (await this.#links.ofExecution(executionId, scope)).flatMap((link) => {
      const checkpointId = ids.get(link.checkpointId);
      return checkpointId === undefined ? [] : [{ ...link, checkpointId, executionId: newId, workspaceId: null }];
    });
    await this.#links.link(copies, scope);
  }
}
