import { collectionSuperseded } from '../../../domain/checkpoint/checkpoint.errors.js';
import type { Content } from '../../../domain/checkpoint/checkpoint.js';
import { refHash } from '../../../domain/checkpoint/content/references.js';
import { mayRefer } from '../../../domain/checkpoint/reference-graph.js';
import type { ContentRef } from '../../../domain/checkpoint/content/encoded.js';
import type {
  ContentCollectionRepository,
  ContentSummary,
} from '../../../domain/checkpoint/content-collection.port.js';
import type { Hash } from '../../../domain/shared/hash.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** How many contents are looked at between two turns of the event loop. */
const PAGE = 1_000;

/** Contents in memory, and their collection. */
export class InMemoryContents implements ContentCollectionRepository {
  readonly #bodies = new Map<Hash, string>();
  #epoch = 0;
  #collection: { readonly id: string; noted: Set<Hash> } | undefined;

  get epoch(): number {
    return this.#epoch;
  }

  /** The body of a content, or `undefined`. */
  get(hash: Hash): string | undefined {
    return this.#bodies.get(hash);
  }

  /** Which are not stored. A collection leaves the others alone. */
  missing(hashes: readonly Hash[]): ReadonlySet<Hash> {
    const missing = new Set(hashes.filter((hash) => !this.#bodies.has(hash)));
    this.#note(hashes.filter((hash) => !missing.has(hash)));
    return missing;
  }

  /** Stores those that are new. */
  add(contents: readonly Content[], scope: TransactionScope): void {
    const added = contents.filter(({ hash }) => !this.#bodies.has(hash));
    for (const { hash, body } of added) this.#bodies.set(hash, body);
    scope.onRollback(() => {
      for (const { hash } of added) this.#bodies.delete(hash);
    });
    this.#note(contents.map(({ hash }) => hash));
  }

  /** Something refers to contents from now on. */
  refer(refs: readonly ContentRef[]): void {
    this.#note(refs.flatMap((ref) => refHash(ref) ?? []));
  }

  begin(collectionId: string, scope: TransactionScope): Promise<void> {
    const before = this.#collection;
    this.#epoch += 1;
    this.#collection = { id: collectionId, noted: new Set() };
    // The epoch stays raised: nothing is wrong with looking once more.
    scope.onRollback(() => {
      this.#collection = before;
    });
    return Promise.resolve();
  }

  async *summaries(): AsyncIterable<readonly ContentSummary[]> {
    let page: ContentSummary[] = [];
    for (const [hash, body] of Array.from(this.#bodies)) {
      page.push({ hash, bytes: Buffer.byteLength(body), body: mayRefer(hash) ? body : undefined });
      if (page.length < PAGE) continue;
      yield await Promise.resolve(page);
      page = [];
    }
    yield page;
  }

  takeNoted(collectionId: string, scope: TransactionScope): Promise<readonly Hash[]> {
    const collection = this.#collection;
    if (collection?.id !== collectionId) return Promise.reject(collectionSuperseded());
    const { noted } = collection;
    collection.noted = new Set();
    scope.onRollback(() => {
      collection.noted = new Set([...noted, ...collection.noted]);
    });
    return Promise.resolve([...noted]);
  }

  remove(collectionId: string, hashes: readonly Hash[], scope: TransactionScope): Promise<void> {
    if (this.#collection?.id !== collectionId) return Promise.reject(collectionSuperseded());
    for (const hash of hashes) {
      const body = this.#bodies.get(hash);
      if (body === undefined) continue;
      this.#bodies.delete(hash);
      scope.onRollback(() => this.#bodies.set(hash, body));
    }
    return Promise.resolve();
  }

  end(collectionId: string, scope: TransactionScope): Promise<void> {
    const collection = this.#collection;
    if (collection?.id === collectionId) {
      this.#collection = undefined;
      scope.onRollback(() => {
        this.#collection = collection;
      });
    }
    return Promise.resolve();
  }

  /** What is noted too much is only kept too long: nothing is undone. */
  #note(hashes: readonly Hash[]): void {
    for (const hash of hashes) this.#collection?.noted.add(hash);
  }
}
