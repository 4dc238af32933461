import type { QueryRunner } from 'typeorm';

/** Rows that a transaction read when it was begun, because nearly every one needs them. */
export interface TransactionStart {
  /** The row of `log_head`. */
  readonly head: Readonly<Record<string, unknown>> | undefined;
  /** The row of `content_collection`. */
  readonly collection: Readonly<Record<string, unknown>> | undefined;
}

const starts = new WeakMap<QueryRunner, { -readonly [Key in keyof TransactionStart]: TransactionStart[Key] }>();

/** Keeps what a transaction read when it was begun, instead of what the one before did. */
export function keepStart(queries: QueryRunner, start: TransactionStart | undefined): void {
  if (start === undefined) starts.delete(queries);
  else starts.set(queries, { ...start });
}

/** What was kept, but for the rows that were given. */
export function startLeft(queries: QueryRunner): TransactionStart | undefined {
  return starts.get(queries);
}

/** Gives a row that was read when the transaction was begun: once, for it may be changed then. */
export function takeStart(
  queries: QueryRunner,
  row: keyof TransactionStart,
): Readonly<Record<string, unknown>> | undefined {
  const start = starts.get(queries);
  const taken = start?.[row];
  if (start !== undefined) start[row] = undefined;
  return taken;
}
