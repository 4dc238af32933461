import type { VerbKey, VerbKeyRepository } from '../../../../domain/execution/verb-key.repository.port.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import { DatabaseAccess } from '../database-access.js';
import { deleteVerbKeys, insertVerbKey, selectVerbKey } from './verb-keys.sql.js';

/** The keys of verbs in a database. */
export class TypeOrmVerbKeyRepository extends DatabaseAccess implements VerbKeyRepository {
  add(entry: VerbKey, scope: TransactionScope): Promise<boolean> {
    return this.write(scope, async (queries) => {
      // Nobody else writes meanwhile. To try it and see would end the whole transaction on PostgreSQL.
      if ((await selectVerbKey(queries, entry.key)) !== undefined) return false;
      await insertVerbKey(queries, entry);
      return true;
    });
  }

  find(key: string, scope?: TransactionScope): Promise<VerbKey | undefined> {
    return this.read(scope, (queries) => selectVerbKey(queries, key));
  }

  removeExecution(executionId: string, scope: TransactionScope): Promise<void> {
    return this.write(scope, (queries) => deleteVerbKeys(queries, executionId));
  }
}
