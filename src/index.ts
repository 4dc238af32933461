import './composition/ambience.js';

// Making and wiring
export { createWaymark } from './composition/create-waymark.js';
export type { StorageConfig, WaymarkConfig } from './composition/configuration.js';
export { TOKENS } from './composition/tokens.js';
export type { AuditListener } from './application/audit/audit-listener.js';
export type { EventRecorder } from './application/audit/event-recorder.js';
export type { Commit, LogWriter, Recorded } from './application/audit/log-writer.js';
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
export { AuditLog, type TailOptions, type UnreadableEntry } from './application/audit/audit-log.js';
export type { VerifyOptions } from './application/audit/verify-log.js';
export type { AuditEntry, EntryBody, EntryColumns, EntryDraft, StoredEntry } from './domain/audit/audit-entry.js';
export type { AuditFilter, AuditPage, AuditQuery } from './domain/audit/audit-query.js';
export type { AuditLogRepository } from './domain/audit/audit-log.repository.port.js';
export { EMPTY_HEAD, extendLog, type LogHead } from './domain/audit/integrity/log-head.js';
export { leafHash, MerkleFrontier, nodeHash } from './domain/audit/integrity/merkle-tree.js';
export type { Verdict, Verification } from './domain/audit/integrity/verification.js';
export { type Outcome, OUTCOMES, SEVERITIES, type Severity } from './domain/audit/severity.js';

// Workflows and executions
export {
  defineWorkflow,
  type InputSchema,
  isWorkflow,
  type NodeContext,
  task,
  type TaskNode,
  type TaskWork,
  type Workflow,
  type WorkflowNode,
  type WorkflowOptions,
} from './domain/workflow/workflow-definition.js';
export { InvalidWorkflowError } from './domain/workflow/invalid-workflow.error.js';
export type { WorkflowGraph } from './domain/workflow/workflow-graph.js';
export { ExecutionController } from './application/execution/execution-controller.js';
export type { ExecutionHandle, ExecutionResult } from './application/execution/execution-result.js';
export type { ExecutionServices, RunOptions, VerbOptions } from './application/execution/execution-services.js';
export type { ForkOptions } from './application/execution/fork-execution.js';
export type { ResumeOptions } from './application/execution/resume-execution.js';
export type { RollbackOptions, RollbackResult } from './application/execution/rollback-execution.js';
export type { StartOptions } from './application/execution/start-execution.js';
export type { ProcessIdentity } from './application/execution/process-identity.port.js';
export type { ExecutionSnapshot, NodeAttempt, PauseReason } from './domain/execution/execution.js';
export type { ExecutionQuery, ExecutionRepository } from './domain/execution/execution.repository.port.js';
export {
  EXECUTION_STATUSES,
  type ExecutionStatus,
  type ExecutionVerb,
  IllegalTransitionError,
} from './domain/execution/execution-status.js';

// Checkpoints
export { Checkpoints } from './application/checkpoint/checkpoints.js';
export type {
  Branch,
  Checkpoint,
  CheckpointKind,
  Content,
  ExecutionPosition,
  NodeOccurrence,
  StateManifest,
} from './domain/checkpoint/checkpoint.js';
export type { CheckpointRepository } from './domain/checkpoint/checkpoint.repository.port.js';
export { CheckpointTree } from './domain/checkpoint/checkpoint-tree.js';
export { diffJson, type StateChange } from './domain/checkpoint/state-diff.js';

// Stores and the ports of a host
export type { Store, StoreFact } from './application/store/store.port.js';
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
export { InMemoryCheckpointRepository } from './infrastructure/persistence/in-memory/in-memory-checkpoint.repository.js';
export { InMemoryDeadLetterRepository } from './infrastructure/persistence/in-memory/in-memory-dead-letter.repository.js';
export { InMemoryExecutionRepository } from './infrastructure/persistence/in-memory/in-memory-execution.repository.js';
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
