import Database from 'better-sqlite3';
import type { Hands, Row, Table } from './hands.js';

/** Runs statements on a database, as somebody does who is not Waymark. */
export type RunSql = (sql: string, parameters: readonly (string | number | null)[]) => Promise<Row[]>;

export const UNGUARD_POSTGRES = ['ALTER TABLE audit_entries DROP CONSTRAINT IF EXISTS audit_entries_position_from_0'];

const NUMBERS = new Set(['position', 'size', 'level', 'idx']);

/**
 * Hands that reach into the tables of a database.
 *
 * @param unguard takes away what keeps rows from being before position 0: who may change tables may do that as well
 */
export function sqlHands(run: RunSql, unguard: readonly string[]): Hands {
  const order: Record<Table, string> = {
    audit_entries: 'position',
    log_head: 'id',
    audit_tiles: 'level, idx',
    audit_seals: 'size, id',
  };
  return {
    async read(table) {
      const rows = await run(`SELECT * FROM ${table} ORDER BY ${order[table]}`, []);
      // A driver may give large numbers as texts.
      return rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, NUMBERS.has(name) ? Number(value) : value]),
        ),
      );
    },
    async write(table, rows) {
      await run('BEGIN', []);
      if (table === 'audit_entries') for (const statement of unguard) await run(statement, []);
      await run(`DELETE FROM ${table}`, []);
      for (const row of rows) {
        const names = Object.keys(row);
        const places = names.map((_, index) => `$${index + 1}`);
        await run(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')})`, Object.values(row));
      }
      await run('COMMIT', []);
    },
  };
}

/** Hands on a SQLite file, which is there when they first reach for it. */
export function sqliteHands(path: string): Hands & { close(): void } {
  let opened: Database.Database | undefined;
  const hands = sqlHands((sql, parameters) => {
    opened ??= heedless(path);
    const statement = opened.prepare(sql.replaceAll(/\$\d+/g, '?'));
    if (statement.reader) return Promise.resolve(statement.all(...parameters) as Row[]);
    statement.run(...parameters);
    return Promise.resolve([]);
  }, []);
  return { ...hands, close: () => opened?.close() };
}

/** A connection that puts rows where a check forbids it. */
function heedless(path: string): Database.Database {
  const database = new Database(path);
  database.pragma('ignore_check_constraints = ON');
  return database;
}
