import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import type { SubjectKeyRepository } from '../../domain/audit/personal/subject-key.repository.port.js';
import type { RetentionRepository } from '../../domain/audit/retention/retention.repository.port.js';
import type { SealRepository } from '../../domain/audit/seal.repository.port.js';
import type { CheckpointRepository } from '../../domain/checkpoint/checkpoint.repository.port.js';
import type { ContentCollectionRepository } from '../../domain/checkpoint/content-collection.port.js';
import type { ThreadRepository } from '../../domain/checkpoint/thread/thread.repository.port.js';
import type { ExecutionRepository } from '../../domain/execution/execution.repository.port.js';
import type { VerbKeyRepository } from '../../domain/execution/verb-key.repository.port.js';
import type { CheckpointFilesRepository } from '../../domain/file/checkpoint-files.js';
import type { FileCommitRepository } from '../../domain/file/file-commit.repository.port.js';
import type { WorkspaceRepository } from '../../domain/workspace/workspace.repository.port.js';
import type { UnitOfWork } from '../../domain/shared/transaction.js';
import type { DeadLetterRepository } from '../bus/dead-letter.repository.port.js';

/** One fact about a store, for people: what `waymark doctor` prints. */
export interface StoreFact {
  readonly name: string;
  readonly value: string;
  /** `problem` wants something done; `note` is worth knowing. */
  readonly level: 'ok' | 'note' | 'problem';
}

/** What making a store's file smaller did. */
export interface Compaction {
  /** The size of the file before, in bytes, with what is beside it. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** A place where everything is kept: its repositories and their transactions, and its life. */
export interface Store {
  readonly unitOfWork: UnitOfWork;
  readonly auditLog: AuditLogRepository;
  readonly seals: SealRepository;
  readonly executions: ExecutionRepository;
  readonly verbKeys: VerbKeyRepository;
  readonly checkpoints: CheckpointRepository;
  readonly threads: ThreadRepository;
  readonly contents: ContentCollectionRepository;
  readonly retention: RetentionRepository;
  readonly subjectKeys: SubjectKeyRepository;
  readonly deadLetters: DeadLetterRepository;
  readonly fileCommits: FileCommitRepository;
  readonly checkpointFiles: CheckpointFilesRepository;
  readonly workspaces: WorkspaceRepository;
  /**
   * Connects, checks and migrates. Idempotent.
   *
   * @throws WaymarkError `WAYMARK_STORE_…`, `WAYMARK_DRIVER_MISSING`
   */
  open(): Promise<void>;
  /** Releases what it holds. Idempotent. */
  close(): Promise<void>;
  /**
   * Makes its file as small as what is in it, where it has one. Others that write wait meanwhile, and it takes as much
   * room again as the file has.
   *
   * @throws WaymarkError `WAYMARK_STORE_LOCKED`, `WAYMARK_STORE_FULL`, `WAYMARK_STORE_READ_ONLY`: the file is as it was
   */
  compact?(): Promise<Compaction>;
  /** What there is to know about it. */
  describe(): Promise<readonly StoreFact[]>;
}
