import type { CheckpointRepository, Store } from '../../src/index.js';
import { FaultyUnitOfWork } from './faulty-store.js';

/** A store whose contents somebody with access to it can alter, and that can be taken away. */
export class AlterableStore implements Store {
  readonly unitOfWork: FaultyUnitOfWork;
  readonly auditLog: Store['auditLog'];
  readonly seals: Store['seals'];
  readonly executions: Store['executions'];
  readonly retention: Store['retention'];
  readonly subjectKeys: Store['subjectKeys'];
  readonly checkpoints: CheckpointRepository;
  readonly deadLetters: Store['deadLetters'];
  readonly #inner: Store;
  /** What every content reads as, `null` for nothing; as it was written while this is `undefined`. */
  altered: string | null | undefined;

  constructor(inner: Store) {
    this.#inner = inner;
    this.unitOfWork = new FaultyUnitOfWork(inner.unitOfWork);
    this.auditLog = inner.auditLog;
    this.seals = inner.seals;
    this.executions = inner.executions;
    this.retention = inner.retention;
    this.subjectKeys = inner.subjectKeys;
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
