import { collectionSuperseded } from '../../../../domain/checkpoint/checkpoint.errors.js';
import type {
  ContentCollectionRepository,
  ContentSummary,
} from '../../../../domain/checkpoint/content-collection.port.js';
import type { Hash } from '../../../../domain/shared/hash.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import type { TypeOrmScope } from '../typeorm-scope.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { ContentStore } from './content-store.js';
import {
  beginCollection,
  deleteContents,
  endCollection,
  selectCollection,
  selectSummaries,
  takeNoted,
} from './contents.sql.js';

/** How many contents are read at once: some may be long. */
const PAGE = 256;

/** The collection of contents in a database. */
export class TypeOrmContentCollectionRepository implements ContentCollectionRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  begin(collectionId: string, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, async (own) => {
      await own.query((queries) => beginCollection(queries, collectionId));
      ContentStore.forget(own);
    });
  }

  async *summaries(): AsyncIterable<readonly ContentSummary[]> {
    for (let after = ''; ;) {
      const page = await this.#database.read((queries) => selectSummaries(queries, after, PAGE));
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = last.hash;
    }
  }

  takeNoted(collectionId: string, scope: TransactionScope): Promise<readonly Hash[]> {
    return this.#current(collectionId, scope, (own) => own.query(takeNoted));
  }

  remove(collectionId: string, hashes: readonly Hash[], scope: TransactionScope): Promise<void> {
    return this.#current(collectionId, scope, (own) => own.query((queries) => deleteContents(queries, hashes)));
  }

  end(collectionId: string, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, async (own) => {
      await own.query((queries) => endCollection(queries, collectionId));
      ContentStore.forget(own);
    });
  }

  #current<T>(collectionId: string, scope: TransactionScope, work: (scope: TypeOrmScope) => Promise<T>): Promise<T> {
    return this.#unitOfWork.within(scope, async (own) => {
      const { collectionId: current } = await own.query(selectCollection);
      if (current !== collectionId) throw collectionSuperseded();
      return work(own);
    });
  }
}
