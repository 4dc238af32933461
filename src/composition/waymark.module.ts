import 'reflect-metadata';
import { ContainerModule } from 'inversify';
import type { AuditListener } from '../application/audit/audit-listener.js';
import type { EventRecorder } from '../application/audit/event-recorder.js';
import { personalLetters } from '../application/audit/personal/personal-letters.js';
import type { DeadLetterRepository } from '../application/bus/dead-letter.repository.port.js';
import type { DeadLetterStorage } from '../application/bus/recorded-event-bus.port.js';
import { offerServices } from '../application/shared/adapter-services.js';
import { wholeNumber } from '../domain/shared/options.js';
import { parseStorage, type WaymarkConfig } from './configuration.js';
import { logSetup } from './log-configuration.js';
import { executionsSetup, startRecovery } from './executions-configuration.js';
import { sealsSetup, startSealing } from './seals-configuration.js';
import { personalKeysSetup } from './personal-configuration.js';
import { workspacesHome } from './workspaces-configuration.js';
import { environmentsSetup } from './environments-configuration.js';
import { placeBesideStorage, spillPlace } from './spill-place.js';
import { traceFromEnvironment } from './debug-trace.js';
import { TOKENS } from './tokens.js';
import { Waymark } from './waymark.js';
import './ambience.js';
import { bindFoundation } from './bindings/foundation.bindings.js';
import { bindStore } from './bindings/store.bindings.js';
import { bindLog } from './bindings/log.bindings.js';
import { bindCheckpoints } from './bindings/checkpoint.bindings.js';
import { bindExecutions } from './bindings/execution.bindings.js';
import { bindFiles } from './bindings/file.bindings.js';
import { bindWorkspaces, finishRestoresOnOpen } from './bindings/workspace.bindings.js';
import { bindSurroundings } from './bindings/surroundings.bindings.js';
import { bindEnvironments } from './bindings/environment.bindings.js';
import { bindInsight } from './bindings/insight.bindings.js';

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
  const home = workspacesHome(config.workspaces, placeBesideStorage(storage, 'files'));
  const environments = environmentsSetup(config.workspaces?.environments);
  const ownership = executionsSetup(config.executions);
  return new ContainerModule(({ bind }) => {
    bindFoundation(bind, config);
    bindStore(bind, storage);
    bindLog(bind, { log, seals, personalKeys });
    bindFiles(bind, home, storage);
    bindWorkspaces(bind, storage, ownership);
    bindEnvironments(bind, environments);
    bindSurroundings(bind, ownership);
    bindCheckpoints(bind);
    bindExecutions(bind, storePatienceMs, ownership);
    bindInsight(bind);
    bind(TOKENS.Waymark)
      .toResolvedValue(
        async (
          bus,
          log,
          executions,
          checkpoints,
          threads,
          catalog,
          store,
          writer,
          listener,
          scheduler,
          integrity,
          repository,
          recorder,
          deadLetters,
          factory,
          running,
          expressions,
          insight,
          files,
          fileStorage,
          workspacesHome,
          environments,
          workspaces,
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
          const services = { bus, log, executions, checkpoints, threads, catalog, store, writer, listener, insight };
          const closeFiles = async (): Promise<void> => {
            await environments.close();
            await fileStorage.close();
            await workspacesHome.close();
          };
          await finishRestoresOnOpen(workspaces, storage, ownership.onError);
          const sealing = await startSealing(seals.rhythm, { integrity, repository, log, writer, scheduler });
          const recovery = startRecovery(ownership, executions, scheduler);
          const waymark = new Waymark({
            ...services,
            files,
            workspaces,
            environments,
            closeFiles,
            closeGraceMs,
            ...(sealing === undefined ? {} : { sealing }),
            ...(recovery === undefined ? {} : { recovery }),
          });
          const capture = config.capture ?? false;
          offerServices(waymark, { bus, log, store, checkpoints, factory, recorder, capture, running, expressions });
          return waymark;
        },
        [
          TOKENS.EventBus,
          TOKENS.AuditLog,
          TOKENS.ExecutionController,
          TOKENS.Checkpoints,
          TOKENS.GraphThreads,
          TOKENS.EventCatalog,
          TOKENS.Store,
          TOKENS.LogWriter,
          TOKENS.AuditListener,
          TOKENS.Scheduler,
          TOKENS.LogIntegrity,
          TOKENS.SealRepository,
          TOKENS.EventRecorder,
          TOKENS.DeadLetterRepository,
          TOKENS.EventFactory,
          TOKENS.RunningThreads,
          TOKENS.ExpressionEvaluator,
          TOKENS.Insight,
          TOKENS.Files,
          TOKENS.FileStorage,
          TOKENS.WorkspacesHome,
          TOKENS.Environments,
          TOKENS.Workspaces,
        ],
      )
      .inSingletonScope();
  });
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
