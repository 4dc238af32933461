import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import type { DeadLetter, DeadLetterFilter } from '../../../../application/bus/dead-letter.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { deleteByKey, parsedJson, selectOf, upsertOf } from './keyed-rows.js';
import { checkRow, storedCount, storedTime } from './stored-row.js';

/** Every column but the ordinal, in the order in which rows are written and read. */
const COLUMNS = [
  'id',
  'event_type',
  'handler',
  'topic',
  'event',
  'position',
  'error',
  'attempts',
  'parked_at',
] as const;

const SELECT = selectOf('dead_letters', COLUMNS);

const UPSERT = upsertOf('dead_letters', COLUMNS);

const UPDATE = `
  UPDATE dead_letters SET ${COLUMNS.slice(1)
    .map((column) => `${column} = ?`)
    .join(', ')} WHERE id = ?`;

/** The place of a letter; of one that is gone, that of the letter before it by id. */
const PLACE = 'COALESCE((SELECT ordinal FROM dead_letters WHERE id <= ? ORDER BY id DESC LIMIT 1), 0)';

/** Keeps a letter, in the place of one of the same id. */
export async function upsertDeadLetter(queries: QueryRunner, letter: DeadLetter): Promise<void> {
  await queries.query(dialectOf(queries).statement(UPSERT), [letter.id, ...valuesOf(letter)]);
}

/** Changes a letter in its place. Tells whether it was there. */
export async function updateDeadLetter(queries: QueryRunner, letter: DeadLetter): Promise<boolean> {
  const { affected } = await queries.query(
    dialectOf(queries).statement(UPDATE),
    [...valuesOf(letter), letter.id],
    true,
  );
  return affected === 1;
}

/** Removes a letter. Tells whether it was there. */
export function deleteDeadLetter(queries: QueryRunner, id: string): Promise<boolean> {
  return deleteByKey(queries, 'dead_letters', id);
}

/** @throws WaymarkError `WAYMARK_STORE_CORRUPT` when its row is damaged */
export async function selectDeadLetter(queries: QueryRunner, id: string): Promise<DeadLetter | undefined> {
  const [letter] = await select(queries, `${SELECT} WHERE id = ?`, [id]);
  return letter;
}

/** Letters in the order of first keeping. @throws WaymarkError `WAYMARK_STORE_CORRUPT` when a row is damaged */
export function selectDeadLetters(
  queries: QueryRunner,
  filter: DeadLetterFilter,
  after: string | undefined,
  limit: number,
): Promise<readonly DeadLetter[]> {
  const { conditions, parameters } = conditionsOf(filter);
  if (after !== undefined) {
    conditions.push(`ordinal > ${PLACE}`);
    parameters.push(after);
  }
  return select(queries, `${SELECT}${where(conditions)} ORDER BY ordinal LIMIT ?`, [...parameters, limit]);
}

/** How many letters there are. */
export async function countDeadLetters(queries: QueryRunner, filter: DeadLetterFilter): Promise<number> {
  const { conditions, parameters } = conditionsOf(filter);
  const sql = `SELECT count(*) AS count FROM dead_letters${where(conditions)}`;
  const [row] = (await queries.query(dialectOf(queries).statement(sql), parameters)) as readonly {
    readonly count: unknown;
  }[];
  // A driver may give a count as text: it can be larger than a number holds.
  return Number(row?.count);
}

/** What a row holds beside the id, in the order of the columns. */
function valuesOf(letter: DeadLetter): (string | number | null)[] {
  return [
    letter.event.type,
    letter.handler,
    letter.topic,
    JSON.stringify(letter.event),
    letter.position ?? null,
    JSON.stringify(letter.error),
    letter.attempts,
    letter.parkedAt,
  ];
}

function conditionsOf({ handler, eventType }: DeadLetterFilter): { conditions: string[]; parameters: string[] } {
  const given = [
    ['handler = ?', handler],
    ['event_type = ?', eventType],
  ] as const;
  const conditions: string[] = [];
  const parameters: string[] = [];
  for (const [condition, value] of given) {
    if (value === undefined) continue;
    conditions.push(condition);
    parameters.push(value);
  }
  return { conditions, parameters };
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}

async function select(
  queries: QueryRunner,
  sql: string,
  parameters: readonly (string | number)[],
): Promise<readonly DeadLetter[]> {
  const rows = (await queries.query(dialectOf(queries).statement(sql), [...parameters])) as readonly DeadLetterRow[];
  // Not rows.map: that would make another array of the driver's, and a test runner's realm has its own Array.
  return Array.from(rows, toDeadLetter);
}

interface DeadLetterRow {
  readonly id: string;
  readonly handler: string;
  readonly topic: string;
  readonly event: string;
  readonly position: number | null;
  readonly error: string;
  readonly attempts: number;
  readonly parked_at: string;
}

function toDeadLetter(row: DeadLetterRow): DeadLetter {
  const letter = {
    id: row.id,
    event: parsedJson(row.event),
    position: row.position ?? undefined,
    handler: row.handler,
    topic: row.topic,
    error: parsedJson(row.error),
    attempts: row.attempts,
    parkedAt: row.parked_at,
  };
  return Object.freeze(checkRow(DEAD_LETTER, letter, `Dead letter ${row.id}`)) as DeadLetter;
}

const text = z.string();
const optionalText = text.optional();

const ERROR: z.ZodType = z.lazy(() =>
  z.object({ name: text, message: text, code: optionalText, stack: optionalText, cause: ERROR.optional() }),
);

/** What a row must be to be a {@link DeadLetter}. */
const DEAD_LETTER: z.ZodType = z.object({
  id: text,
  event: z.object({
    type: text,
    id: text,
    occurredAt: storedTime,
    stream: text,
    schemaVersion: z.int().min(1),
    correlationId: optionalText,
    causationId: optionalText,
    actor: optionalText,
    source: optionalText,
    traceparent: optionalText,
    payload: z.record(text, z.unknown()),
  } satisfies Record<keyof DeadLetter['event'], z.ZodType>),
  position: storedCount.optional(),
  handler: text,
  topic: text,
  error: ERROR,
  attempts: storedCount,
  parkedAt: storedTime,
} satisfies Record<keyof DeadLetter, z.ZodType>);
