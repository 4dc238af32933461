import pg from 'pg';
import type { DomainEvent } from 'waymark';
import { rowOf } from './hand-written-writer.js';

const COLUMNS = 14;

/**
 * What somebody would write who needs the same table and nothing more: `pg`, one prepared `INSERT` of many rows, one
 * transaction for each call.
 */
export class HandWrittenPostgresWriter {
  readonly #client: pg.Client;
  #position = 0;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** @param schema one that Waymark's migrations made */
  static async connect(url: string, schema: string): Promise<HandWrittenPostgresWriter> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`SET search_path = "${schema}"`);
    return new HandWrittenPostgresWriter(client);
  }

  async append(events: readonly DomainEvent[]): Promise<void> {
    const recordedAt = new Date().toISOString();
    const values = events.flatMap((event) => rowOf(event, this.#position++, recordedAt));
    const tuples = events.map(
      (_, row) => `(${Array.from({ length: COLUMNS }, (__, at) => `$${row * COLUMNS + at + 1}`).join(', ')})`,
    );
    await this.#client.query('BEGIN');
    await this.#client.query({
      name: `insert_${events.length}`,
      text: `INSERT INTO audit_entries (position, event_id, type, stream, execution_id, correlation_id, actor, severity, outcome, category,
        occurred_at, recorded_at, body, leaf_hash) VALUES ${tuples.join(', ')}`,
      values,
    });
    await this.#client.query('COMMIT');
  }

  async end(): Promise<void> {
    await this.#client.end();
  }
}
