import type { Bind } from 'inversify';
import { CheckpointUpkeep } from '../../application/checkpoint/checkpoint-upkeep.js';
import { Checkpoints } from '../../application/checkpoint/checkpoints.js';
import { ThreadCompanion } from '../../application/checkpoint/thread-companion.js';
import { GraphThreads } from '../../application/checkpoint/thread/graph-threads.js';
import { FilesCompanion } from '../../application/file/files-companion.js';
import { RunningThreads } from '../../application/execution/thread/running-threads.js';
import { TOKENS } from '../tokens.js';

/** Checkpoints, and the threads of other engines that are kept as such. */
export function bindCheckpoints(bind: Bind): void {
  bind(TOKENS.Checkpoints)
    .toResolvedValue(
      (checkpoints, recorder, factory, executions, verbKeys, threads, contents, unitOfWork, store, files) => {
        const upkeep = new CheckpointUpkeep({
          checkpoints,
          contents,
          executions,
          verbKeys,
          unitOfWork,
          recorder,
          factory,
          holders: [checkpoints, threads],
          companions: [new ThreadCompanion(threads, checkpoints), new FilesCompanion(files)],
          compact: store.compact?.bind(store),
        });
        return new Checkpoints(checkpoints, recorder, factory, upkeep);
      },
      [
        TOKENS.CheckpointRepository,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.ExecutionRepository,
        TOKENS.VerbKeyRepository,
        TOKENS.ThreadRepository,
        TOKENS.ContentCollectionRepository,
        TOKENS.UnitOfWork,
        TOKENS.Store,
        TOKENS.CheckpointFilesRepository,
      ],
    )
    .inSingletonScope();
  bind(TOKENS.GraphThreads)
    .toResolvedValue(
      (checkpoints, threads, recorder, factory, running, listener) => {
        const told = (): Promise<void> | undefined => (running.isIdle ? undefined : listener.given());
        return new GraphThreads({ checkpoints, threads, recorder, factory, told });
      },
      [
        TOKENS.CheckpointRepository,
        TOKENS.ThreadRepository,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.RunningThreads,
        TOKENS.AuditListener,
      ],
    )
    .inSingletonScope();
  bind(TOKENS.RunningThreads)
    .toResolvedValue(() => new RunningThreads())
    .inSingletonScope();
}
