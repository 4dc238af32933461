import type { SealPage, SealRepository, StoredSeal } from '../../../../domain/audit/seal.repository.port.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { insertSeal, selectLatestSeal, selectSeal, selectSealBySize, selectSeals } from './audit-seals.sql.js';

/** The seals in a database. */
export class TypeOrmSealRepository implements SealRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  save(seal: StoredSeal, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => insertSeal(queries, seal)));
  }

  latest(): Promise<StoredSeal | undefined> {
    return this.#database.read(selectLatestSeal);
  }

  find(id: string): Promise<StoredSeal | undefined> {
    return this.#database.read((queries) => selectSeal(queries, id));
  }

  findBySize(size: number): Promise<StoredSeal | undefined> {
    return this.#database.read((queries) => selectSealBySize(queries, size));
  }

  list(page: SealPage): Promise<readonly StoredSeal[]> {
    return this.#database.read((queries) => selectSeals(queries, page));
  }
}
