import 'reflect-metadata';
import { ContainerModule } from 'inversify';
import { AuditListener } from '../application/audit/audit-listener.js';
import { AuditLog } from '../application/audit/audit-log.js';
import { EventRecorder } from '../application/audit/event-recorder.js';
import { LogTransfer } from '../application/audit/export/log-transfer.js';
import { LogIntegrity } from '../application/audit/integrity/log-integrity.js';
import { Retention } from '../application/audit/retention/retention.js';
import { Erasure } from '../application/audit/personal/erasure.js';
import { personalLetters } from '../application/audit/personal/personal-letters.js';
import { SubjectKeyring } from '../application/audit/personal/subject-keyring.js';
import { LogWriter } from '../application/audit/log-writer.js';
import { PendingEvents } from '../application/audit/pending-events.js';
import type { DeadLetterRepository } from '../application/bus/dead-letter.repository.port.js';
import type { DeadLetterStorage } from '../application/bus/recorded-event-bus.port.js';
import { Checkpoints } from '../application/checkpoint/checkpoints.js';
import { EventFactory } from '../application/context/event-factory.js';
import { EventIntake } from '../application/events/event-intake.js';
import { ExecutionController } from '../application/execution/execution-controller.js';
import { WorkflowRegistry } from '../application/execution/workflow-registry.js';
import type { Store } from '../application/store/store.port.js';
import { EventCatalog } from '../domain/events/event-catalog.js';
import { WAYMARK_EVENTS } from '../domain/events/families/index.js';
import type { Scheduler } from '../domain/shared/clock.js';
import { wholeNumber } from '../domain/shared/options.js';
import { RxEventBus, type RxEventBusOptions } from '../infrastructure/bus/rx-event-bus.js';
import { fileExports } from '../infrastructure/export/file-exports.js';
import { InMemoryStore } from '../infrastructure/persistence/in-memory/in-memory-store.js';
import { PostgresStore } from '../infrastructure/persistence/typeorm/postgres-store.js';
import { SqliteStore } from '../infrastructure/persistence/typeorm/sqlite-store.js';
import { packageVersion } from '../infrastructure/runtime/package-version.js';
import { makeProcessIdentity } from '../infrastructure/runtime/process-identity.js';
import { systemClock } from '../infrastructure/runtime/system-clock.js';
import { timerScheduler } from '../infrastructure/runtime/timer-scheduler.js';
import { uuidV7IdGenerator } from '../infrastructure/runtime/uuid-v7-id-generator.js';
import './ambience.js';
import { parseStorage, type StorageConfig, type WaymarkConfig } from './configuration.js';
import { logSetup, makeSpill } from './log-configuration.js';
import { sealsSetup, startSealing } from './seals-configuration.js';
import { personalKeysSetup } from './personal-configuration.js';
import { spillPlace } from './spill-place.js';
import { traceFromEnvironment } from './debug-trace.js';
import { TOKENS } from './tokens.js';
import { Waymark } from './waymark.js';

const DEFAULT_GRACE_MS = 10_000;
const DEFAULT_PATIENCE_MS = 60_000;

/**
 * Everything Waymark consists of, as an inversify module: each service is bound to its symbol in {@link TOKENS}, once
 * for the container.
 *
 * Get `TOKENS.Waymark` with `getAsync`: that opens the store and begins to record what is published on the bus.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_STORAGE`; `WAYMARK_INVALID_KEY` or `WAYMARK_KEY_FILE_FAILED` when a key
 *   of `seals` can't be read
 * @example
 * const container = new Container();
 * container.load(waymarkModule({ storage: 'memory:' }));
 * const waymark = await container.getAsync(TOKENS.Waymark);
 */
export function waymarkModule(config: WaymarkConfig): ContainerModule {
  const storage = parseStorage(config.storage);
  const personalKeys = personalKeysSetup(config.personalKeys);
  const seals = sealsSetup(config.seals);
  const log = logSetup(config.log, spillPlace(storage));
  const storePatienceMs = wholeNumber(config.storePatienceMs ?? DEFAULT_PATIENCE_MS, 'storePatienceMs', 0);
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.Clock).toConstantValue(config.clock ?? systemClock);
    bind(TOKENS.IdGenerator).toConstantValue(config.ids ?? uuidV7IdGenerator);
    bind(TOKENS.Scheduler).toConstantValue(config.scheduler ?? timerScheduler);
    bind(TOKENS.ProcessIdentity)
      .toResolvedValue(() => config.identity ?? makeProcessIdentity())
      .inSingletonScope();
    bind(TOKENS.EventFactory)
      .toResolvedValue((clock, ids) => new EventFactory(clock, ids), [TOKENS.Clock, TOKENS.IdGenerator])
      .inSingletonScope();
    bind(TOKENS.EventCatalog)
      .toResolvedValue(() => new EventCatalog(WAYMARK_EVENTS))
      .inSingletonScope();
    bind(TOKENS.EventIntake)
      .toResolvedValue(
        (catalog) => new EventIntake(catalog, config.capture ?? false, config.unregistered),
        [TOKENS.EventCatalog],
      )
      .inSingletonScope();
    bind(TOKENS.EventBus)
      .toResolvedValue(
        (factory, intake, catalog, scheduler) =>
          new RxEventBus(factory, { ...busOptions(config), intake, catalog, scheduler }),
        [TOKENS.EventFactory, TOKENS.EventIntake, TOKENS.EventCatalog, TOKENS.Scheduler],
      )
      .inSingletonScope();

    bind(TOKENS.Store)
      .toResolvedValue((scheduler) => makeStore(storage, scheduler), [TOKENS.Scheduler])
      .inSingletonScope();
    bind(TOKENS.UnitOfWork).toResolvedValue((store) => store.unitOfWork, [TOKENS.Store]);
    bind(TOKENS.AuditLogRepository).toResolvedValue((store) => store.auditLog, [TOKENS.Store]);
    bind(TOKENS.SealRepository).toResolvedValue((store) => store.seals, [TOKENS.Store]);
    bind(TOKENS.ExecutionRepository).toResolvedValue((store) => store.executions, [TOKENS.Store]);
    bind(TOKENS.CheckpointRepository).toResolvedValue((store) => store.checkpoints, [TOKENS.Store]);
    bind(TOKENS.DeadLetterRepository).toResolvedValue((store) => store.deadLetters, [TOKENS.Store]);

    bind(TOKENS.RetentionRepository).toResolvedValue((store) => store.retention, [TOKENS.Store]);
    bind(TOKENS.SubjectKeyRepository).toResolvedValue((store) => store.subjectKeys, [TOKENS.Store]);
    bind(TOKENS.SubjectKeyring)
      .toResolvedValue(
        (repository, clock, ids) => new SubjectKeyring({ repository, clock, ids, ...personalKeys }),
        [TOKENS.SubjectKeyRepository, TOKENS.Clock, TOKENS.IdGenerator],
      )
      .inSingletonScope();
    bind(TOKENS.Erasure)
      .toResolvedValue(
        (log, keys, keyring, recorder, factory, scheduler) =>
          new Erasure({ log, keys, keyring, recorder, factory, scheduler }),
        [
          TOKENS.AuditLogRepository,
          TOKENS.SubjectKeyRepository,
          TOKENS.SubjectKeyring,
          TOKENS.EventRecorder,
          TOKENS.EventFactory,
          TOKENS.Scheduler,
        ],
      )
      .inSingletonScope();
    bind(TOKENS.LogWriter)
      .toResolvedValue(
        (unitOfWork, repository, catalog, clock, keyring) =>
          new LogWriter(unitOfWork, repository, catalog, clock, keyring),
        [TOKENS.UnitOfWork, TOKENS.AuditLogRepository, TOKENS.EventCatalog, TOKENS.Clock, TOKENS.SubjectKeyring],
      )
      .inSingletonScope();
    bind(TOKENS.EventRecorder)
      .toResolvedValue((writer, bus) => new EventRecorder(writer, bus), [TOKENS.LogWriter, TOKENS.EventBus])
      .inSingletonScope();
    bind(TOKENS.SpillFile)
      .toResolvedValue((identity, clock) => makeSpill(log, identity, clock), [TOKENS.ProcessIdentity, TOKENS.Clock])
      .inSingletonScope();
    bind(TOKENS.AuditListener)
      .toResolvedValue(
        (writer, recorder, factory, scheduler, spill, catalog) => {
          const pending = new PendingEvents(spill, log.limits, catalog, factory);
          return new AuditListener({ writer, recorder, factory, scheduler, pending });
        },
        [
          TOKENS.LogWriter,
          TOKENS.EventRecorder,
          TOKENS.EventFactory,
          TOKENS.Scheduler,
          TOKENS.SpillFile,
          TOKENS.EventCatalog,
        ],
      )
      .inSingletonScope();
    bind(TOKENS.LogIntegrity)
      .toResolvedValue(
        (log, repository, retention, recorder, factory) =>
          new LogIntegrity({ log, seals: repository, retention, recorder, factory, ...seals.services }),
        [
          TOKENS.AuditLogRepository,
          TOKENS.SealRepository,
          TOKENS.RetentionRepository,
          TOKENS.EventRecorder,
          TOKENS.EventFactory,
        ],
      )
      .inSingletonScope();
    bind(TOKENS.LogTransfer)
      .toResolvedValue(
        (log, repository, retention, unitOfWork, recorder, factory) =>
          new LogTransfer({
            log,
            seals: repository,
            retention,
            unitOfWork,
            recorder,
            factory,
            files: fileExports,
            version: packageVersion(),
          }),
        [
          TOKENS.AuditLogRepository,
          TOKENS.SealRepository,
          TOKENS.RetentionRepository,
          TOKENS.UnitOfWork,
          TOKENS.EventRecorder,
          TOKENS.EventFactory,
        ],
      )
      .inSingletonScope();
    bind(TOKENS.Retention)
      .toResolvedValue(
        (retention, integrity, log, repository, unitOfWork, recorder, factory) => {
          const transfer = { log, seals: repository, retention, unitOfWork, recorder, factory };
          const files = { files: fileExports, version: packageVersion() };
          return new Retention({
            retention,
            integrity,
            signer: seals.services.signer,
            transfer: { ...transfer, ...files },
          });
        },
        [
          TOKENS.RetentionRepository,
          TOKENS.LogIntegrity,
          TOKENS.AuditLogRepository,
          TOKENS.SealRepository,
          TOKENS.UnitOfWork,
          TOKENS.EventRecorder,
          TOKENS.EventFactory,
        ],
      )
      .inSingletonScope();
    bind(TOKENS.AuditLog)
      .toResolvedValue(
        (repository, writer, catalog, scheduler, intake, integrity, keyring, erasure, transfer, retention) =>
          new AuditLog(repository, writer, catalog, scheduler, intake, integrity, {
            keyring,
            erasure,
            transfer,
            retention,
          }),
        [
          TOKENS.AuditLogRepository,
          TOKENS.LogWriter,
          TOKENS.EventCatalog,
          TOKENS.Scheduler,
          TOKENS.EventIntake,
          TOKENS.LogIntegrity,
          TOKENS.SubjectKeyring,
          TOKENS.Erasure,
          TOKENS.LogTransfer,
          TOKENS.Retention,
        ],
      )
      .inSingletonScope();
    bind(TOKENS.Checkpoints)
      .toResolvedValue(
        (repository, recorder, factory) => new Checkpoints(repository, recorder, factory),
        [TOKENS.CheckpointRepository, TOKENS.EventRecorder, TOKENS.EventFactory],
      )
      .inSingletonScope();
    bind(TOKENS.WorkflowRegistry)
      .toResolvedValue(() => new WorkflowRegistry())
      .inSingletonScope();
    bind(TOKENS.ExecutionController)
      .toResolvedValue(
        (executions, checkpoints, recorder, factory, scheduler, tree, registry, identity) =>
          new ExecutionController({
            executions,
            checkpoints,
            recorder,
            factory,
            scheduler,
            tree,
            registry,
            identity,
            storePatienceMs,
          }),
        [
          TOKENS.ExecutionRepository,
          TOKENS.CheckpointRepository,
          TOKENS.EventRecorder,
          TOKENS.EventFactory,
          TOKENS.Scheduler,
          TOKENS.Checkpoints,
          TOKENS.WorkflowRegistry,
          TOKENS.ProcessIdentity,
        ],
      )
      .inSingletonScope();
    bind(TOKENS.Waymark)
      .toResolvedValue(
        async (
          bus,
          log,
          executions,
          checkpoints,
          catalog,
          store,
          writer,
          listener,
          scheduler,
          integrity,
          repository,
          recorder,
          deadLetters,
        ) => {
          await store.open();
          await listener.adopt();
          listener.attach(bus);
          bus.keepDeadLettersIn({
            ...recordedDeadLetters(deadLetters, recorder, listener),
            ...personalLetters(catalog, (eventId) => log.get(eventId)),
          });
          traceFromEnvironment(bus, config.debug);
          const closeGraceMs = config.closeGraceMs ?? DEFAULT_GRACE_MS;
          const services = { bus, log, executions, checkpoints, catalog, store, writer, listener };
          const sealing = await startSealing(seals.rhythm, { integrity, repository, log, writer, scheduler });
          return new Waymark({ ...services, closeGraceMs, ...(sealing === undefined ? {} : { sealing }) });
        },
        [
          TOKENS.EventBus,
          TOKENS.AuditLog,
          TOKENS.ExecutionController,
          TOKENS.Checkpoints,
          TOKENS.EventCatalog,
          TOKENS.Store,
          TOKENS.LogWriter,
          TOKENS.AuditListener,
          TOKENS.Scheduler,
          TOKENS.LogIntegrity,
          TOKENS.SealRepository,
          TOKENS.EventRecorder,
          TOKENS.DeadLetterRepository,
        ],
      )
      .inSingletonScope();
  });
}

function busOptions(
  config: WaymarkConfig,
): Pick<RxEventBusOptions, 'historySize' | 'historyBytes' | 'maxDepth' | 'maxCascade'> {
  return {
    ...(config.historySize === undefined ? {} : { historySize: config.historySize }),
    ...(config.historyBytes === undefined ? {} : { historyBytes: config.historyBytes }),
    ...(config.maxPublishDepth === undefined ? {} : { maxDepth: config.maxPublishDepth }),
    ...(config.maxPublishCascade === undefined ? {} : { maxCascade: config.maxPublishCascade }),
  };
}

/** Dead letters in the store, each in one transaction with the event that tells of it. */
function recordedDeadLetters(
  repository: DeadLetterRepository,
  recorder: EventRecorder,
  listener: AuditListener,
): DeadLetterStorage {
  return {
    repository,
    commit: async (event, write) => {
      // The failures that led to it come before it in the log.
      await listener.flush();
      await recorder.commitForHandler({
        weight: 1,
        write: async (scope) => {
          await write(scope);
          return [event];
        },
      });
    },
  };
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
