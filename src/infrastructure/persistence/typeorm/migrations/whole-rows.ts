import type { QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';
import { listOf, type StoredList } from '../repositories/stored-list.js';

interface Row {
  readonly id: string;
  readonly base_id: string | null;
  readonly position: string;
  readonly manifest: string;
}

type Lists = Readonly<Record<string, unknown>>;

/** The lists that a row of checkpoints holds as differences, and what tells their items apart. */
const KEYS: Readonly<Record<string, (item: never) => string>> = {
  completed: ({ nodeId, occurrence }: { readonly nodeId: string; readonly occurrence: number }) =>
    `${occurrence}/${nodeId}`,
  nextNodeIds: (id: string) => id,
  outputKeys: (key: string) => key,
  manifest: ([key]: readonly [string, string]) => key,
};

/** Writes the lists of every checkpoint whole, one execution after another. */
export async function wholeRows(queries: QueryRunner): Promise<void> {
  const update = dialectOf(queries).statement('UPDATE checkpoints SET position = ?, manifest = ? WHERE id = ?');
  const select = 'SELECT id, base_id, position, manifest FROM checkpoints WHERE execution_id = ?';
  const executions = (await queries.query('SELECT DISTINCT execution_id AS id FROM checkpoints')) as { id: string }[];
  for (const execution of executions) {
    const rows = (await queries.query(dialectOf(queries).statement(select), [execution.id])) as readonly Row[];
    const byId = new Map(Array.from(rows, (row) => [row.id, { base: row.base_id, lists: listsOf(row) }]));
    for (const { id } of rows) {
      const { manifest, ...position } = Object.fromEntries(
        Object.keys(byId.get(id)?.lists ?? {}).map((name) => [name, wholeList(id, name, byId)]),
      );
      await queries.query(update, [JSON.stringify(position), JSON.stringify(manifest), id]);
    }
  }
}

function listsOf(row: Row): Lists {
  return { ...(JSON.parse(row.position) as object), manifest: JSON.parse(row.manifest) as unknown };
}

function wholeList(
  id: string,
  name: string,
  byId: ReadonlyMap<string, { readonly base: string | null; readonly lists: Lists }>,
): unknown {
  const keyOf = KEYS[name] as ((item: unknown) => string) | undefined;
  const own = byId.get(id)?.lists[name];
  if (keyOf === undefined) return own;
  const parts: StoredList<unknown>[] = [];
  for (let at = byId.get(id); at !== undefined; at = byId.get(at.base ?? '')) {
    const part = at.lists[name] as StoredList<unknown> | undefined;
    if (part === undefined) break;
    parts.push(part);
    if ('whole' in part) break;
  }
  return { whole: listOf(parts.reverse(), keyOf) };
}
