import type { Bind } from 'inversify';
import { StateEncoder } from '../../domain/checkpoint/content/state-encoder.js';
import { ExecutionController } from '../../application/execution/execution-controller.js';
import { ThreadVerbs } from '../../application/execution/thread/thread-verbs.js';
import { WorkflowRegistry } from '../../application/execution/workflow-registry.js';
import { langGraphEngine } from '../../infrastructure/bridge/langgraph/engine/langgraph-engine.js';
import { TOKENS } from '../tokens.js';

/** Executions: our own, and those of other engines with the verbs that make sense for them. */
export function bindExecutions(bind: Bind, storePatienceMs: number): void {
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
      (executions, checkpoints, recorder, factory, scheduler, tree, registry, identity, threads) =>
        new ExecutionController(
          {
            executions,
            checkpoints,
            recorder,
            factory,
            scheduler,
            tree,
            registry,
            identity,
            storePatienceMs,
            encoder: new StateEncoder(),
          },
          threads,
        ),
      [
        TOKENS.ExecutionRepository,
        TOKENS.CheckpointRepository,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.Scheduler,
        TOKENS.Checkpoints,
        TOKENS.WorkflowRegistry,
        TOKENS.ProcessIdentity,
        TOKENS.ThreadExecutions,
      ],
    )
    .inSingletonScope();
}
