import {
  InMemoryStore,
  InMemoryUnitOfWork,
  type Store,
  type TransactionScope,
  type UnitOfWork,
  WaymarkError,
} from '../../src/index.js';

/**
 * A store in memory whose transactions fail when the test says so: at the very end, when everything has been written.
 */
export class FaultyStore implements Store {
  readonly unitOfWork = new FaultyUnitOfWork();
  readonly #inner = new InMemoryStore();
  readonly auditLog = this.#inner.auditLog;
  readonly seals = this.#inner.seals;
  readonly executions = this.#inner.executions;
  readonly verbKeys = this.#inner.verbKeys;
  readonly fileCommits = this.#inner.fileCommits;
  readonly checkpointFiles = this.#inner.checkpointFiles;
  readonly workspaces = this.#inner.workspaces;
  readonly checkpoints = this.#inner.checkpoints;
  readonly threads = this.#inner.threads;
  readonly contents = this.#inner.contents;
  readonly retention = this.#inner.retention;
  readonly subjectKeys = this.#inner.subjectKeys;
  readonly deadLetters = this.#inner.deadLetters;

  open(): Promise<void> {
    return this.#inner.open();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  describe(): ReturnType<Store['describe']> {
    return this.#inner.describe();
  }
}

/** Counts transactions, and takes back those that are to fail. */
export class FaultyUnitOfWork implements UnitOfWork {
  readonly #inner: UnitOfWork;
  /** How many transactions were begun. */
  begun = 0;
  /** Whether the n-th transaction, from 1, fails. */
  fails: (transaction: number) => boolean = () => false;
  /** Whether the n-th transaction fails before anything is done in it. */
  failsAtOnce: (transaction: number) => boolean = () => false;
  /** What a transaction that fails throws. */
  error: () => WaymarkError = storeDown;
  /** Whether the answer to the commit of the n-th transaction is lost: it was made, and nobody can tell. */
  losesAnswer: (transaction: number) => boolean = () => false;
  /** Waited for before the n-th transaction is committed. */
  hold: (transaction: number) => Promise<void> | undefined = () => undefined;

  constructor(inner: UnitOfWork = new InMemoryUnitOfWork()) {
    this.#inner = inner;
  }

  async run<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    this.begun += 1;
    const transaction = this.begun;
    if (this.failsAtOnce(transaction)) throw this.error();
    const result = await this.#inner.run(async (scope) => {
      const result = await work(scope);
      await this.hold(transaction);
      if (this.fails(transaction)) throw this.error();
      return result;
    });
    if (this.losesAnswer(transaction)) throw answerLost();
    return result;
  }
}

/** What a store throws that can't tell how a commit ended. */
export function answerLost(): WaymarkError {
  return new WaymarkError('WAYMARK_COMMIT_UNKNOWN', 'The line went dead.');
}

/** What a store throws that is not there. */
export function storeDown(): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_UNAVAILABLE', 'The disk is gone.');
}

/** What a store throws that it is not worth waiting for. */
export function storeBroken(): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_FAILED', 'The disk is broken.');
}
