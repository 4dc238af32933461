import type { QueryRunner } from 'typeorm';
import { nextTurn } from '../../../../application/shared/next-turn.js';
import type {
  RemovedStream,
  RetentionRepository,
} from '../../../../domain/audit/retention/retention.repository.port.js';
import type { Seam } from '../../../../domain/audit/retention/seam.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import { TypeOrmScope } from '../typeorm-scope.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { countRemoved, deleteSome, insertSeam, keepLeaves, selectRemovedStreams, selectSeams } from './seams.sql.js';

/** Retention in a database. */
export class TypeOrmRetentionRepository implements RetentionRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  seams(scope?: TransactionScope): Promise<readonly Seam[]> {
    const own = scope === undefined ? undefined : TypeOrmScope.of(scope, this.#database);
    return own === undefined ? this.#database.read(selectSeams) : own.query(selectSeams);
  }

  removedStreams(
    { after, limit }: { readonly after: string; readonly limit: number },
    scope?: TransactionScope,
  ): Promise<readonly RemovedStream[]> {
    const own = scope === undefined ? undefined : TypeOrmScope.of(scope, this.#database);
    const select = (queries: QueryRunner): Promise<readonly RemovedStream[]> =>
      selectRemovedStreams(queries, after, limit);
    return own === undefined ? this.#database.read(select) : own.query(select);
  }

  removeBefore(to: number, scope: TransactionScope): Promise<number> {
    return this.#unitOfWork.within(scope, async (own) => {
      await own.query((queries) => keepLeaves(queries, to));
      await own.query((queries) => countRemoved(queries, to));
      let removed = 0;
      for (;;) {
        const some = await own.query((queries) => deleteSome(queries, to));
        if (some === 0) break;
        removed += some;
        await nextTurn();
      }
      return removed;
    });
  }

  addSeam(seam: Seam, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => insertSeam(queries, seam)));
  }
}
