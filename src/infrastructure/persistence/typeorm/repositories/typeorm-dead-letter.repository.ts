import type { DeadLetter, DeadLetterFilter } from '../../../../application/bus/dead-letter.js';
import type { DeadLetterRepository } from '../../../../application/bus/dead-letter.repository.port.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import {
  countDeadLetters,
  deleteDeadLetter,
  selectDeadLetter,
  selectDeadLetters,
  updateDeadLetter,
  upsertDeadLetter,
} from './dead-letters.sql.js';

/**
 * Dead letters in a database.
 *
 * With a scope that is not of its own database (the unit of work keeps its data elsewhere) each write is a transaction
 * of its own: durable when it resolves, and not taken back when the other one fails later.
 */
export class TypeOrmDeadLetterRepository implements DeadLetterRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  save(letter: DeadLetter, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => upsertDeadLetter(queries, letter)));
  }

  update(letter: DeadLetter, scope: TransactionScope): Promise<boolean> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => updateDeadLetter(queries, letter)));
  }

  remove(id: string, scope: TransactionScope): Promise<boolean> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => deleteDeadLetter(queries, id)));
  }

  get(id: string): Promise<DeadLetter | undefined> {
    return this.#database.read((queries) => selectDeadLetter(queries, id));
  }

  find(filter: DeadLetterFilter, after: string | undefined, limit: number): Promise<readonly DeadLetter[]> {
    return this.#database.read((queries) => selectDeadLetters(queries, filter, after, limit));
  }

  count(filter: DeadLetterFilter): Promise<number> {
    return this.#database.read((queries) => countDeadLetters(queries, filter));
  }
}
