import type { QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';
import { CompletionLists, isCompletionListRef } from '../repositories/completion-lists.js';
import { occurrencesOf } from '../repositories/occurrence-counts.js';
import type { ExecutionSnapshot } from '../../../../domain/execution/execution-snapshot.js';

/** Writes what is in tables of its own back into the rows of checkpoints and executions, whole. */
export async function wholeCompletions(queries: QueryRunner): Promise<void> {
  const dialect = dialectOf(queries);
  const checkpoints = (await queries.query('SELECT id, position FROM checkpoints')) as {
    id: string;
    position: string;
  }[];
  for (const { id, position } of checkpoints) {
    const { completed: stored = { at: null }, ...lists } = JSON.parse(position) as { readonly completed?: unknown };
    if (!isCompletionListRef(stored)) continue;
    const completed = { whole: await listAt(queries, stored) };
    const whole = JSON.stringify({ ...lists, completed });
    await queries.query(dialect.statement('UPDATE checkpoints SET position = ? WHERE id = ?'), [whole, id]);
  }
  const select = 'SELECT id, completed, occurrences, running, interrupted, failed FROM executions';
  for (const row of (await queries.query(select)) as Record<string, string>[]) {
    const { id, completed, occurrences, ...open } = Object.fromEntries(
      Object.entries(row).map(([column, text]) => [column, column === 'id' ? text : (JSON.parse(text) as unknown)]),
    );
    if (!isCompletionListRef(completed)) continue;
    const list = await listAt(queries, completed);
    const reached = { ...(open as Pick<ExecutionSnapshot, 'running' | 'interrupted' | 'failed'>), completed: list };
    const counts = occurrencesOf(occurrences as ExecutionSnapshot['occurrences'], reached);
    const update = dialect.statement('UPDATE executions SET completed = ?, occurrences = ? WHERE id = ?');
    await queries.query(update, [JSON.stringify(list), JSON.stringify(counts), id]);
  }
}

async function listAt(queries: QueryRunner, ref: { readonly at: number | null }) {
  return (await new CompletionLists().load(queries, [ref], 'without addresses'))(ref);
}
