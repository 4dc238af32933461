import type { Bind } from 'inversify';
import { ExecutionSurroundings } from '../../application/execution/surroundings/execution-surroundings.js';
import type { ExecutionsSetup } from '../executions-configuration.js';
import { TOKENS } from '../tokens.js';

/** What joins executions to their workspaces and environments. */
export function bindSurroundings(bind: Bind, { onError }: Pick<ExecutionsSetup, 'onError'>): void {
  bind(TOKENS.Surroundings)
    .toResolvedValue(
      (workspaces, environments, environmentLinks, links, commits, recorder, factory) =>
        new ExecutionSurroundings({
          workspaces,
          environments,
          environmentLinks,
          links,
          commits,
          recorder,
          factory,
          onError,
        }),
      [
        TOKENS.WorkspaceServices,
        TOKENS.Environments,
        TOKENS.EnvironmentLinks,
        TOKENS.CheckpointFilesRepository,
        TOKENS.FileCommitRepository,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
      ],
    )
    .inSingletonScope();
}
