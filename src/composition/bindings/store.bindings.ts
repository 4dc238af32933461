import type { Bind } from 'inversify';
import type { Store } from '../../application/store/store.port.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import { InMemoryStore } from '../../infrastructure/persistence/in-memory/in-memory-store.js';
import { PostgresStore } from '../../infrastructure/persistence/typeorm/postgres-store.js';
import { SqliteStore } from '../../infrastructure/persistence/typeorm/sqlite-store.js';
import type { StorageConfig } from '../configuration.js';
import { TOKENS } from '../tokens.js';

/** The store, and the repositories in it: each can be bound to another one by the host. */
export function bindStore(bind: Bind, storage: StorageConfig): void {
  bind(TOKENS.Store)
    .toResolvedValue((scheduler) => makeStore(storage, scheduler), [TOKENS.Scheduler])
    .inSingletonScope();
  bind(TOKENS.UnitOfWork).toResolvedValue((store) => store.unitOfWork, [TOKENS.Store]);
  bind(TOKENS.AuditLogRepository).toResolvedValue((store) => store.auditLog, [TOKENS.Store]);
  bind(TOKENS.SealRepository).toResolvedValue((store) => store.seals, [TOKENS.Store]);
  bind(TOKENS.ExecutionRepository).toResolvedValue((store) => store.executions, [TOKENS.Store]);
  bind(TOKENS.VerbKeyRepository).toResolvedValue((store) => store.verbKeys, [TOKENS.Store]);
  bind(TOKENS.CheckpointRepository).toResolvedValue((store) => store.checkpoints, [TOKENS.Store]);
  bind(TOKENS.ContentCollectionRepository).toResolvedValue((store) => store.contents, [TOKENS.Store]);
  bind(TOKENS.DeadLetterRepository).toResolvedValue((store) => store.deadLetters, [TOKENS.Store]);
  bind(TOKENS.FileCommitRepository).toResolvedValue((store) => store.fileCommits, [TOKENS.Store]);
  bind(TOKENS.CheckpointFilesRepository).toResolvedValue((store) => store.checkpointFiles, [TOKENS.Store]);
  bind(TOKENS.WorkspaceRepository).toResolvedValue((store) => store.workspaces, [TOKENS.Store]);
  bind(TOKENS.ThreadRepository).toResolvedValue((store) => store.threads, [TOKENS.Store]);
  bind(TOKENS.RetentionRepository).toResolvedValue((store) => store.retention, [TOKENS.Store]);
  bind(TOKENS.SubjectKeyRepository).toResolvedValue((store) => store.subjectKeys, [TOKENS.Store]);
}

function makeStore(storage: StorageConfig, scheduler: Scheduler): Store {
  switch (storage.kind) {
    case 'memory':
      return new InMemoryStore();
    case 'sqlite': {
      const { kind: _, ...options } = storage;
      return new SqliteStore(options, scheduler);
    }
    case 'postgres': {
      const { kind: _, url: __, ...options } = storage;
      return new PostgresStore(options, scheduler);
    }
  }
}
