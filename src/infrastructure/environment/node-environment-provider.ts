import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Activation,
  EnvironmentProvider,
  ProviderOptions,
  ProviderResult,
} from '../../application/environment/environment-provider.port.js';
import type { EnvironmentSpec } from '../../domain/environment/environment-spec.js';
import type { Environment } from '../steps/step-environment.js';
import { changeManifest, type Manifest, manifestOf, withoutLocked } from './node-manifest.js';
import { packagesIn } from './node-packages.js';
import { runPackageCommand } from './package-command.js';
import { askRuntime, chooseRuntime, type FoundRuntime } from './found-runtime.js';

const MANIFEST = 'package.json';
const LOCK = 'package-lock.json';
/** The folder with a link to the Node that the environment is for. */
const PROGRAMS = 'bin';

/** What Node is asked, to learn which one it is. */
const TELL = 'JSON.stringify({ version: process.versions.node, program: process.execPath })';

/** How Node environments are made. */
export interface NodeProviderOptions {
  /** Whether packages may run their install scripts. Not when left out. */
  readonly runScripts?: boolean;
  /** The environment of this process. */
  readonly environment: Environment;
}

/**
 * Package sets for Node, installed by npm: to the letter from a lock where there is one. A Node of another version than
 * the one that runs this is looked for on `PATH`.
 */
export class NodeEnvironmentProvider implements EnvironmentProvider {
  readonly runtime = 'node';
  readonly #options: NodeProviderOptions;

  constructor(options: NodeProviderOptions) {
    this.#options = options;
  }

  async resolveVersion(spec: EnvironmentSpec, options?: ProviderOptions): Promise<string> {
    return (await this.#node(spec, options)).version;
  }

  async create(folder: string, spec: EnvironmentSpec, options?: ProviderOptions): Promise<ProviderResult> {
    await mkdir(join(folder, PROGRAMS), { recursive: true });
    await symlink((await this.#node(spec, options)).program, join(folder, PROGRAMS, 'node'));
    return this.#install(folder, spec, options);
  }

  async change(
    folder: string,
    { variables = {} }: EnvironmentSpec,
    packages: Readonly<Record<string, string | null>>,
    options: ProviderOptions = {},
  ): Promise<ProviderResult> {
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Manifest;
    await writeJson(join(folder, MANIFEST), changeManifest(manifest, packages));
    // What the lock no longer tells of is chosen anew: the newest that fits.
    const names = Object.keys(packages);
    await writeFile(join(folder, LOCK), withoutLocked(await readFile(join(folder, LOCK), 'utf8'), names));
    for (const name of names) await rm(join(folder, 'node_modules', name), { recursive: true, force: true });
    await rm(join(folder, 'node_modules', '.package-lock.json'), { force: true });
    return this.#npm(folder, 'install', variables, options);
  }

  installed(folder: string): Promise<readonly string[]> {
    return packagesIn(join(folder, 'node_modules'));
  }

  activation(folder: string, { variables = {} }: EnvironmentSpec): Activation {
    const modules = join(folder, 'node_modules');
    return {
      // What has no folder of modules beside it, and no parent with one, still finds them with `require`.
      variables: { ...variables, NODE_PATH: modules },
      path: [join(modules, '.bin'), join(folder, PROGRAMS)],
      links: { node_modules: modules },
    };
  }

  async #install(folder: string, spec: EnvironmentSpec, options: ProviderOptions = {}): Promise<ProviderResult> {
    await writeJson(join(folder, MANIFEST), manifestOf(spec));
    if (spec.lock !== undefined) await writeFile(join(folder, LOCK), spec.lock);
    return this.#npm(folder, spec.lock === undefined ? 'install' : 'ci', spec.variables ?? {}, options);
  }

  async #npm(
    folder: string,
    command: 'install' | 'ci',
    variables: Readonly<Record<string, string>>,
    options: ProviderOptions,
  ): Promise<ProviderResult> {
    const { environment, runScripts = false } = this.#options;
    const flags = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefix', '.'];
    if (!runScripts) flags.push('--ignore-scripts');
    const { exitCode } = await runPackageCommand({
      program: 'npm',
      args: [command, ...flags],
      cwd: folder,
      variables,
      environment,
      ...options,
    });
    // It makes neither of them where nothing is to be installed.
    await mkdir(join(folder, 'node_modules', '.bin'), { recursive: true });
    const lock = await readFile(join(folder, LOCK), 'utf8').catch(() => undefined);
    return { exitCode, installed: await this.installed(folder), ...(lock === undefined ? {} : { lock }) };
  }

  /** The Node that a specification means: the one that runs this, or one on `PATH`. */
  async #node({ version }: EnvironmentSpec, options: ProviderOptions = {}): Promise<FoundRuntime> {
    const own = { version: process.versions.node, program: process.execPath };
    if (version === undefined || `${own.version}.`.startsWith(`${version}.`)) return own;
    return chooseRuntime('node', version, [own, ...(await this.#nodeOnPath(options))]);
  }

  async #nodeOnPath(options: ProviderOptions): Promise<readonly FoundRuntime[]> {
    const found = await askRuntime('node', ['-p', TELL], this.#options.environment, options);
    return found === undefined ? [] : [found];
  }
}

function writeJson(path: string, value: unknown): Promise<void> {
  return writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
