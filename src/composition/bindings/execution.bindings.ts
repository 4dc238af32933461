import type { Bind } from 'inversify';
import { StateEncoder } from '../../domain/checkpoint/content/state-encoder.js';
import { ExecutionController } from '../../application/execution/execution-controller.js';
import { LeaseKeeper } from '../../application/execution/lease-keeper.js';
import { ThreadVerbs } from '../../application/execution/thread/thread-verbs.js';
import { VerbKeys } from '../../application/execution/verb-once.js';
import { WorkflowRegistry } from '../../application/execution/workflow-registry.js';
import { langGraphEngine } from '../../infrastructure/bridge/langgraph/engine/langgraph-engine.js';
import type { ExecutionsSetup } from '../executions-configuration.js';
import { TOKENS } from '../tokens.js';

/** Executions: our own, and those of other engines with the verbs that make sense for them. */
export function bindExecutions(
  bind: Bind,
  storePatienceMs: number,
  { leaseMs, maxInMemoryWaitMs, onError }: Omit<ExecutionsSetup, 'recoverEveryMs'>,
): void {
  bind(TOKENS.LeaseKeeper)
    .toResolvedValue(
      (executions, writer, clock, scheduler, { self }) =>
        new LeaseKeeper(
          { executions, commit: (commit) => writer.commit(commit), clock, scheduler, owner: self },
          leaseMs,
        ),
      [TOKENS.ExecutionRepository, TOKENS.LogWriter, TOKENS.Clock, TOKENS.Scheduler, TOKENS.ProcessIdentity],
    )
    .inSingletonScope();
  bind(TOKENS.ThreadExecutions)
    .toResolvedValue(
      (checkpoints, threads, executions, recorder, factory, tree, log, running, listener) =>
        new ThreadVerbs({
          checkpoints,
          threads,
          executions,
          recorder,
          factory,
          tree,
          log,
          running,
          engine: langGraphEngine,
          encoder: new StateEncoder({ foreign: langGraphEngine.values }),
          flush: () => listener.flush(),
        }),
      [
        TOKENS.CheckpointRepository,
        TOKENS.ThreadRepository,
        TOKENS.ExecutionRepository,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.Checkpoints,
        TOKENS.AuditLog,
        TOKENS.RunningThreads,
        TOKENS.AuditListener,
      ],
    )
    .inSingletonScope();
  bind(TOKENS.WorkflowRegistry)
    .toResolvedValue(() => new WorkflowRegistry())
    .inSingletonScope();
  bind(TOKENS.ExecutionController)
    .toResolvedValue(
      (
        executions,
        verbKeys,
        checkpoints,
        recorder,
        factory,
        scheduler,
        tree,
        registry,
        identity,
        leases,
        log,
        expressions,
        threads,
        surroundings,
      ) =>
        new ExecutionController(
          {
            executions,
            verbKeys: new VerbKeys(verbKeys, () => factory.now()),
            checkpoints,
            recorder,
            factory,
            scheduler,
            tree,
            registry,
            identity,
            leases,
            log,
            expressions,
            surroundings,
            onError,
            storePatienceMs,
            maxInMemoryWaitMs,
            encoder: new StateEncoder(),
          },
          threads,
        ),
      [
        TOKENS.ExecutionRepository,
        TOKENS.VerbKeyRepository,
        TOKENS.CheckpointRepository,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.Scheduler,
        TOKENS.Checkpoints,
        TOKENS.WorkflowRegistry,
        TOKENS.ProcessIdentity,
        TOKENS.LeaseKeeper,
        TOKENS.AuditLog,
        TOKENS.ExpressionEvaluator,
        TOKENS.ThreadExecutions,
        TOKENS.Surroundings,
      ],
    )
    .inSingletonScope();
}
