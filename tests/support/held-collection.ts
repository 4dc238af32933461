import type { ContentCollectionRepository, ContentSummary, Store } from '../../src/index.js';

/** A store whose collections do something that the test says at a certain moment. */
export function withHeldCollections(inner: Store): { readonly store: Store; readonly held: HeldCollection } {
  const {
    unitOfWork,
    auditLog,
    seals,
    executions,
    verbKeys,
    fileCommits,
    checkpointFiles,
    workspaces,
    checkpoints,
    threads,
    retention,
    subjectKeys,
    deadLetters,
  } = inner;
  const held = new HeldCollection(inner.contents);
  const store: Store = {
    unitOfWork,
    auditLog,
    seals,
    executions,
    verbKeys,
    fileCommits,
    checkpointFiles,
    workspaces,
    checkpoints,
    threads,
    retention,
    subjectKeys,
    deadLetters,
    contents: held,
    open: () => inner.open(),
    close: () => inner.close(),
    describe: () => inner.describe(),
  };
  return { store, held };
}

/** A collection that waits when it has begun, and when it has looked at everything. */
export class HeldCollection implements ContentCollectionRepository {
  readonly #inner: ContentCollectionRepository;
  /** Waited for when a collection has begun, before it looks at anything. */
  onBegun: () => Promise<void> = () => Promise.resolve();
  /** Waited for when it has looked at all contents. */
  onLooked: () => Promise<void> = () => Promise.resolve();
  /** What a removal fails with, after it was made. */
  failsWith: Error | undefined;

  constructor(inner: ContentCollectionRepository) {
    this.#inner = inner;
  }

  begin(...args: Parameters<ContentCollectionRepository['begin']>): Promise<void> {
    return this.#inner.begin(...args);
  }

  async *summaries(): AsyncIterable<readonly ContentSummary[]> {
    await this.onBegun();
    yield* this.#inner.summaries();
    await this.onLooked();
  }

  takeNoted(
    ...args: Parameters<ContentCollectionRepository['takeNoted']>
  ): ReturnType<ContentCollectionRepository['takeNoted']> {
    return this.#inner.takeNoted(...args);
  }

  async remove(...args: Parameters<ContentCollectionRepository['remove']>): Promise<void> {
    await this.#inner.remove(...args);
    if (this.failsWith !== undefined) throw this.failsWith;
  }

  end(...args: Parameters<ContentCollectionRepository['end']>): Promise<void> {
    return this.#inner.end(...args);
  }
}
