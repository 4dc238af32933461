import type { VerbKey, VerbKeyRepository } from '../../../../domain/execution/verb-key.repository.port.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import { TypeOrmScope } from '../typeorm-scope.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { deleteVerbKeys, insertVerbKey, selectVerbKey } from './verb-keys.sql.js';

/** The keys of verbs in a database. */
export class TypeOrmVerbKeyRepository implements VerbKeyRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  add(entry: VerbKey, scope: TransactionScope): Promise<boolean> {
    return this.#unitOfWork.within(scope, (own) =>
      own.query(async (queries) => {
        // Nobody else writes meanwhile. To try it and see would end the whole transaction on PostgreSQL.
        if ((await selectVerbKey(queries, entry.key)) !== undefined) return false;
        await insertVerbKey(queries, entry);
        return true;
      }),
    );
  }

  find(key: string, scope?: TransactionScope): Promise<VerbKey | undefined> {
    const own = scope === undefined ? undefined : TypeOrmScope.of(scope, this.#database);
    return own === undefined
      ? this.#database.read((queries) => selectVerbKey(queries, key))
      : own.query((queries) => selectVerbKey(queries, key));
  }

  removeExecution(executionId: string, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => deleteVerbKeys(queries, executionId)));
  }
}
