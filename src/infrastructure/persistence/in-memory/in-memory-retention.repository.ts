import type { RemovedStream, RetentionRepository } from '../../../domain/audit/retention/retention.repository.port.js';
import type { Seam } from '../../../domain/audit/retention/seam.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import type { InMemoryAuditLogRepository } from './in-memory-audit-log.repository.js';

/** Retention in memory. */
export class InMemoryRetentionRepository implements RetentionRepository {
  readonly #log: InMemoryAuditLogRepository;
  #seams: readonly Seam[] = [];

  constructor(log: InMemoryAuditLogRepository) {
    this.#log = log;
  }

  seams(): Promise<readonly Seam[]> {
    return Promise.resolve(this.#seams);
  }

  removedStreams({
    after,
    limit,
  }: {
    readonly after: string;
    readonly limit: number;
  }): Promise<readonly RemovedStream[]> {
    const rows = this.#log.removedStreams().filter(({ stream }) => byCodePoints(stream, after) > 0);
    return Promise.resolve(rows.toSorted((one, other) => byCodePoints(one.stream, other.stream)).slice(0, limit));
  }

  removeBefore(to: number, scope: TransactionScope): Promise<number> {
    return Promise.resolve(this.#log.removeBefore(to, scope));
  }

  addSeam(seam: Seam, scope: TransactionScope): Promise<void> {
    const before = this.#seams;
    this.#seams = [...before, Object.freeze({ ...seam })];
    scope.onRollback(() => {
      this.#seams = before;
    });
    return Promise.resolve();
  }
}

/** The order of databases: that of UTF-8. */
function byCodePoints(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
