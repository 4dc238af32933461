import type { NodeOccurrence } from '../../../../domain/execution/node-attempt.js';
import type { QueryRunner } from 'typeorm';
import type { GatheredRows } from '../dialect/dialect.js';
import { dialectOf } from '../dialect/dialect-of.js';
import type { TypeOrmScope } from '../typeorm-scope.js';

/** A row of the table `completions`: an occurrence that was completed, and the one that was completed before it. */
export interface CompletionRow extends NodeOccurrence {
  readonly id: number;
  readonly parentId: number | null;
}

const INSERT = 'INSERT INTO completions (parent_id, node_id, occurrence, address) VALUES (?, ?, ?, ?) RETURNING id';

/** How many lists are asked for in one statement: databases limit its variables. */
const CHUNK = 256;

/** Adds an occurrence to a list. Returns its id, which stands for the list that ends with it. */
export async function insertCompletion(
  queries: QueryRunner,
  parentId: number | null,
  { nodeId, occurrence, at = null }: Omit<NodeOccurrence, 'at'> & { readonly at?: string | null },
): Promise<number> {
  const dialect = dialectOf(queries);
  const rows = await dialect.runPrepared(queries, dialect.statement(INSERT), [parentId, nodeId, occurrence, at]);
  return Number((rows as readonly { readonly id: unknown }[])[0]?.id);
}

/** Ids for rows that will be added. No other row will have them, in whatever process. */
export async function selectNewIds(queries: QueryRunner, count: number): Promise<number[]> {
  const sql = `SELECT nextval(pg_get_serial_sequence('completions', 'id')) FROM generate_series(1, ?::int)`;
  const rows = await dialectOf(queries).selectArrays(queries, sql, [count]);
  return rows.map(([id]) => Number(id));
}

const INSERTED: GatheredRows = {
  name: 'completions',
  columns: { id: 'integer', parent_id: 'integer', node_id: 'text', occurrence: 'integer', address: 'text' },
  write: (given) => `
    INSERT INTO completions (id, parent_id, node_id, occurrence, address)
    SELECT id, parent_id, node_id, occurrence, address FROM ${given} ON CONFLICT DO NOTHING`,
};

/** Adds an occurrence to a list, together with others. */
export function gatherCompletion(scope: TypeOrmScope, { id, parentId, nodeId, occurrence, at }: CompletionRow): void {
  scope.gather(INSERTED, String(id), [id, parentId, nodeId, occurrence, at ?? null]);
}

const COLUMNS = ['id', 'parent_id', 'node_id', 'occurrence'] as const;

/** Which columns the table has: an older Waymark's, which `wholeCompletions` reads, has no addresses. */
export type CompletionColumns = 'with addresses' | 'without addresses';

/** The rows of lists, each once, in no order. `UNION` leaves out what it has found already, so it ends on a circle too. */
export async function selectCompletions(
  queries: QueryRunner,
  ids: readonly number[],
  columns: CompletionColumns = 'with addresses',
): Promise<readonly CompletionRow[]> {
  const names = [...COLUMNS, ...(columns === 'with addresses' ? ['address'] : [])];
  const list = names.join(', ');
  const found = new Map<number, CompletionRow>();
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK).filter((id) => !found.has(id));
    if (chunk.length === 0) continue;
    const sql = `
      WITH RECURSIVE listed (${list}) AS (
        SELECT ${list} FROM completions WHERE id IN (${chunk.map(() => '?').join(', ')})
        UNION
        SELECT ${names.map((name) => `c.${name}`).join(', ')} FROM completions c JOIN listed ON c.id = listed.parent_id
      ) SELECT ${list} FROM listed`;
    const dialect = dialectOf(queries);
    const rows = await dialect.selectArrays(queries, dialect.statement(sql), chunk);
    for (const [id, parentId, nodeId, occurrence, address] of rows) {
      const parent = parentId === null ? null : Number(parentId);
      found.set(Number(id), {
        id: Number(id),
        parentId: parent,
        nodeId: String(nodeId),
        occurrence: Number(occurrence),
        ...(typeof address === 'string' ? { at: address } : {}),
      });
    }
  }
  return [...found.values()];
}
