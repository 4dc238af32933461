import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Activation,
  EnvironmentProvider,
  ProviderOptions,
  ProviderResult,
} from '../../application/environment/environment-provider.port.js';
import type { EnvironmentSpec } from '../../domain/environment/environment-spec.js';
import type { Environment } from '../steps/step-environment.js';
import { askRuntime, chooseRuntime, type FoundRuntime } from './found-runtime.js';
import { type PackageResult, runPackageCommand } from './package-command.js';
import { pinned, requirements } from './python-requirements.js';

/** What Python is asked, to learn which one it is. */
const TELL =
  'import json, platform, sys; print(json.dumps({"version": platform.python_version(), "program": sys.executable}))';

/** Of a virtual environment. */
const PROGRAMS = process.platform === 'win32' ? 'Scripts' : 'bin';
/** What is to be installed, as pip reads it. */
const WANTED = 'requirements.in';
const LOCK = 'requirements.txt';

/** How Python environments are made. */
export interface PythonProviderOptions {
  /** The environment of this process. */
  readonly environment: Environment;
}

/** Virtual environments for Python, made by `python3 -m venv` and filled by uv where it is on `PATH`, else by pip. */
export class PythonEnvironmentProvider implements EnvironmentProvider {
  readonly runtime = 'python';
  readonly #environment: Environment;

  constructor({ environment }: PythonProviderOptions) {
    this.#environment = environment;
  }

  async resolveVersion(spec: EnvironmentSpec, options?: ProviderOptions): Promise<string> {
    return (await this.#python(spec, options)).version;
  }

  async create(folder: string, spec: EnvironmentSpec, options: ProviderOptions = {}): Promise<ProviderResult> {
    const { program } = await this.#python(spec, options);
    await this.#run(folder, spec, program, ['-m', 'venv', '.'], options);
    const { packages, lock } = spec;
    if (lock === undefined) return this.#install(folder, spec, requirements(packages), [], options);
    // All that it needs is named: what the index has since is of no account.
    return this.#install(folder, spec, lock, ['--no-deps'], options);
  }

  async change(
    folder: string,
    spec: EnvironmentSpec,
    packages: Readonly<Record<string, string | null>>,
    options: ProviderOptions = {},
  ): Promise<ProviderResult> {
    const gone = Object.keys(packages).filter((name) => packages[name] === null);
    await this.#remove(folder, spec, gone, options);
    const wanted = Object.entries(packages).filter((pair): pair is [string, string] => pair[1] !== null);
    return this.#install(folder, spec, requirements(Object.fromEntries(wanted)), ['--upgrade'], options);
  }

  async installed(folder: string): Promise<readonly string[]> {
    return pinned(await this.#freeze(folder, {}));
  }

  activation(folder: string, { variables = {} }: EnvironmentSpec): Activation {
    return { variables: { ...variables, VIRTUAL_ENV: folder }, path: [join(folder, PROGRAMS)], links: {} };
  }

  async #install(
    folder: string,
    spec: EnvironmentSpec,
    wanted: string,
    flags: readonly string[],
    options: ProviderOptions,
  ): Promise<ProviderResult> {
    await writeFile(join(folder, WANTED), wanted);
    const isNothing = wanted.trim() === '';
    const { exitCode } = isNothing
      ? { exitCode: 0 }
      : await this.#pip(folder, spec, ['install', ...flags, '-r', WANTED], options);
    const lock = await this.#freeze(folder, options);
    await writeFile(join(folder, LOCK), lock);
    return { exitCode, installed: pinned(lock), lock };
  }

  async #remove(
    folder: string,
    spec: EnvironmentSpec,
    names: readonly string[],
    options: ProviderOptions,
  ): Promise<void> {
    if (names.length === 0) return;
    await writeFile(join(folder, WANTED), `${names.join('\n')}\n`);
    await this.#pip(folder, spec, ['uninstall', '-r', WANTED], options);
  }

  /** Everything that is installed, to the letter. pip is in every environment, and uv need not be. */
  async #freeze(folder: string, options: ProviderOptions): Promise<string> {
    const args = ['-m', 'pip', '--disable-pip-version-check', 'freeze'];
    const { signal } = options;
    const quietly = signal === undefined ? {} : { signal };
    return (await this.#run(folder, {}, join(folder, PROGRAMS, 'python'), args, quietly)).stdout;
  }

  async #pip(
    folder: string,
    spec: EnvironmentSpec,
    [verb = '', ...args]: readonly string[],
    options: ProviderOptions,
  ): Promise<PackageResult> {
    const uv = await this.#uv();
    if (uv !== undefined) {
      // Links to files of its cache would take that one's rights to write away with ours.
      const variables = { ...spec.variables, VIRTUAL_ENV: folder, UV_LINK_MODE: 'copy' };
      return this.#run(folder, { variables }, uv, ['pip', verb, ...args], options);
    }
    const quiet = ['--disable-pip-version-check', '--no-input'];
    const sure = verb === 'uninstall' ? ['--yes'] : [];
    const program = join(folder, PROGRAMS, 'python');
    return this.#run(folder, spec, program, ['-m', 'pip', verb, ...quiet, ...sure, ...args], options);
  }

  #run(
    folder: string,
    { variables = {} }: Pick<EnvironmentSpec, 'variables'>,
    program: string,
    args: readonly string[],
    options: ProviderOptions,
  ): Promise<PackageResult> {
    return runPackageCommand({ program, args, cwd: folder, variables, environment: this.#environment, ...options });
  }

  /** The Python that a specification means, of those on `PATH`. */
  async #python({ version }: EnvironmentSpec, options: ProviderOptions = {}): Promise<FoundRuntime> {
    const [major, minor] = version?.split('.') ?? [];
    const exact = minor === undefined ? [] : [`python${major}.${minor}`];
    const found: FoundRuntime[] = [];
    for (const program of [...exact, 'python3', 'python']) {
      const each = await askRuntime(program, ['-c', TELL], this.#environment, options);
      if (each !== undefined) found.push(each);
      if (each !== undefined && (version === undefined || `${each.version}.`.startsWith(`${version}.`))) return each;
    }
    return chooseRuntime('python', version, found);
  }

  async #uv(): Promise<string | undefined> {
    const name = process.platform === 'win32' ? 'uv.exe' : 'uv';
    for (const folder of (this.#environment['PATH'] ?? '').split(process.platform === 'win32' ? ';' : ':')) {
      const program = join(folder, name);
      const isThere = await access(program).then(
        () => true,
        () => false,
      );
      if (folder !== '' && isThere) return program;
    }
    return undefined;
  }
}
