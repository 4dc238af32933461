import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Environments } from '../../src/application/environment/environments.js';
import type {
  Activation,
  EnvironmentProvider,
  ProviderOptions,
  ProviderResult,
} from '../../src/application/environment/environment-provider.port.js';
import type { EnvironmentServices } from '../../src/application/environment/environment-services.js';
import { EventFactory } from '../../src/application/context/event-factory.js';
import type { AdapterServices } from '../../src/application/shared/adapter-services.js';
import {
  type DomainEvent,
  type EnvironmentSpec,
  InMemoryWorkspaceRepository,
  type ProcessIdentity,
  type Runtime,
  type WorkspaceRepository,
} from '../../src/index.js';
import { LocalEnvironmentFolders } from '../../src/infrastructure/environment/local-environment-folders.js';
import { LocalEnvironmentLinks } from '../../src/infrastructure/environment/local-environment-links.js';
import { LocalEnvironmentLocks } from '../../src/infrastructure/environment/local-environment-locks.js';
import { ProcessEnvironmentProvider } from '../../src/infrastructure/environment/process-environment-provider.js';
import { FakeClock } from './fake-clock.js';
import { ManualScheduler } from './manual-scheduler.js';
import { SequenceIds } from './sequence-ids.js';

/** A package manager without packages: each is a file, and a version that is `broken` can't be installed. */
export class FakeEnvironmentProvider implements EnvironmentProvider {
  readonly runtime: Runtime;
  version = '20.1.0';
  /** What was asked of it, in order. */
  readonly calls: string[] = [];
  /** What `create` waits for, within the folder that it has begun to fill. */
  during: (folder: string, options: ProviderOptions) => Promise<void> = () => Promise.resolve();

  constructor(runtime: Runtime = 'node') {
    this.runtime = runtime;
  }

  resolveVersion(): Promise<string> {
    return Promise.resolve(this.version);
  }

  async create(folder: string, spec: EnvironmentSpec, options: ProviderOptions = {}): Promise<ProviderResult> {
    this.calls.push('create');
    await mkdir(join(folder, 'packages'));
    await this.during(folder, options);
    return this.#install(folder, lockedIn(spec) ?? spec.packages ?? {});
  }

  async change(
    folder: string,
    _spec: EnvironmentSpec,
    packages: Readonly<Record<string, string | null>>,
  ): Promise<ProviderResult> {
    this.calls.push('change');
    const all: Record<string, string | null> = { ...(await readPackages(folder)), ...packages };
    const kept = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== null);
    await rm(join(folder, 'packages'), { recursive: true });
    await mkdir(join(folder, 'packages'));
    return this.#install(folder, Object.fromEntries(kept));
  }

  async installed(folder: string): Promise<readonly string[]> {
    return named(await readPackages(folder));
  }

  activation(folder: string, { variables = {} }: EnvironmentSpec): Activation {
    const packages = join(folder, 'packages');
    return { variables, path: [packages], links: { packages } };
  }

  async #install(folder: string, packages: Readonly<Record<string, string>>): Promise<ProviderResult> {
    if (Object.values(packages).includes('broken')) throw new Error('no such version');
    await writeFile(join(folder, 'packages', 'list.json'), JSON.stringify(packages));
    return { exitCode: 0, installed: named(packages), lock: JSON.stringify(packages) };
  }
}

/** Alters what an environment has, as somebody does who takes it for his own. */
export async function tamper(path: string, packages: Readonly<Record<string, string>>): Promise<void> {
  const list = join(path, 'packages', 'list.json');
  await rm(list);
  await writeFile(list, JSON.stringify(packages));
}

function lockedIn({ lock }: EnvironmentSpec): Readonly<Record<string, string>> | undefined {
  return lock === undefined ? undefined : (JSON.parse(lock) as Record<string, string>);
}

async function readPackages(folder: string): Promise<Readonly<Record<string, string>>> {
  const list = join(folder, 'packages', 'list.json');
  return existsSync(list) ? (JSON.parse(await readFile(list, 'utf8')) as Record<string, string>) : {};
}

function named(packages: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(packages)
    .map((pair) => pair.join('@'))
    .toSorted();
}

/** What an {@link EnvironmentDesk} is made of; what is left out is in the hands of the test. */
export interface DeskOptions {
  /** The folder of all environments. */
  readonly folder: string;
  readonly identity: ProcessIdentity;
  readonly provider?: FakeEnvironmentProvider;
  readonly recorder?: Pick<AdapterServices['recorder'], 'record'>;
  readonly factory?: EventFactory;
  readonly workspaces?: WorkspaceRepository;
  readonly lockTimeoutMs?: number;
}

/** The environments of one process, with all that they stand on at hand. */
export class EnvironmentDesk {
  readonly clock = new FakeClock();
  readonly scheduler = new ManualScheduler();
  readonly events: DomainEvent[] = [];
  readonly services: EnvironmentServices;
  readonly provider: FakeEnvironmentProvider;
  readonly environments: Environments;

  constructor({ folder, identity, provider, recorder, factory, workspaces, lockTimeoutMs = 1_000 }: DeskOptions) {
    this.provider = provider ?? new FakeEnvironmentProvider();
    const made = factory ?? new EventFactory(this.clock, new SequenceIds());
    this.services = {
      providers: [this.provider, new ProcessEnvironmentProvider()],
      folders: new LocalEnvironmentFolders(folder, identity, made.clock),
      locks: new LocalEnvironmentLocks(folder, identity),
      links: new LocalEnvironmentLinks(folder),
      workspaces: workspaces ?? new InMemoryWorkspaceRepository(),
      recorder: recorder ?? { record: (events) => Promise.resolve(void this.events.push(...events)) },
      factory: made,
      scheduler: this.scheduler,
      lockTimeoutMs,
      machine: { platform: 'linux', arch: 'x64' },
    };
    this.environments = new Environments(this.services);
  }

  /** The facts that were recorded, in order. */
  get facts(): readonly string[] {
    return this.events.map(({ type }) => type.replace('environment.', ''));
  }

  /** What was recorded of a type, in order. */
  payloads(fact: string): readonly Readonly<Record<string, unknown>>[] {
    return this.events
      .filter(({ type }) => type === `environment.${fact}`)
      .map(({ payload }) => payload as Record<string, unknown>);
  }
}
