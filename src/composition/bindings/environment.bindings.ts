import { join } from 'node:path';
import type { Bind } from 'inversify';
import { Environments } from '../../application/environment/environments.js';
import { LocalEnvironmentFolders } from '../../infrastructure/environment/local-environment-folders.js';
import { LocalEnvironmentLinks } from '../../infrastructure/environment/local-environment-links.js';
import { LocalEnvironmentLocks } from '../../infrastructure/environment/local-environment-locks.js';
import { NodeEnvironmentProvider } from '../../infrastructure/environment/node-environment-provider.js';
import { ProcessEnvironmentProvider } from '../../infrastructure/environment/process-environment-provider.js';
import { PythonEnvironmentProvider } from '../../infrastructure/environment/python-environment-provider.js';
import type { EnvironmentsSetup } from '../environments-configuration.js';
import { TOKENS } from '../tokens.js';

/** Environments, what makes them, and where they are: a folder of the home of workspaces. */
export function bindEnvironments(bind: Bind, { runScripts, lockTimeoutMs }: EnvironmentsSetup): void {
  bind(TOKENS.EnvironmentProviders)
    .toResolvedValue(() => {
      const environment = process.env;
      return [
        new NodeEnvironmentProvider({ environment, runScripts }),
        new PythonEnvironmentProvider({ environment }),
        new ProcessEnvironmentProvider(),
      ];
    })
    .inSingletonScope();
  bind(TOKENS.EnvironmentLinks)
    .toResolvedValue((home) => new LocalEnvironmentLinks(folderIn(home.path)), [TOKENS.WorkspacesHome])
    .inSingletonScope();
  bind(TOKENS.Environments)
    .toResolvedValue(
      (home, providers, links, workspaces, recorder, factory, scheduler, identity) => {
        const folder = folderIn(home.path);
        return new Environments({
          providers,
          links,
          workspaces,
          recorder,
          factory,
          scheduler,
          lockTimeoutMs,
          folders: new LocalEnvironmentFolders(folder, identity, factory.clock),
          locks: new LocalEnvironmentLocks(folder, identity),
          machine: { platform: process.platform, arch: process.arch },
        });
      },
      [
        TOKENS.WorkspacesHome,
        TOKENS.EnvironmentProviders,
        TOKENS.EnvironmentLinks,
        TOKENS.WorkspaceRepository,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.Scheduler,
        TOKENS.ProcessIdentity,
      ],
    )
    .inSingletonScope();
}

function folderIn(home: string): string {
  return join(home, 'environments');
}
