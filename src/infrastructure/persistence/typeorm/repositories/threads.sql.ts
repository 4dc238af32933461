import type { QueryRunner } from 'typeorm';
import type { ContentRef } from '../../../../domain/checkpoint/content/encoded.js';
import {
  type GraphThread,
  type ThreadCheckpoint,
  type ThreadCheckpointKey,
  threadKey,
  type ThreadPage,
  type ThreadQuery,
  type ThreadWrite,
} from '../../../../domain/checkpoint/thread/graph-thread.js';
import { keptThreadParents } from '../../../../domain/checkpoint/thread/kept-thread-parents.js';
import { WaymarkError } from '../../../../domain/shared/errors.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { placeholders } from './audit-conditions.sql.js';

/** The number of a thread, by the name under which it is kept. */
const NUMBER = '(SELECT ordinal FROM threads WHERE thread_key = ?)';
const THREAD = 'SELECT name, execution_id, checkpoints_created FROM threads';
const CHECKPOINT = `
  SELECT name, namespace, checkpoint_id, parent_checkpoint_id, COALESCE(id, checkpoint_id) AS id, record
  FROM thread_checkpoints JOIN threads ON ordinal = thread`;
const AT = `thread = ${NUMBER} AND namespace = ? AND checkpoint_id = ?`;

/** How many ids are in one statement. */
const CHUNK = 256;

/** How many references are read at once. */
const REFERENCES_PER_PAGE = 1_000;

interface ThreadRow {
  readonly name: string;
  readonly execution_id: string;
  readonly checkpoints_created: number;
}

interface CheckpointRow {
  readonly name: string;
  readonly namespace: string;
  readonly checkpoint_id: string;
  readonly parent_checkpoint_id: string | null;
  readonly id: string;
  readonly record: string;
}

interface WriteRow {
  readonly checkpoint_id: string;
  readonly task_id: string;
  readonly idx: number;
  readonly channel: string;
  readonly value: string;
}

/** A thread by its name. */
export async function selectThread(queries: QueryRunner, threadId: string): Promise<GraphThread | undefined> {
  return (await selectThreads(queries, `${THREAD} WHERE thread_key = ?`, [threadKey(threadId)]))[0];
}

/** A thread by its execution. */
export async function selectThreadOf(queries: QueryRunner, executionId: string): Promise<GraphThread | undefined> {
  return (await selectThreads(queries, `${THREAD} WHERE execution_id = ?`, [executionId]))[0];
}

/** Threads in the order of their creation. */
export function selectThreadPage(
  queries: QueryRunner,
  { after, limit, newestFirst }: ThreadPage,
): Promise<readonly GraphThread[]> {
  const [beyond, order] = newestFirst === true ? ['<', 'DESC'] : ['>', 'ASC'];
  if (after === undefined) return selectThreads(queries, `${THREAD} ORDER BY ordinal ${order} LIMIT ?`, [limit]);
  const sql = `${THREAD} WHERE ordinal ${beyond} ${NUMBER} ORDER BY ordinal ${order} LIMIT ?`;
  return selectThreads(queries, sql, [threadKey(after), limit]);
}

/** Stores a thread, or its count. */
export async function upsertThread(queries: QueryRunner, thread: GraphThread): Promise<void> {
  const sql = `
    INSERT INTO threads (thread_key, execution_id, name, checkpoints_created) VALUES (?, ?, ?, ?)
    ON CONFLICT (thread_key) DO UPDATE SET checkpoints_created = excluded.checkpoints_created`;
  const { threadId, executionId, checkpointsCreated } = thread;
  const values = [threadKey(threadId), executionId, JSON.stringify(threadId), checkpointsCreated];
  await dialectOf(queries).runPrepared(queries, sql, values);
}

/** A checkpoint by its name. */
export async function selectThreadCheckpoint(
  queries: QueryRunner,
  key: ThreadCheckpointKey,
): Promise<ThreadCheckpoint | undefined> {
  const rows = await dialectOf(queries).runPrepared(queries, `${CHECKPOINT} WHERE ${AT}`, at(key));
  return Array.from(rows as CheckpointRow[], toCheckpoint)[0];
}

/** Stores the name of a checkpoint. */
export async function upsertThreadCheckpoint(queries: QueryRunner, checkpoint: ThreadCheckpoint): Promise<void> {
  const sql = `
    INSERT INTO thread_checkpoints (thread, namespace, checkpoint_id, parent_checkpoint_id, id, record)
    VALUES (${NUMBER}, ?, ?, ?, ?, ?)
    ON CONFLICT (thread, namespace, checkpoint_id) DO UPDATE SET
      parent_checkpoint_id = excluded.parent_checkpoint_id, id = excluded.id, record = excluded.record`;
  const { checkpointId, parentCheckpointId, id, record } = checkpoint;
  const values = [...at(checkpoint), parentCheckpointId, id === checkpointId ? null : id, record];
  await dialectOf(queries).runPrepared(queries, sql, values);
}

/** Checkpoints by what is asked for: a statement for each form of the question, of which there are few. */
export async function selectThreadCheckpoints(
  queries: QueryRunner,
  query: ThreadQuery,
): Promise<readonly ThreadCheckpoint[]> {
  const { threadId, namespace, checkpointId, before, after, limit } = query;
  const conditions: string[] = [];
  const values: unknown[] = [];
  const where = (condition: string, ...given: readonly unknown[]): void => {
    conditions.push(condition);
    values.push(...given);
  };
  if (threadId !== undefined) where(`thread = ${NUMBER}`, threadKey(threadId));
  if (namespace !== undefined) where('namespace = ?', namespace);
  if (checkpointId !== undefined) where('checkpoint_id = ?', checkpointId);
  if (before !== undefined) where('checkpoint_id < ?', before);
  if (after !== undefined) {
    where('checkpoint_id <= ?', after.checkpointId);
    const further = '(checkpoint_id < ? OR thread_key > ? OR (thread_key = ? AND namespace > ?))';
    const key = threadKey(after.threadId);
    where(further, after.checkpointId, key, key, after.namespace);
  }
  const condition = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  // With one thread and one namespace, this is the order of the table's key.
  const rest = threadId !== undefined && namespace !== undefined ? '' : ', thread_key, namespace';
  const sql = `${CHECKPOINT}${condition} ORDER BY checkpoint_id DESC${rest} LIMIT ?`;
  const rows = await dialectOf(queries).runPrepared(queries, sql, [...values, limit]);
  return Array.from(rows as CheckpointRow[], toCheckpoint);
}

/** The name of a namespace's newest checkpoint. */
export async function selectHead(
  queries: QueryRunner,
  threadId: string,
  namespace: string,
): Promise<string | undefined> {
  const sql = `SELECT checkpoint_id FROM thread_heads WHERE thread = ${NUMBER} AND namespace = ?`;
  const rows = await dialectOf(queries).runPrepared(queries, sql, [threadKey(threadId), namespace]);
  return (rows as { readonly checkpoint_id: string }[])[0]?.checkpoint_id;
}

/** Says that a namespace has no newest checkpoint. */
export async function deleteHead(queries: QueryRunner, threadId: string, namespace: string): Promise<void> {
  const sql = `DELETE FROM thread_heads WHERE thread = ${NUMBER} AND namespace = ?`;
  await dialectOf(queries).runPrepared(queries, sql, [threadKey(threadId), namespace]);
}

/** Says which checkpoint is the newest. */
export async function upsertHead(queries: QueryRunner, head: ThreadCheckpointKey): Promise<void> {
  const sql = `
    INSERT INTO thread_heads (thread, namespace, checkpoint_id) VALUES (${NUMBER}, ?, ?)
    ON CONFLICT (thread, namespace) DO UPDATE SET checkpoint_id = excluded.checkpoint_id`;
  await dialectOf(queries).runPrepared(queries, sql, at(head));
}

/** Stores a write, or leaves or replaces the one that is there. */
export async function insertWrite(queries: QueryRunner, write: ThreadWrite): Promise<void> {
  const conflict = write.index < 0 ? 'UPDATE SET channel = excluded.channel, value = excluded.value' : 'NOTHING';
  const sql = `
    INSERT INTO thread_writes (thread, namespace, checkpoint_id, task_id, idx, channel, value)
    VALUES (${NUMBER}, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (thread, namespace, checkpoint_id, task_id, idx) DO ${conflict}`;
  const { taskId, index, channel, value } = write;
  await dialectOf(queries).runPrepared(queries, sql, [...at(write), taskId, index, JSON.stringify(channel), value]);
}

/** The writes on top of checkpoints of one namespace, at least one: by checkpoint, task and index. */
export async function selectWrites(
  queries: QueryRunner,
  keys: readonly ThreadCheckpointKey[],
): Promise<readonly ThreadWrite[]> {
  const dialect = dialectOf(queries);
  const { threadId = '', namespace = '' } = keys[0] ?? {};
  const among = `thread = ${NUMBER} AND namespace = ? AND ${dialect.isOneOf('checkpoint_id')}`;
  const sql = `
    SELECT checkpoint_id, task_id, idx, channel, value FROM thread_writes
    WHERE ${among} ORDER BY checkpoint_id, task_id, idx`;
  const ids = dialect.listOf(keys.map(({ checkpointId }) => checkpointId));
  const rows = (await dialect.runPrepared(queries, sql, [threadKey(threadId), namespace, ids])) as WriteRow[];
  return Array.from(rows, (row) =>
    Object.freeze({
      threadId,
      namespace,
      checkpointId: row.checkpoint_id,
      taskId: row.task_id,
      index: row.idx,
      channel: textOf(row.channel, `A write of checkpoint ${row.checkpoint_id}`),
      value: row.value,
    }),
  );
}

/** Forgets checkpoints by their ids in the tree, and puts the heads where something is left. */
export async function deleteThreadCheckpoints(
  queries: QueryRunner,
  threadId: string,
  ids: readonly string[],
): Promise<void> {
  const dialect = dialectOf(queries);
  const key = threadKey(threadId);
  await moveParents(queries, threadId, new Set(ids));
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK);
    const gone = `thread = ${NUMBER} AND COALESCE(id, checkpoint_id) IN (${placeholders(chunk.length)})`;
    const writes = `
      DELETE FROM thread_writes WHERE thread = ${NUMBER} AND (namespace, checkpoint_id) IN
        (SELECT namespace, checkpoint_id FROM thread_checkpoints WHERE ${gone})`;
    await queries.query(dialect.statement(writes), [key, key, ...chunk]);
    await queries.query(dialect.statement(`DELETE FROM thread_checkpoints WHERE ${gone}`), [key, ...chunk]);
  }
  const left = `
    SELECT max(kept.checkpoint_id) FROM thread_checkpoints kept
    WHERE kept.thread = thread_heads.thread AND kept.namespace = thread_heads.namespace`;
  const lost = `thread = ${NUMBER} AND NOT EXISTS (
    SELECT 1 FROM thread_checkpoints kept WHERE kept.thread = thread_heads.thread
      AND kept.namespace = thread_heads.namespace AND kept.checkpoint_id = thread_heads.checkpoint_id)`;
  await dialect.runPrepared(queries, `DELETE FROM thread_heads WHERE ${lost} AND (${left}) IS NULL`, [key]);
  await dialect.runPrepared(queries, `UPDATE thread_heads SET checkpoint_id = (${left}) WHERE ${lost}`, [key]);
}

/** Those that follow one which goes follow the nearest before it that stays. */
async function moveParents(queries: QueryRunner, threadId: string, ids: ReadonlySet<string>): Promise<void> {
  const dialect = dialectOf(queries);
  const all = `${CHECKPOINT} WHERE thread = ${NUMBER}`;
  const rows = (await dialect.runPrepared(queries, all, [threadKey(threadId)])) as CheckpointRow[];
  const move = `UPDATE thread_checkpoints SET parent_checkpoint_id = ? WHERE ${AT}`;
  for (const moved of keptThreadParents(rows.map(toCheckpoint), ids)) {
    await dialect.runPrepared(queries, move, [moved.parentCheckpointId, ...at(moved)]);
  }
}

/** Removes a thread from all tables. */
export async function deleteThread(queries: QueryRunner, threadId: string): Promise<void> {
  const dialect = dialectOf(queries);
  const key = threadKey(threadId);
  for (const table of ['thread_heads', 'thread_writes', 'thread_checkpoints']) {
    await dialect.runPrepared(queries, `DELETE FROM ${table} WHERE thread = ${NUMBER}`, [key]);
  }
  await dialect.runPrepared(queries, 'DELETE FROM threads WHERE thread_key = ?', [key]);
}

/** A column that says where a value is kept, with its table and what its rows are in the order of. */
export interface ReferenceColumn {
  readonly table: string;
  readonly column: string;
  readonly key: readonly string[];
}

/** Every one there is. */
export const REFERENCES: readonly ReferenceColumn[] = [
  { table: 'thread_checkpoints', column: 'record', key: ['thread', 'namespace', 'checkpoint_id'] },
  { table: 'thread_writes', column: 'value', key: ['thread', 'namespace', 'checkpoint_id', 'task_id', 'idx'] },
];

/** Where values are kept, a page at a time, each with the checkpoint in the tree that it belongs to, where that is there. */
export async function selectReferences(
  queries: QueryRunner,
  { table, column, key }: ReferenceColumn,
  after: readonly unknown[] | undefined,
): Promise<readonly { readonly key: readonly unknown[]; readonly ref: ContentRef; readonly id: string | undefined }[]> {
  const names = key.map((name) => `held.${name}`).join(', ');
  const further = after === undefined ? '' : `WHERE (${names}) > (${placeholders(key.length)})`;
  const sql = `
    SELECT ${names}, held.${column}, coalesce(owner.id, owner.checkpoint_id)
    FROM ${table} held LEFT JOIN thread_checkpoints owner
      ON owner.thread = held.thread AND owner.namespace = held.namespace AND owner.checkpoint_id = held.checkpoint_id
    ${further} ORDER BY ${names} LIMIT ?`;
  const rows = await dialectOf(queries).selectArrays(queries, sql, [...(after ?? []), REFERENCES_PER_PAGE]);
  return Array.from(rows, (row) => {
    const [ref, id] = row.slice(-2);
    return { key: row.slice(0, -2), ref: ref as ContentRef, id: typeof id === 'string' ? id : undefined };
  });
}

async function selectThreads(
  queries: QueryRunner,
  sql: string,
  values: readonly unknown[],
): Promise<readonly GraphThread[]> {
  const rows = (await dialectOf(queries).runPrepared(queries, sql, values)) as ThreadRow[];
  return Array.from(rows, (row) =>
    Object.freeze({
      threadId: textOf(row.name, `The thread of ${row.execution_id}`),
      executionId: row.execution_id,
      checkpointsCreated: row.checkpoints_created,
    }),
  );
}

function toCheckpoint(row: CheckpointRow): ThreadCheckpoint {
  return Object.freeze({
    threadId: textOf(row.name, `The thread of checkpoint ${row.checkpoint_id}`),
    namespace: row.namespace,
    checkpointId: row.checkpoint_id,
    parentCheckpointId: row.parent_checkpoint_id,
    id: row.id,
    record: row.record,
  });
}

function at({ threadId, namespace, checkpointId }: ThreadCheckpointKey): readonly string[] {
  return [threadKey(threadId), namespace, checkpointId];
}

/** A text that is kept as JSON, because it may hold what no column takes. */
function textOf(stored: string, what: string): string {
  try {
    const text: unknown = JSON.parse(stored);
    if (typeof text === 'string') return text;
  } catch {
    // Told below.
  }
  throw new WaymarkError('WAYMARK_STORE_CORRUPT', `${what} is damaged in the store: its name is no text.`, {
    hint: 'Copy the store away before anything else, and compare it with a backup.',
  });
}
