import type { QueryRunner } from 'typeorm';
import type { Content } from '../../../../domain/checkpoint/checkpoint.js';
import { refHash } from '../../../../domain/checkpoint/content/references.js';
import type { ContentRef } from '../../../../domain/checkpoint/content/encoded.js';
import type { Hash } from '../../../../domain/shared/hash.js';
import type { TypeOrmScope } from '../typeorm-scope.js';
import {
  gatherContents,
  insertContents,
  insertNoted,
  isGathered,
  selectCollection,
  selectStoredHashes,
} from './contents.sql.js';

interface CollectionState {
  readonly epoch: number;
  readonly collectionId: string | null;
}

/**
 * What a transaction does with contents. While a collection is going on it leaves behind what it relies on.
 *
 * Nobody else can begin one or end one meanwhile: transactions that write follow each other, in all processes. So it is
 * looked up once for each.
 */
export class ContentStore {
  static readonly #states = new WeakMap<TypeOrmScope, CollectionState>();
  readonly #scope: TypeOrmScope;

  constructor(scope: TypeOrmScope) {
    this.#scope = scope;
  }

  /** To be called where the transaction itself begins a collection or ends one. */
  static forget(scope: TypeOrmScope): void {
    ContentStore.#states.delete(scope);
  }

  async epoch(queries: QueryRunner): Promise<number> {
    return (await this.#state(queries)).epoch;
  }

  async missing(queries: QueryRunner, hashes: readonly Hash[]): Promise<ReadonlySet<Hash>> {
    const missing = new Set(hashes);
    if (missing.size === 0) return missing;
    const stored = [...missing].filter((hash) => isGathered(this.#scope, hash));
    for (const hash of stored) missing.delete(hash);
    if (missing.size > 0) stored.push(...(await selectStoredHashes(queries, [...missing])));
    for (const hash of stored) missing.delete(hash);
    await this.#note(queries, stored);
    return missing;
  }

  async add(queries: QueryRunner, contents: readonly Content[]): Promise<void> {
    if (contents.length === 0) return;
    if (this.#scope.gathers) gatherContents(this.#scope, contents);
    else await insertContents(queries, contents);
    await this.#note(
      queries,
      contents.map(({ hash }) => hash),
    );
  }

  /** Something refers to contents from now on. */
  refer(queries: QueryRunner, refs: readonly ContentRef[]): Promise<void> {
    return this.#note(
      queries,
      refs.flatMap((ref) => refHash(ref) ?? []),
    );
  }

  async #note(queries: QueryRunner, hashes: readonly Hash[]): Promise<void> {
    if (hashes.length === 0 || (await this.#state(queries)).collectionId === null) return;
    await insertNoted(queries, hashes);
  }

  async #state(queries: QueryRunner): Promise<CollectionState> {
    let state = ContentStore.#states.get(this.#scope);
    if (state === undefined) ContentStore.#states.set(this.#scope, (state = await selectCollection(queries)));
    return state;
  }
}
