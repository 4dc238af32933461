import type { Store, StoreFact } from '../../../application/store/store.port.js';
import { InMemoryAuditLogRepository } from './in-memory-audit-log.repository.js';
import { InMemoryCheckpointRepository } from './in-memory-checkpoint.repository.js';
import { InMemoryCheckpointFilesRepository } from './in-memory-checkpoint-files.repository.js';
import { InMemoryContents } from './in-memory-contents.js';
import { InMemoryDeadLetterRepository } from './in-memory-dead-letter.repository.js';
import { InMemoryExecutionRepository } from './in-memory-execution.repository.js';
import { InMemoryFileCommitRepository } from './in-memory-file-commit.repository.js';
import { InMemoryRetentionRepository } from './in-memory-retention.repository.js';
import { InMemorySealRepository } from './in-memory-seal.repository.js';
import { InMemorySubjectKeyRepository } from './in-memory-subject-key.repository.js';
import { InMemoryThreadRepository } from './in-memory-thread.repository.js';
import { InMemoryVerbKeyRepository } from './in-memory-verb-key.repository.js';
import { InMemoryWorkspaceRepository } from './in-memory-workspace.repository.js';
import { InMemoryUnitOfWork } from './in-memory-unit-of-work.js';

/** Everything in memory, gone when the process ends. */
export class InMemoryStore implements Store {
  readonly unitOfWork = new InMemoryUnitOfWork();
  readonly auditLog = new InMemoryAuditLogRepository();
  readonly seals = new InMemorySealRepository();
  readonly executions = new InMemoryExecutionRepository();
  readonly verbKeys = new InMemoryVerbKeyRepository();
  readonly contents = new InMemoryContents();
  readonly checkpoints = new InMemoryCheckpointRepository(this.contents);
  readonly threads = new InMemoryThreadRepository();
  readonly retention = new InMemoryRetentionRepository(this.auditLog);
  readonly subjectKeys = new InMemorySubjectKeyRepository();
  readonly deadLetters = new InMemoryDeadLetterRepository();
  readonly fileCommits = new InMemoryFileCommitRepository();
  readonly checkpointFiles = new InMemoryCheckpointFilesRepository();
  readonly workspaces = new InMemoryWorkspaceRepository();

  open(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  describe(): Promise<readonly StoreFact[]> {
    return Promise.resolve([{ name: 'storage', value: 'memory: nothing outlives the process', level: 'note' }]);
  }
}
