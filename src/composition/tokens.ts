import type { ServiceIdentifier } from 'inversify';
import type { AuditListener } from '../application/audit/audit-listener.js';
import type { AuditLog } from '../application/audit/audit-log.js';
import type { EventRecorder } from '../application/audit/event-recorder.js';
import type { LogTransfer } from '../application/audit/export/log-transfer.js';
import type { LogIntegrity } from '../application/audit/integrity/log-integrity.js';
import type { Retention } from '../application/audit/retention/retention.js';
import type { Erasure } from '../application/audit/personal/erasure.js';
import type { SubjectKeyring } from '../application/audit/personal/subject-keyring.js';
import type { LogWriter } from '../application/audit/log-writer.js';
import type { SpillFile } from '../application/audit/spill-file.port.js';
import type { RecordedEventBus } from '../application/bus/recorded-event-bus.port.js';
import type { DeadLetterRepository } from '../application/bus/dead-letter.repository.port.js';
import type { GraphThreads } from '../application/checkpoint/thread/graph-threads.js';
import type { Checkpoints } from '../application/checkpoint/checkpoints.js';
import type { EventFactory } from '../application/context/event-factory.js';
import type { EventIntake } from '../application/events/event-intake.js';
import type { ExpressionEvaluator } from '../application/execution/expression-evaluator.port.js';
import type { LeaseKeeper } from '../application/execution/lease-keeper.js';
import type { ExecutionController } from '../application/execution/execution-controller.js';
import type { ExecutionRecorder } from '../application/execution/record/execution-recorder.js';
import type { Insight } from '../application/insight/insight.js';
import type { EnvironmentLinks } from '../application/environment/environment-links.port.js';
import type { EnvironmentProvider } from '../application/environment/environment-provider.port.js';
import type { Environments } from '../application/environment/environments.js';
import type { RunningThreads } from '../application/execution/thread/running-threads.js';
import type { ThreadExecutions } from '../application/execution/thread/thread-executions.port.js';
import type { ProcessIdentity } from '../application/execution/process-identity.port.js';
import type { WorkflowRegistry } from '../application/execution/workflow-registry.js';
import type { FileStorage } from '../application/file/file-storage.port.js';
import type { Files } from '../application/file/files.js';
import type { Store } from '../application/store/store.port.js';
import type { WorkspaceFolders } from '../application/workspace/workspace-folders.port.js';
import type { WorkspaceServices } from '../application/workspace/workspace-services.js';
import type { Surroundings } from '../application/execution/surroundings/surroundings.port.js';
import type { Workspaces } from '../application/workspace/workspaces.js';
import type { AuditLogRepository } from '../domain/audit/audit-log.repository.port.js';
import type { VerbKeyRepository } from '../domain/execution/verb-key.repository.port.js';
import type { SealRepository } from '../domain/audit/seal.repository.port.js';
import type { RetentionRepository } from '../domain/audit/retention/retention.repository.port.js';
import type { SubjectKeyRepository } from '../domain/audit/personal/subject-key.repository.port.js';
import type { CheckpointRepository } from '../domain/checkpoint/checkpoint.repository.port.js';
import type { ContentCollectionRepository } from '../domain/checkpoint/content-collection.port.js';
import type { ThreadRepository } from '../domain/checkpoint/thread/thread.repository.port.js';
import type { EventCatalog } from '../domain/events/event-catalog.js';
import type { ExecutionRepository } from '../domain/execution/execution.repository.port.js';
import type { Clock, Scheduler } from '../domain/shared/clock.js';
import type { IdGenerator } from '../domain/shared/id-generator.js';
import type { CheckpointFilesRepository } from '../domain/file/checkpoint-files.js';
import type { FileCommitRepository } from '../domain/file/file-commit.repository.port.js';
import type { WorkspaceRepository } from '../domain/workspace/workspace.repository.port.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import type { Waymark } from './waymark.js';
import type { WorkspacesHome } from './workspaces-configuration.js';

const token = <Service>(name: string): ServiceIdentifier<Service> => Symbol.for(`waymark.${name}`);

/**
 * What `waymarkModule` binds. A host rebinds what it wants to be its own.
 *
 * @example
 * container.load(waymarkModule({ storage: 'sqlite:./waymark.db' }));
 * container.rebind(TOKENS.AuditLogRepository).toConstantValue(new InMemoryAuditLogRepository());
 * const waymark = await container.getAsync(TOKENS.Waymark);
 */
export const TOKENS = {
  Clock: token<Clock>('clock'),
  IdGenerator: token<IdGenerator>('id-generator'),
  Scheduler: token<Scheduler>('scheduler'),
  ExpressionEvaluator: token<ExpressionEvaluator>('expression-evaluator'),
  ProcessIdentity: token<ProcessIdentity>('process-identity'),
  LeaseKeeper: token<LeaseKeeper>('lease-keeper'),
  EventFactory: token<EventFactory>('event-factory'),
  EventCatalog: token<EventCatalog>('event-catalog'),
  EventIntake: token<EventIntake>('event-intake'),
  EventBus: token<RecordedEventBus>('event-bus'),
  Store: token<Store>('store'),
  UnitOfWork: token<UnitOfWork>('unit-of-work'),
  AuditLogRepository: token<AuditLogRepository>('audit-log-repository'),
  SealRepository: token<SealRepository>('seal-repository'),
  ExecutionRepository: token<ExecutionRepository>('execution-repository'),
  VerbKeyRepository: token<VerbKeyRepository>('verb-key-repository'),
  CheckpointRepository: token<CheckpointRepository>('checkpoint-repository'),
  ContentCollectionRepository: token<ContentCollectionRepository>('content-collection-repository'),
  ThreadRepository: token<ThreadRepository>('thread-repository'),
  RetentionRepository: token<RetentionRepository>('retention-repository'),
  Retention: token<Retention>('retention'),
  SubjectKeyRepository: token<SubjectKeyRepository>('subject-key-repository'),
  SubjectKeyring: token<SubjectKeyring>('subject-keyring'),
  Erasure: token<Erasure>('erasure'),
  FileCommitRepository: token<FileCommitRepository>('file-commit-repository'),
  CheckpointFilesRepository: token<CheckpointFilesRepository>('checkpoint-files-repository'),
  WorkspaceRepository: token<WorkspaceRepository>('workspace-repository'),
  WorkspacesHome: token<WorkspacesHome>('workspaces-home'),
  FileStorage: token<FileStorage>('file-storage'),
  Files: token<Files>('files'),
  WorkspaceFolders: token<WorkspaceFolders>('workspace-folders'),
  WorkspaceServices: token<WorkspaceServices>('workspace-services'),
  Workspaces: token<Workspaces>('workspaces'),
  Surroundings: token<Surroundings>('surroundings'),
  EnvironmentProviders: token<readonly EnvironmentProvider[]>('environment-providers'),
  EnvironmentLinks: token<EnvironmentLinks>('environment-links'),
  Environments: token<Environments>('environments'),
  DeadLetterRepository: token<DeadLetterRepository>('dead-letter-repository'),
  LogWriter: token<LogWriter>('log-writer'),
  EventRecorder: token<EventRecorder>('event-recorder'),
  SpillFile: token<SpillFile>('spill-file'),
  AuditListener: token<AuditListener>('audit-listener'),
  LogIntegrity: token<LogIntegrity>('log-integrity'),
  LogTransfer: token<LogTransfer>('log-transfer'),
  AuditLog: token<AuditLog>('audit-log'),
  Checkpoints: token<Checkpoints>('checkpoints'),
  GraphThreads: token<GraphThreads>('graph-threads'),
  RunningThreads: token<RunningThreads>('running-threads'),
  ThreadExecutions: token<ThreadExecutions>('thread-executions'),
  WorkflowRegistry: token<WorkflowRegistry>('workflow-registry'),
  ExecutionController: token<ExecutionController>('execution-controller'),
  ExecutionRecorder: token<ExecutionRecorder>('execution-recorder'),
  Insight: token<Insight>('insight'),
  Waymark: token<Waymark>('waymark'),
} as const;
