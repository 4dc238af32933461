import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Container } from 'inversify';
import {
  type ExecutionHandle,
  InMemoryStore,
  type Store,
  TOKENS,
  type Waymark,
  WaymarkError,
  waymarkModule,
  type Workflow,
} from '../../src/index.js';
import { LocalFileStorage } from '../../src/infrastructure/file/local-file-storage.js';
import { LocalWorkspaceFolders } from '../../src/infrastructure/workspace/local-workspace-folders.js';
import { crashingFolders, crashingStorage } from './crashing-disk.js';
import { Crash, crashingStore } from './crashing-store.js';
import { FakeClock } from './fake-clock.js';
import { writeTree } from './file-tree.js';
import { assertFiles, assertTidy, type NaiveWorkspaces } from './naive-workspaces.js';
import { Processes } from './processes.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** What a process dies at: a call of a repository, or one to the disk. */
export type Deadly = 'store' | 'disk';

/** What is done to executions: repeated in the next process where one dies, so that it must not matter that it is. */
export type WorkspaceStep = (world: WorkspaceCrashWorld) => Promise<ExecutionHandle | undefined>;

/** Processes over one store and one home, each of which dies and is followed by the next. */
export class WorkspaceCrashWorld {
  waymark!: Waymark;
  crash = new Crash();
  readonly source: string;
  readonly #folder = makeTemporaryFolder(memoryDisk());
  readonly #home = this.#folder.file('home');
  readonly #clock = new FakeClock();
  readonly #store: Store = new InMemoryStore();
  readonly #storage = new LocalFileStorage({ folder: join(this.#home, 'files') });
  readonly #processes = new Processes();
  readonly #troubles: unknown[] = [];
  readonly #naive: NaiveWorkspaces;
  readonly #deadly: Deadly;
  readonly #workflows: (source: string) => readonly Workflow[];
  #names = 0;
  #self = '';

  constructor(naive: NaiveWorkspaces, workflows: (source: string) => readonly Workflow[], deadly: Deadly) {
    this.#naive = naive;
    this.#workflows = workflows;
    this.#deadly = deadly;
    this.source = writeTree(this.#folder.file('source'), naive.begun);
  }

  get workflows(): readonly Workflow[] {
    return this.#workflows(this.source);
  }

  /**
   * Does the steps, one after another, whoever dies meanwhile.
   *
   * @param deaths when each process dies, one after another; those after them live
   * @returns how often the first process had to do with what it may die at
   */
  async run(steps: readonly WorkspaceStep[], deaths: readonly number[]): Promise<number> {
    const left = [...deaths];
    const crash = new Crash(left.shift());
    await this.#live(() => this.#open(crash), left);
    for (const step of steps) {
      await this.#live(async () => {
        await (await step(this))?.result();
      }, left);
    }
    this.crash.avert();
    return crash.calls;
  }

  /** Does something, again in the next process where one dies of it, until somebody has lived to see its end. */
  async #live(work: () => Promise<void>, deaths: number[]): Promise<void> {
    let attempt = work;
    while (!(await this.#survives(attempt))) {
      attempt = async () => {
        await this.#open(new Crash(deaths.shift()));
        await this.#recover();
        await work();
      };
    }
  }

  /** Whether the process lives to see the end of something. */
  async #survives(work: () => Promise<void>): Promise<boolean> {
    let crash = this.crash;
    const done = work().catch((error: unknown) => {
      if (!crash.isDead) throw error;
    });
    // Opening the next process makes a crash of its own, at once.
    crash = this.crash;
    await Promise.race([done, crash.death]);
    return !crash.isDead;
  }

  /** Begins the next process. The one before is dead. */
  async #open(crash: Crash): Promise<void> {
    this.#processes.kill(this.#self);
    this.#names += 1;
    this.#self = `host/${this.#names}/-/0/p`;
    this.crash = crash;
    const identity = this.#processes.identity(this.#self);
    const [store, disk] = this.#deadly === 'store' ? [crash, crash.alive] : [crash.alive, crash];
    const container = new Container();
    container.load(
      waymarkModule({
        storage: 'memory:',
        clock: this.#clock,
        identity,
        // Nobody waits for a store of which the process is dead.
        scheduler: { delay: () => new Promise(() => undefined) },
        workspaces: { home: this.#home },
        executions: { onError: (error: unknown): void => void (crash.isDead || this.#troubles.push(error)) },
      }),
    );
    container.rebind(TOKENS.Store).toConstantValue(crashingStore(this.#store, store));
    container.rebind(TOKENS.FileStorage).toConstantValue(crashingStorage(this.#storage, disk));
    const folders = new LocalWorkspaceFolders({ home: this.#home, identity });
    container.rebind(TOKENS.WorkspaceFolders).toConstantValue(crashingFolders(folders, disk));
    this.waymark = await container.getAsync(TOKENS.Waymark);
    for (const workflow of this.workflows) this.waymark.executions.register(workflow);
  }

  async #recover(): Promise<void> {
    for (const recovery of await this.waymark.executions.recover()) {
      if (recovery.action === 'left') throw recovery.error;
      await recovery.handle?.result();
    }
  }

  /** Every promise that was made to hold when all is done, whatever has died. */
  async assertWhole(): Promise<void> {
    const { waymark } = this;
    assert.deepEqual(this.#troubles, []);
    assert.equal((await waymark.log.verify()).verdict, 'ok');
    await assertTidy(waymark, this.#home);
    await assertFiles(waymark, this.#naive, this.#folder.file('restored'));
  }

  async close(): Promise<void> {
    await this.waymark.close().catch(() => undefined);
    await this.#storage.close();
    this.#folder.remove();
  }
}

/** Whether something is not there: anything else that is wrong is not for the caller. */
export function orUndefined(error: unknown): undefined {
  if (WaymarkError.is(error, 'WAYMARK_EXECUTION_NOT_FOUND')) return undefined;
  throw error;
}

/** A disk that need not be waited for, where the machine has one: whether contents survive a loss of power is another test's. */
function memoryDisk(): string | undefined {
  return existsSync('/dev/shm') ? '/dev/shm' : undefined;
}
