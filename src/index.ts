import './composition/ambience.js';

// Making and wiring
export { createWaymark } from './composition/create-waymark.js';
export type { StorageConfig, WaymarkConfig } from './composition/configuration.js';
export { TOKENS } from './composition/tokens.js';
export type { AuditListener } from './application/audit/audit-listener.js';
export type { PendingCounts } from './application/audit/pending-events.js';
export { noSpill, type SpillFile } from './application/audit/spill-file.port.js';
export type { EventRecorder } from './application/audit/event-recorder.js';
export type { Commit, LogWriter } from './application/audit/log-writer.js';
export type { Recorded } from './application/audit/recorded.js';
export type { EventIntake } from './application/events/event-intake.js';
export type { WorkflowRegistry } from './application/execution/workflow-registry.js';
export { Waymark, type WaymarkParts } from './composition/waymark.js';
export { waymarkModule } from './composition/waymark.module.js';

// Events
export { defineEvent } from './domain/events/define-event.js';
export type {
  AnyEventClass,
  EventBase,
  EventClass,
  EventDefinition,
  EventOptions,
  Upcaster,
} from './domain/events/define-event.js';
export { EVENT_CATEGORIES, type EventCategory } from './domain/events/event-category.js';
export { DomainEvent, type EventRecord } from './domain/events/domain-event.js';
export { captured, type CapturePolicy } from './domain/events/capture.js';
export { type CatalogFilter, EventCatalog } from './domain/events/event-catalog.js';
export { configureEventLimits, DEFAULT_EVENT_LIMITS, type EventLimits } from './domain/events/event-limits.js';
export { eventJsonSchema } from './domain/events/json-schema.js';
export { asyncApiDocument, type AsyncApiOptions } from './application/catalog/async-api.js';
export { REDACTED, secret } from './domain/events/secret.js';
export { ERASED, personal, type PersonalOptions } from './domain/events/personal.js';
export type { AmbientContext, EventContext, EventContextInit } from './domain/events/event-context.js';
export { type EventIssue, InvalidEventError } from './domain/events/invalid-event.error.js';
export { UnknownEvent } from './domain/events/unknown-event.js';
export * from './domain/events/families/index.js';
export { emits, type EmitsDecorator, type EmitsOptions } from './application/events/emits.js';
export { runWithContext } from './application/context/run-with-context.js';

// Bus
export type { BusHistory, EventBus, HistoryQuery } from './application/bus/event-bus.port.js';
export type { BusMetrics, BusTrace, LatencySummary } from './application/bus/bus-metrics.js';
export type {
  AsyncSubscribeOptions,
  BatchHandler,
  BatchSubscribeOptions,
  BusSubscription,
  CommonSubscribeOptions,
  Delivery,
  EventHandler,
  HandlerOutcome,
  Mapped,
  OverflowPolicy,
  PublishResult,
  QueueOptions,
  RetryPolicy,
  SubscribeOptions,
  SubscriptionInfo,
  SubscriptionMode,
  SyncSubscribeOptions,
  Unmapped,
} from './application/bus/subscription.js';
export type { EventOf, EventTypeInfo, Topic, TopicItem, TopicPredicate } from './application/bus/topic.js';
export type { RecordedEventBus } from './application/bus/recorded-event-bus.port.js';
export type { DeadLetter, DeadLetterFilter, DeadLetterPage } from './application/bus/dead-letter.js';
export type { DeadLetterBox, RedriveProgress } from './application/bus/dead-letter-box.port.js';
export type { DeadLetterRepository } from './application/bus/dead-letter.repository.port.js';
export type { DeadLetterStorage } from './application/bus/recorded-event-bus.port.js';
export { RxEventBus, type RxEventBusOptions } from './infrastructure/bus/rx-event-bus.js';
export { EventFactory } from './application/context/event-factory.js';

// Bridges
export { BusBridge } from './infrastructure/bridge/bus-bridge.js';
export type { BridgeCounters, BusBridgeOptions } from './infrastructure/bridge/bridge-options.js';
export { busEndPoint } from './infrastructure/bridge/bus-end-point.js';
export type { EndPoint, Receiver, StopReceiving } from './infrastructure/bridge/end-point.js';
export { type EmitterMessage, eventEmitterEndPoint } from './infrastructure/bridge/event-emitter-end-point.js';
export { eventTargetEndPoint } from './infrastructure/bridge/event-target-end-point.js';
export { subjectEndPoint } from './infrastructure/bridge/subject-end-point.js';

// Log
export { AuditLog } from './application/audit/audit-log.js';
export type { AppendOptions } from './application/audit/append-options.js';
export type { UnreadableEntry } from './application/audit/entry-reader.js';
export type { LogPage, PageOptions } from './application/audit/read-page.js';
export type { ExportOptions } from './application/audit/export/export-options.js';
export type { ExportOutput } from './application/audit/export/export-files.port.js';
export type { ImportOptions, ImportPhase, ImportResult } from './application/audit/export/import-log.js';
export type { ExportVerification, VerifyExportOptions } from './application/audit/export/verify-export.js';
export { verifyExport } from './composition/verify-export.js';
export { EXPORT_FORMATS, type ExportFormat } from './domain/audit/export/export-format.js';
export type {
  ExportFacts,
  ExportManifest,
  ExportSeal,
  PartialExport,
  PositionRange,
  WholeExport,
} from './domain/audit/export/export-manifest.js';
export { ExportDamagedError } from './domain/audit/export/export.errors.js';
export type { StreamOptions } from './application/audit/stream-log.js';
export type { TailOptions } from './application/audit/tail-log.js';
export {
  type LogConsistency,
  LogIntegrity,
  type ProveOptions,
  type SealOptions,
  type VerifyOptions,
} from './application/audit/integrity/log-integrity.js';
export type { SinceSeal } from './application/audit/integrity/since-seal.js';
export type { VerifyMode } from './application/audit/verify-log.js';
export type { Erased, EraseOptions } from './application/audit/personal/erasure.js';
export type { AfterErasure } from './application/audit/personal/subject-keyring.js';
export type { PersonalKeysConfig } from './composition/personal-configuration.js';
export type { Retained, RetentionServices } from './application/audit/retention/retention.js';
export type { RetainOptions } from './application/audit/retention/retention-options.js';
export type { Seam } from './domain/audit/retention/seam.js';
export type { RemovedStream, RetentionRepository } from './domain/audit/retention/retention.repository.port.js';
export type { UnreadableField } from './domain/audit/personal/reveal-personal.js';
export type { SubjectKeyRecord } from './domain/audit/personal/subject-key.js';
export type { SubjectKeyRepository } from './domain/audit/personal/subject-key.repository.port.js';
export type { ExecutionsConfig } from './composition/executions-configuration.js';
export type { LogConfig } from './composition/log-configuration.js';
export type { SealsConfig } from './composition/seals-configuration.js';
export type { AuditEntry, EntryBody, EntryColumns, EntryDraft, StoredEntry } from './domain/audit/audit-entry.js';
export { type AuditCriteria, type AuditFilter, matchesAuditCriteria } from './domain/audit/audit-criteria.js';
export type { AuditOrder, AuditPage, AuditQuery } from './domain/audit/audit-query.js';
export { type AuditStatistics, type AuditTally, summarize } from './domain/audit/audit-statistics.js';
export { StreamConflictError } from './domain/audit/stream-conflict.error.js';
export type { AuditLogRepository } from './domain/audit/audit-log.repository.port.js';
export type { CheckedPage, PageCheckers } from './domain/audit/integrity/page-checkers.port.js';
export { EMPTY_HEAD, extendLog, type LogHead } from './domain/audit/integrity/log-head.js';
export { leafHash, MerkleFrontier, nodeHash } from './domain/audit/integrity/merkle-tree.js';
export type { Verdict, Verification } from './domain/audit/integrity/verification.js';
export { type InclusionClaim, proveInclusion, verifyInclusion } from './domain/audit/integrity/inclusion-proof.js';
export {
  type ConsistencyClaim,
  proveConsistency,
  verifyConsistency,
} from './domain/audit/integrity/consistency-proof.js';
export { type SubtreeHashes, subtreesOf } from './domain/audit/integrity/subtree-hashes.js';
export { extendTiles, subtreesOfTiles, type TileReader, type TileRoot } from './domain/audit/integrity/tiles.js';
export { generateSigningKey, SigningKey } from './domain/audit/integrity/signing-key.js';
export { VerifierKey } from './domain/audit/integrity/verifier-key.js';
export { type TrustedKey, type TrustedKeyInit, TrustedKeys } from './domain/audit/integrity/trusted-keys.js';
export { type Distrust, InvalidNoteError, UntrustedNoteError } from './domain/audit/integrity/note.errors.js';
export { makeSeal, parseSeal, type Seal } from './domain/audit/integrity/seal.js';
export {
  type HashSource,
  type StoredLeaf,
  type StoredTile,
  subtreesOfLog,
} from './domain/audit/integrity/stored-hashes.js';
export type { SealPage, SealRepository, StoredSeal } from './domain/audit/seal.repository.port.js';
export type { SealAnchor } from './application/audit/integrity/seal-anchor.port.js';
export { type BundleInit, makeBundle, type ProofBundle } from './domain/audit/integrity/proof-bundle.js';
export {
  type BundleVerdict,
  type BundleVerification,
  verifyBundle,
  type VerifyBundleOptions,
} from './domain/audit/integrity/verify-bundle.js';
export { type Outcome, OUTCOMES, SEVERITIES, type Severity } from './domain/audit/severity.js';

// Workflows and executions
export {
  defineWorkflow,
  type InputSchema,
  isWorkflow,
  type Workflow,
  type WorkflowOptions,
} from './domain/workflow/workflow-definition.js';
export * from './domain/workflow/nodes/index.js';
export { InvalidWorkflowError } from './domain/workflow/invalid-workflow.error.js';
export {
  loadWorkflowFile,
  type LoadWorkflowFileOptions,
  workflowFileJsonSchema,
} from './composition/workflow-files.js';
export { shell, type ShellOptions } from './infrastructure/steps/shell.js';
export { nodeScript, type NodeScriptOptions } from './infrastructure/steps/node-script.js';
export type { CommandOptions, FromContext } from './infrastructure/steps/command-options.js';
export type { CommandOutput } from './infrastructure/steps/command-step.js';
export { InvalidWorkflowFileError, type WorkflowFileProblem } from './infrastructure/pipeline/problems.js';

export type { BodyGraph, WorkflowGraph } from './domain/workflow/workflow-graph.js';
export type { CompiledBody, CompiledNode, WorkflowTree } from './domain/workflow/workflow-tree.js';
export { staticId } from './domain/workflow/address.js';
export type { ExpressionEvaluator, ExpressionScope } from './application/execution/expression-evaluator.port.js';
export { ExecutionController } from './application/execution/execution-controller.js';
export type {
  Awaiting,
  KeptSignal,
  OpenBody,
  OpenComposite,
  Progress,
  SuspendedNode,
} from './domain/execution/progress.js';
export type { AnswerResult } from './application/execution/waiting/answer-wait.js';
export type { ApproveOptions, RejectOptions } from './application/execution/waiting/approve-node.js';
export type { SignalExecutionOptions } from './application/execution/waiting/signal-execution.js';
export type { Decision } from './application/execution/waiting/wait-result.js';
export type { ExecutionHandle, ExecutionResult } from './application/execution/execution-result.js';
export type { ExecutionServices, RunOptions, VerbOptions } from './application/execution/execution-services.js';
export { ExecutionRecorder } from './application/execution/record/execution-recorder.js';
export type {
  CompletedNode,
  RecordedExecution,
  RecordedNode,
  RecordedNodeOptions,
  RecordedPause,
  RecordedScope,
  RecordedWork,
} from './application/execution/record/recording-api.js';
export type {
  ChildRecordingOptions,
  OpenRecordingOptions,
  RecordingOptions,
} from './application/execution/record/recorder-options.js';
export type { ForkOptions } from './application/execution/fork-execution.js';
export type { RestartOptions } from './application/execution/restart-execution.js';
export type { NodeToSkip } from './application/execution/skip-node.js';
export type { ModifiedState } from './application/execution/modify-state.js';
export type { LabelledExecution } from './application/execution/label-execution.js';
export type {
  BatchItem,
  BatchItems,
  BatchOptions,
  BatchOutcome,
  BatchValues,
  BatchVerb,
} from './application/execution/batch-verbs.js';
export type { VerbName } from './domain/execution/verbs.js';
export type { OnCompensationFailure, Undoing } from './domain/execution/undoing.js';
export type { NodeReached } from './application/execution/rerun-execution.js';
export type { RunningThreads } from './application/execution/thread/running-threads.js';
export type { ThreadExecution, ThreadExecutions } from './application/execution/thread/thread-executions.port.js';
export type { RecoverOptions, Recovery } from './application/execution/recover-executions.js';
export type { ResumeOptions } from './application/execution/resume-execution.js';
export type { Inspection } from './application/execution/breakpoints/inspect-execution.js';
export type { StepOptions } from './application/execution/breakpoints/step-execution.js';
export type { Breakpoint, BreakpointLike, BreakpointMoment, StoredBreakpoint } from './domain/execution/breakpoints.js';
export type { RollbackOptions, RollbackResult } from './application/execution/rollback-result.js';
export type { StartOptions } from './application/execution/start-execution.js';
export type { ProcessIdentity } from './application/execution/process-identity.port.js';
export type { ExecutionSnapshot, PauseReason } from './domain/execution/execution-snapshot.js';
export type {
  ExecutionQuery,
  ExecutionRepository,
  LeaseRenewal,
  RecoverableQuery,
} from './domain/execution/execution.repository.port.js';
export {
  EXECUTION_STATUSES,
  type ExecutionStatus,
  type ExecutionVerb,
  IllegalTransitionError,
} from './domain/execution/execution-status.js';

// Insight
export { Insight, type ExecutionStory, type InsightServices, waterfallOf } from './application/insight/insight.js';
export {
  type ExecutionPause,
  type NodeSpan,
  SPAN_STATUSES,
  type SpanStatus,
  type SpanWait,
} from './application/insight/node-span.js';
export type { Waterfall, WaterfallRow } from './application/insight/waterfall.js';
export { type CriticalPath, type CriticalStep, findCriticalPath } from './application/insight/critical-path.js';
export { findSlowest, type NodeCost } from './application/insight/slowest-nodes.js';
export {
  type Remedy,
  type WaitContext,
  type WaitKind,
  type WaitReason,
  whyItWaits,
} from './application/insight/why-waiting.js';
export {
  type Graph,
  type GraphEdge,
  type GraphNode,
  graphOfRun,
  graphOfWorkflow,
  type GraphStatus,
} from './application/insight/execution-graph.js';
export { toMermaid } from './application/insight/mermaid.js';
export { renderWaterfall, type WaterfallOptions } from './interfaces/text/render-waterfall.js';

// Checkpoints
export type { Collected, CollectOptions } from './application/checkpoint/collect-garbage.js';
export type { CopiedExecution } from './application/checkpoint/copy-execution.js';
export type { DeletedExecution } from './application/checkpoint/delete-execution.js';
export type { Pruned, PrunedExecution, PruneTarget } from './application/checkpoint/prune-checkpoints.js';
export type { PruneOptions } from './application/checkpoint/prune-options.js';
export { Checkpoints, type DiffOptions } from './application/checkpoint/checkpoints.js';
export type { PrunePolicy } from './domain/checkpoint/prune-policy.js';
export type {
  ContentCollectionRepository,
  ContentHolder,
  ContentSummary,
} from './domain/checkpoint/content-collection.port.js';
export type {
  Branch,
  Checkpoint,
  CheckpointKind,
  Content,
  ExecutionPosition,
  StateManifest,
} from './domain/checkpoint/checkpoint.js';
export type { CheckpointRepository } from './domain/checkpoint/checkpoint.repository.port.js';
export { GraphThreads } from './application/checkpoint/thread/graph-threads.js';
export type { ThreadServices } from './application/checkpoint/thread/thread-services.js';
export type { KeepsListing } from './application/checkpoint/thread/thread-reader.js';
export type { ThreadWriteInit } from './application/checkpoint/thread/thread-writer.js';
export type {
  ChannelHistory,
  ThreadListing,
  ThreadPut,
  ThreadSnapshot,
  ThreadVersion,
  ThreadVersions,
  ThreadWriteSnapshot,
} from './application/checkpoint/thread/thread-snapshot.js';
export type {
  GraphThread,
  ThreadCheckpoint,
  ThreadCheckpointKey,
  ThreadPage,
  ThreadQuery,
  ThreadWrite,
} from './domain/checkpoint/thread/graph-thread.js';
export type { ThreadRepository } from './domain/checkpoint/thread/thread.repository.port.js';
export { CheckpointTree, type CheckpointWay } from './domain/checkpoint/checkpoint-tree.js';
export { type JsonPatchOperation, toJsonPatch } from './domain/checkpoint/json-patch.js';
export { diffState, type StateChange } from './domain/checkpoint/state-diff.js';

// Stores and the ports of a host
export type { Compaction, Store, StoreFact } from './application/store/store.port.js';
export type { TransactionScope, UnitOfWork } from './domain/shared/transaction.js';
export type { Clock, Scheduler } from './domain/shared/clock.js';
export type { IdGenerator } from './domain/shared/id-generator.js';
export type { JsonObject, JsonValue } from './domain/shared/json.js';
export {
  InvalidArgumentError,
  WaymarkError,
  type WaymarkErrorCode,
  type WaymarkErrorOptions,
} from './domain/shared/errors.js';
export { InMemoryStore } from './infrastructure/persistence/in-memory/in-memory-store.js';
export { InMemoryAuditLogRepository } from './infrastructure/persistence/in-memory/in-memory-audit-log.repository.js';
export { InMemoryContents } from './infrastructure/persistence/in-memory/in-memory-contents.js';
export { InMemoryCheckpointRepository } from './infrastructure/persistence/in-memory/in-memory-checkpoint.repository.js';
export { InMemoryDeadLetterRepository } from './infrastructure/persistence/in-memory/in-memory-dead-letter.repository.js';
export { InMemoryExecutionRepository } from './infrastructure/persistence/in-memory/in-memory-execution.repository.js';
export { InMemorySealRepository } from './infrastructure/persistence/in-memory/in-memory-seal.repository.js';
export { InMemoryRetentionRepository } from './infrastructure/persistence/in-memory/in-memory-retention.repository.js';
export { InMemorySubjectKeyRepository } from './infrastructure/persistence/in-memory/in-memory-subject-key.repository.js';
export { InMemoryFileCommitRepository } from './infrastructure/persistence/in-memory/in-memory-file-commit.repository.js';
export { InMemoryCheckpointFilesRepository } from './infrastructure/persistence/in-memory/in-memory-checkpoint-files.repository.js';
export { InMemoryWorkspaceRepository } from './infrastructure/persistence/in-memory/in-memory-workspace.repository.js';
export { LocalFileStorage, type LocalFileStorageOptions } from './infrastructure/file/local-file-storage.js';
export type { OwnPlaces } from './infrastructure/file/own-places.js';
export type { FileChange, FileCommit, FileCommitStatus, FileEntry } from './domain/file/file-commit.js';
export type { FileCommitQuery, FileCommitRepository } from './domain/file/file-commit.repository.port.js';
export type { CheckpointFiles, CheckpointFilesRepository } from './domain/file/checkpoint-files.js';
export { Files, type FileLogQuery } from './application/file/files.js';
export type {
  CollectFilesOptions,
  CommitFolderOptions,
  RestoreFilesOptions,
  VerifyFilesOptions,
} from './application/file/file-options.js';
export type { CollectedFiles } from './application/file/collect-files.js';
export type { PreparedCommit, PrepareOptions } from './application/file/prepare-commit.js';
export type { VerifiedFiles } from './application/file/verify-files.js';
export type { FileServices } from './application/file/file-services.js';
export type {
  Checkout,
  CheckoutOptions,
  FileProgress,
  FileStorage,
  FileWorkOptions,
  Snapshot,
  SnapshotOptions,
  StorageCheck,
  StoredBlob,
  Swept,
} from './application/file/file-storage.port.js';
export { Workspaces } from './application/workspace/workspaces.js';
export type { InspectedWorkspace } from './application/workspace/inspect-workspace.js';
export type { RestoredWorkspace } from './application/workspace/restore-whole.js';
export type { VerifiedWorkspace } from './application/workspace/compare-workspace.js';
export type {
  ActivateOptions,
  CleanBackupsOptions,
  CleanOrphansOptions,
  CleanWorkspacesOptions,
  CreateWorkspaceOptions,
  ForkWorkspaceOptions,
  RestoreWorkspaceOptions,
  SnapshotWorkspaceOptions,
  WorkspaceOrigin,
} from './application/workspace/workspace-options.js';
export type { CleanedOrphans, Orphan } from './application/workspace/clean-orphans.js';
export type { CleanedBackup, CleanedBackups } from './application/workspace/clean-backups.js';
export type { CleanedWorkspace, CleanedWorkspaces } from './application/workspace/clean-workspaces.js';
export type { FinishedRestores } from './application/workspace/finish-restores.js';
export type {
  FolderAside,
  FolderCopy,
  FolderFound,
  FolderLock,
  FolderSize,
  FolderSource,
  FolderStamp,
  WorkspaceFolders,
} from './application/workspace/workspace-folders.port.js';
export type { WorkspacesConfig, WorkspacesHome } from './composition/workspaces-configuration.js';
export type { EnvironmentDeclaration } from './domain/environment/environment-declaration.js';
export type { EnvironmentMode } from './domain/environment/environment-mode.js';
export type { WorkspaceDeclaration } from './domain/workspace/workspace-declaration.js';
export type { EnvironmentRecord, EnvironmentSpec, Runtime } from './domain/environment/environment-spec.js';
export type { InstalledDifference } from './domain/environment/installed-difference.js';
export { Environments } from './application/environment/environments.js';
export type { Environment } from './application/environment/environment.js';
export type { KeptEnvironment } from './application/environment/environment-folders.port.js';
export type { EnvironmentLinks } from './application/environment/environment-links.port.js';
export type {
  CheckpointEnvironmentOptions,
  CompareEnvironmentOptions,
  EnvironmentLimits,
  EnvironmentOptions,
  PruneEnvironmentsOptions,
} from './application/environment/environment-options.js';
export type {
  Activation,
  EnvironmentProvider,
  ProviderOptions,
  ProviderResult,
} from './application/environment/environment-provider.port.js';
export type { PrunedEnvironment, PrunedEnvironments } from './application/environment/prune-environments.js';
export type { EnvironmentComparison } from './application/environment/restore-environment.js';
export type { EnvironmentsConfig } from './composition/environments-configuration.js';
export type { PendingRestore, Workspace, WorkspaceKeeping, WorkspaceStrategy } from './domain/workspace/workspace.js';
export type { WorkspaceQuery, WorkspaceRepository } from './domain/workspace/workspace.repository.port.js';
export { InMemoryVerbKeyRepository } from './infrastructure/persistence/in-memory/in-memory-verb-key.repository.js';
export type { VerbKey, VerbKeyRepository } from './domain/execution/verb-key.repository.port.js';
export { InMemoryThreadRepository } from './infrastructure/persistence/in-memory/in-memory-thread.repository.js';
export { InMemoryUnitOfWork } from './infrastructure/persistence/in-memory/in-memory-unit-of-work.js';

// What people read
export {
  renderCheckpointTree,
  type CheckpointTreeOptions,
  type TreeFork,
} from './interfaces/text/render-checkpoint-tree.js';
export { renderTimeline, type TimelineOptions } from './interfaces/text/render-timeline.js';
export { followProgress, type FollowedProgress, type ProgressOptions } from './interfaces/text/follow-progress.js';
export type { ProgressStream } from './interfaces/text/progress-stream.js';
export type { NodeAttempt, NodeOccurrence } from './domain/execution/node-attempt.js';
