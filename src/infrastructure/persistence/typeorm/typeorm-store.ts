import type { Store, StoreFact } from '../../../application/store/store.port.js';
import type { TypeOrmDatabase } from './database.js';
import { TypeOrmAuditLogRepository } from './repositories/typeorm-audit-log.repository.js';
import { TypeOrmCheckpointRepository } from './repositories/typeorm-checkpoint.repository.js';
import { TypeOrmContentCollectionRepository } from './repositories/typeorm-content-collection.repository.js';
import { TypeOrmCheckpointFilesRepository } from './repositories/typeorm-checkpoint-files.repository.js';
import { TypeOrmDeadLetterRepository } from './repositories/typeorm-dead-letter.repository.js';
import { TypeOrmExecutionRepository } from './repositories/typeorm-execution.repository.js';
import { TypeOrmFileCommitRepository } from './repositories/typeorm-file-commit.repository.js';
import { TypeOrmRetentionRepository } from './repositories/typeorm-retention.repository.js';
import { TypeOrmSealRepository } from './repositories/typeorm-seal.repository.js';
import { TypeOrmSubjectKeyRepository } from './repositories/typeorm-subject-key.repository.js';
import { TypeOrmThreadRepository } from './repositories/typeorm-thread.repository.js';
import { TypeOrmVerbKeyRepository } from './repositories/typeorm-verb-key.repository.js';
import { TypeOrmWorkspaceRepository } from './repositories/typeorm-workspace.repository.js';
import { TypeOrmUnitOfWork } from './typeorm-unit-of-work.js';

/** A database with a life. */
export interface LivingDatabase<Info> extends TypeOrmDatabase {
  open(): Promise<void>;
  close(): Promise<void>;
  info(): Promise<Info>;
}

/** What every store on a database is: its repositories, and the life of the database. */
export abstract class TypeOrmStore<Info> implements Store, AsyncDisposable {
  readonly unitOfWork: TypeOrmUnitOfWork;
  readonly auditLog: TypeOrmAuditLogRepository;
  readonly seals: TypeOrmSealRepository;
  readonly executions: TypeOrmExecutionRepository;
  readonly verbKeys: TypeOrmVerbKeyRepository;
  readonly checkpoints: TypeOrmCheckpointRepository;
  readonly contents: TypeOrmContentCollectionRepository;
  readonly threads: TypeOrmThreadRepository;
  readonly retention: TypeOrmRetentionRepository;
  readonly subjectKeys: TypeOrmSubjectKeyRepository;
  readonly deadLetters: TypeOrmDeadLetterRepository;
  readonly fileCommits: TypeOrmFileCommitRepository;
  readonly checkpointFiles: TypeOrmCheckpointFilesRepository;
  readonly workspaces: TypeOrmWorkspaceRepository;
  readonly #database: LivingDatabase<Info>;

  protected constructor(database: LivingDatabase<Info>) {
    this.#database = database;
    this.unitOfWork = new TypeOrmUnitOfWork(database);
    this.auditLog = new TypeOrmAuditLogRepository(database);
    this.seals = new TypeOrmSealRepository(database);
    this.executions = new TypeOrmExecutionRepository(database);
    this.verbKeys = new TypeOrmVerbKeyRepository(database);
    this.checkpoints = new TypeOrmCheckpointRepository(database);
    this.threads = new TypeOrmThreadRepository(database);
    this.contents = new TypeOrmContentCollectionRepository(database);
    this.retention = new TypeOrmRetentionRepository(database);
    this.subjectKeys = new TypeOrmSubjectKeyRepository(database);
    this.deadLetters = new TypeOrmDeadLetterRepository(database);
    this.fileCommits = new TypeOrmFileCommitRepository(database);
    this.checkpointFiles = new TypeOrmCheckpointFilesRepository(database);
    this.workspaces = new TypeOrmWorkspaceRepository(database);
  }

  /**
   * Connects, checks that there is a store of this version or an older one, or none yet, and migrates it. Idempotent;
   * one that failed can be repeated.
   *
   * @throws WaymarkError `WAYMARK_STORE_…`, or `WAYMARK_DRIVER_MISSING` when the database's driver can't be loaded
   */
  open(): Promise<void> {
    return this.#database.open();
  }

  /** Waits for the transactions that were begun, and releases what it holds. Idempotent; a closed store stays closed. */
  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What the store is and how it is set. */
  info(): Promise<Info> {
    return this.#database.info();
  }

  abstract describe(): Promise<readonly StoreFact[]>;
}
