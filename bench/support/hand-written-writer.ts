import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import type { DomainEvent } from 'waymark';

/**
 * What somebody would write who needs the same table and nothing more: better-sqlite3, one prepared statement, one
 * transaction for each call.
 */
export class HandWrittenWriter implements Disposable {
  readonly #database: Database.Database;
  readonly #write: (events: readonly DomainEvent[]) => void;
  #position: number;

  constructor(path: string) {
    this.#database = new Database(path);
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = FULL');
    this.#position = (
      this.#database.prepare('SELECT count(*) AS size FROM audit_entries').get() as { size: number }
    ).size;
    const insert = this.#database.prepare(
      `INSERT INTO audit_entries (position, event_id, type, stream, execution_id, correlation_id, actor, severity, outcome, category,
         occurred_at, recorded_at, body, leaf_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#write = this.#database.transaction((events: readonly DomainEvent[]) => {
      const recordedAt = new Date().toISOString();
      for (const event of events) insert.run(...rowOf(event, this.#position++, recordedAt));
    });
  }

  append(events: readonly DomainEvent[]): void {
    this.#write(events);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** The values of the columns of an entry, in the order of the schema. */
export function rowOf(event: DomainEvent, position: number, recordedAt: string): unknown[] {
  const { context, payload, type } = event;
  const { executionId } = payload as { executionId: string };
  const { id, stream, correlationId = null, actor = null, occurredAt } = context;
  const message = `${type} of ${executionId}`;
  const body = JSON.stringify({
    position,
    type,
    ...context,
    recordedAt,
    severity: 'info',
    outcome: 'success',
    category: 'workflow',
    message,
    payload,
  });
  const leaf = createHash('sha256').update('\0').update(body).digest('hex');
  return [
    position,
    id,
    type,
    stream,
    executionId,
    correlationId,
    actor,
    'info',
    'success',
    'workflow',
    occurredAt,
    recordedAt,
    body,
    leaf,
  ];
}
