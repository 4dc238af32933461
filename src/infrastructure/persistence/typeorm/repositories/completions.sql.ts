import type { NodeOccurrence } from '../../../../domain/execution/node-attempt.js';
import type { QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** A row of the table `completions`: an occurrence that was completed, and the one that was completed before it. */
export interface CompletionRow extends NodeOccurrence {
  readonly id: number;
  readonly parentId: number | null;
}

const INSERT = 'INSERT INTO completions (parent_id, node_id, occurrence) VALUES (?, ?, ?) RETURNING id';

/** How many lists are asked for in one statement: databases limit its variables. */
const CHUNK = 256;

/** Adds an occurrence to a list. Returns its id, which stands for the list that ends with it. */
export async function insertCompletion(
  queries: QueryRunner,
  parentId: number | null,
  { nodeId, occurrence }: NodeOccurrence,
): Promise<number> {
  const dialect = dialectOf(queries);
  const rows = await dialect.runPrepared(queries, dialect.statement(INSERT), [parentId, nodeId, occurrence]);
  return Number((rows as readonly { readonly id: unknown }[])[0]?.id);
}

/** The rows of lists, each once, in no order. `UNION` leaves out what it has found already, so it ends on a circle too. */
export async function selectCompletions(
  queries: QueryRunner,
  ids: readonly number[],
): Promise<readonly CompletionRow[]> {
  const found = new Map<number, CompletionRow>();
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK).filter((id) => !found.has(id));
    if (chunk.length === 0) continue;
    const sql = `
      WITH RECURSIVE listed (id, parent_id, node_id, occurrence) AS (
        SELECT id, parent_id, node_id, occurrence FROM completions WHERE id IN (${chunk.map(() => '?').join(', ')})
        UNION
        SELECT c.id, c.parent_id, c.node_id, c.occurrence FROM completions c JOIN listed ON c.id = listed.parent_id
      ) SELECT id, parent_id, node_id, occurrence FROM listed`;
    const dialect = dialectOf(queries);
    const rows = await dialect.selectArrays(queries, dialect.statement(sql), chunk);
    for (const [id, parentId, nodeId, occurrence] of rows) {
      const parent = parentId === null ? null : Number(parentId);
      found.set(Number(id), {
        id: Number(id),
        parentId: parent,
        nodeId: String(nodeId),
        occurrence: Number(occurrence),
      });
    }
  }
  return [...found.values()];
}
