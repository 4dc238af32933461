import { delimiter } from 'node:path';
import type {
  Activation,
  EnvironmentProvider,
  ProviderResult,
} from '../../application/environment/environment-provider.port.js';
import type { EnvironmentSpec } from '../../domain/environment/environment-spec.js';

const NOTHING: ProviderResult = Object.freeze({ exitCode: 0, installed: Object.freeze([]) });

/** Plain processes: variables, and the folders of their `PATH`, which come before those that are there. */
export class ProcessEnvironmentProvider implements EnvironmentProvider {
  readonly runtime = 'process';

  resolveVersion(): Promise<string> {
    return Promise.resolve('');
  }

  create(): Promise<ProviderResult> {
    return Promise.resolve(NOTHING);
  }

  change(): Promise<ProviderResult> {
    return Promise.resolve(NOTHING);
  }

  installed(): Promise<readonly string[]> {
    return Promise.resolve(NOTHING.installed);
  }

  activation(_folder: string, { variables = {} }: EnvironmentSpec): Activation {
    const { PATH = '', ...others } = variables;
    return { variables: others, path: PATH.split(delimiter).filter((folder) => folder !== ''), links: {} };
  }
}
