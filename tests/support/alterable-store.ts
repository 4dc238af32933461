import type { CheckpointRepository, Store } from '../../src/index.js';
import { FaultyUnitOfWork } from './faulty-store.js';

/** A store whose contents somebody with access to it can alter, and that can be taken away. */
export class AlterableStore implements Store {
  readonly unitOfWork: FaultyUnitOfWork;
  readonly auditLog: Store['auditLog'];
  readonly seals: Store['seals'];
  readonly executions: Store['executions'];
  readonly verbKeys: Store['verbKeys'];
  readonly retention: Store['retention'];
  readonly subjectKeys: Store['subjectKeys'];
  readonly checkpoints: CheckpointRepository;
  readonly contents: Store['contents'];
  readonly threads: Store['threads'];
  readonly deadLetters: Store['deadLetters'];
  readonly fileCommits: Store['fileCommits'];
  readonly checkpointFiles: Store['checkpointFiles'];
  readonly workspaces: Store['workspaces'];
  readonly #inner: Store;
  /** What every content reads as, `null` for nothing; as it was written while this is `undefined`. */
  altered: string | null | undefined;

  constructor(inner: Store) {
    this.#inner = inner;
    this.unitOfWork = new FaultyUnitOfWork(inner.unitOfWork);
    this.auditLog = inner.auditLog;
    this.seals = inner.seals;
    this.executions = inner.executions;
    this.verbKeys = inner.verbKeys;
    this.retention = inner.retention;
    this.subjectKeys = inner.subjectKeys;
    this.deadLetters = inner.deadLetters;
    this.fileCommits = inner.fileCommits;
    this.checkpointFiles = inner.checkpointFiles;
    this.workspaces = inner.workspaces;
    this.contents = inner.contents;
    this.threads = inner.threads;
    const { checkpoints } = inner;
    this.checkpoints = {
      contentEpoch: (scope) => checkpoints.contentEpoch(scope),
      missing: (hashes, scope) => checkpoints.missing(hashes, scope),
      addContents: (contents, scope) => checkpoints.addContents(contents, scope),
      add: (checkpoint, contents, scope) => checkpoints.add(checkpoint, contents, scope),
      saveBranch: (branch, scope, expected) => checkpoints.saveBranch(branch, scope, expected),
      label: (id, label, scope) => checkpoints.label(id, label, scope),
      remove: (executionId, ids, scope) => checkpoints.remove(executionId, ids, scope),
      removeExecution: (executionId, scope) => checkpoints.removeExecution(executionId, scope),
      findAll: (ids) => checkpoints.findAll(ids),
      find: (id, scope) => checkpoints.find(id, scope),
      stateHashOf: (id, scope) => checkpoints.stateHashOf(id, scope),
      findLabelled: (executionId, label) => checkpoints.findLabelled(executionId, label),
      list: (executionId, scope) => checkpoints.list(executionId, scope),
      branches: (executionId, scope) => checkpoints.branches(executionId, scope),
      executionIds: (limit, after) => checkpoints.executionIds(limit, after),
      references: (without) => checkpoints.references(without),
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
