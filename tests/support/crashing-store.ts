import { type Store, type TransactionScope, type UnitOfWork, WaymarkError } from '../../src/index.js';
import { deferred } from './deferred.js';

/** Something that a process has to be alive for. */
export interface CrashPoint {
  /** @throws WaymarkError once the process is dead */
  point(): void;
}

/** When a process dies: at the n-th time, from 1, that it has to do with its store; never while it is `undefined`. */
export class Crash implements CrashPoint {
  /** How often the process had to do with the store. */
  calls = 0;
  /** What it must be alive for, though it does not die there. */
  readonly alive: CrashPoint = { point: () => this.#assertAlive() };
  #at: number | undefined;
  readonly #death = deferred();
  #isDead = false;

  constructor(at?: number) {
    this.#at = at;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  set isDead(isDead: boolean) {
    this.#isDead = isDead;
    if (isDead) this.#death.resolve();
  }

  /** Resolves when the process dies. */
  get death(): Promise<void> {
    return this.#death.promise;
  }

  /** Lets it live. */
  avert(): void {
    this.#at = undefined;
  }

  /** @throws WaymarkError once the process is dead: nothing that it does reaches the store any more */
  point(): void {
    if (!this.isDead) this.calls += 1;
    if (this.calls === this.#at) this.isDead = true;
    this.#assertAlive();
  }

  #assertAlive(): void {
    if (this.isDead) throw new WaymarkError('WAYMARK_STORE_FAILED', 'The process is dead.');
  }
}

/**
 * A store as one process has it, which dies at a moment: before any call of a repository, or between a commit and its
 * answer. What it had not committed is taken back.
 */
export function crashingStore(store: Store, crash: CrashPoint): Store {
  const { unitOfWork, ...rest } = parts(store);
  const repositories = Object.fromEntries(Object.entries(rest).map(([name, part]) => [name, watched(part, crash)]));
  return {
    ...(repositories as unknown as Omit<Store, 'unitOfWork' | 'open' | 'close' | 'describe'>),
    unitOfWork: crashingUnitOfWork(unitOfWork, crash),
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    describe: () => store.describe(),
  };
}

/** What a store consists of, by name. */
function parts(store: Store): { readonly unitOfWork: UnitOfWork } & Readonly<Record<string, object>> {
  const found = Object.entries(store).filter(([, part]) => typeof part === 'object' && part !== null);
  return Object.fromEntries(found) as unknown as { readonly unitOfWork: UnitOfWork } & Record<string, object>;
}

function crashingUnitOfWork(inner: UnitOfWork, crash: CrashPoint): UnitOfWork {
  return {
    async run<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
      const result = await inner.run(async (scope) => {
        const done = await work(scope);
        crash.point();
        return done;
      });
      // It was committed, and the process does not live to hear of it.
      crash.point();
      return result;
    },
  };
}

function watched(part: object, crash: CrashPoint): object {
  return new Proxy(part, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]): unknown => {
        const call = (): unknown => {
          crash.point();
          return Reflect.apply(value, target, args);
        };
        // What answers later fails later, too.
        return String(name).endsWith('AtOnce') ? call() : Promise.resolve().then(call);
      };
    },
  });
}
