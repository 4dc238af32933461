/**
 * The part of a client of `pg` that TypeORM's query runner does not pass on: statements with a name stay prepared, and
 * several statements without parameters go in one message.
 */
export interface PostgresClient {
  query(
    statement:
      string | { readonly name: string; readonly text: string; readonly values: unknown[]; readonly rowMode?: 'array' },
  ): Promise<PostgresResult>;
}

/** What a statement gave. Several statements give a list of these, which the driver's own types do not say either. */
export interface PostgresResult {
  /** `COMMIT`, `SELECT` … */
  readonly command: string;
  /** How many rows were read or written. */
  readonly rowCount: number | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}
