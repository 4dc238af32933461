import type { GatheredPart } from './dialect/dialect.js';
import { guardedSql, valuesOf } from './dialect/gathered-statement.js';
import { COUNT_MIGRATIONS } from './migrate.js';
import { MIGRATION_NAMES } from './migrations/index.js';
import { ENTRIES_ADDED, keyOfEntry } from './repositories/audit-entries.sql.js';
import { HEAD_MOVED } from './repositories/log-head.sql.js';
import type { TransactionStart } from './transaction-start.js';

/**
 * The store as a connection left it: what its next transaction would find, unless somebody else writes before it.
 *
 * Every transaction that is committed leaves its mark on the head's row, whatever it wrote: while the row has the mark of
 * this connection's last one, nobody has written anything at all since.
 */
export interface LeftBehind extends TransactionStart {
  /** The mark: PostgreSQL gives each version of a row the number of the transaction that wrote it. */
  readonly xmin: string;
}

/** A transaction in one statement, which does nothing where the store is not as it was left. */
export interface WholeWrite {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
  /** An entry of the log that is there if it was committed, and only then. */
  readonly witness: readonly [position: unknown, eventId: unknown];
  /** The head's row after it. */
  readonly head: Readonly<Record<string, unknown>>;
}

/**
 * Moves the head where nobody has written meanwhile, no newer Waymark has changed the tables, and none of the events is
 * recorded. Whoever holds the head is waited for, and the row is looked at again then.
 */
const MOVE_HEAD = `
  UPDATE log_head SET size = $1::bigint, root_hash = $2, frontier = $3
  WHERE id = 1 AND xmin = $4::text::xid AND (${COUNT_MIGRATIONS}) = $5::bigint
    AND NOT EXISTS (SELECT FROM audit_entries WHERE event_id = ANY ($6::text[]))
  RETURNING xmin::text AS xmin`;

/** How the names begin of statements that commit, for whoever listens to the line. */
const NAME = 'waymark_whole_';

const names = new Map<string, string>();

/**
 * Rows as a transaction in one statement; `undefined` where they add nothing to the log: only what does can be found out
 * about when its answer is lost.
 */
export function wholeWrite(parts: readonly GatheredPart[], left: LeftBehind): WholeWrite | undefined {
  const head = parts.find(({ kind }) => kind === HEAD_MOVED)?.rows[0];
  const entries = parts.find(({ kind }) => kind === ENTRIES_ADDED)?.rows ?? [];
  const [first] = entries;
  if (head === undefined || first === undefined) return undefined;
  const others = parts.filter(({ kind }) => kind !== HEAD_MOVED);
  const [size, rootHash, frontier] = head;
  const eventIds = entries.map((entry) => keyOfEntry(entry).eventId);
  const guard = {
    sql: MOVE_HEAD,
    values: [size, rootHash, frontier, left.xmin, MIGRATION_NAMES.length, eventIds],
  };
  const text = guardedSql(guard, others);
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `${NAME}${names.size}`));
  const { position, eventId } = keyOfEntry(first);
  return {
    name,
    text,
    values: [...guard.values, ...valuesOf(others)],
    witness: [position, eventId],
    head: { size, root_hash: rootHash, frontier },
  };
}
