import type { CheckpointRepository, Store } from '../../src/index.js';

/** A store whose contents somebody with access to it can alter. */
export class AlterableStore implements Store {
  readonly unitOfWork: Store['unitOfWork'];
  readonly auditLog: Store['auditLog'];
  readonly executions: Store['executions'];
  readonly checkpoints: CheckpointRepository;
  readonly deadLetters: Store['deadLetters'];
  readonly #inner: Store;
  /** What every content reads as, `null` for nothing; as it was written while this is `undefined`. */
  altered: string | null | undefined;

  constructor(inner: Store) {
    this.#inner = inner;
    this.unitOfWork = inner.unitOfWork;
    this.auditLog = inner.auditLog;
    this.executions = inner.executions;
    this.deadLetters = inner.deadLetters;
    const { checkpoints } = inner;
    this.checkpoints = {
      missing: (hashes, scope) => checkpoints.missing(hashes, scope),
      add: (checkpoint, contents, scope) => checkpoints.add(checkpoint, contents, scope),
      saveBranch: (branch, scope) => checkpoints.saveBranch(branch, scope),
      find: (id) => checkpoints.find(id),
      list: (executionId) => checkpoints.list(executionId),
      branches: (executionId) => checkpoints.branches(executionId),
      contents: (hashes) => {
        const { altered } = this;
        if (altered === undefined) return checkpoints.contents(hashes);
        return Promise.resolve(new Map(altered === null ? [] : hashes.map((hash) => [hash, altered])));
      },
    };
  }

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
