import type { QueryRunner } from 'typeorm';
import { DamagedHeadError, type LogHead, toLogHead } from '../../../../domain/audit/integrity/log-head.js';
import type { GatheredRows, Statement, StatementsAtOnce } from '../dialect/dialect.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { takeStart } from '../transaction-start.js';
import type { TypeOrmScope } from '../typeorm-scope.js';

interface HeadRow {
  readonly size: unknown;
  readonly root_hash: unknown;
  readonly frontier: unknown;
}

/** A head, and what its row holds. */
interface Written {
  readonly head: LogHead;
  readonly frontier: string;
}

/**
 * The head that each connection wrote last. Nearly always it is the one that its next append finds. What is found decides
 * all the same: a row that is another one, because somebody else wrote or it was taken back, is read.
 */
const lastWritten = new WeakMap<QueryRunner, Written>();

const SELECT_HEAD = 'SELECT size, root_hash, frontier FROM log_head WHERE id = 1';

/** @throws DamagedHeadError when the row is missing or can't be read */
export async function selectHead(queries: QueryRunner): Promise<LogHead> {
  const start = takeStart(queries, 'head');
  return headOf(queries, start === undefined ? await dialectOf(queries).runPrepared(queries, SELECT_HEAD) : [start]);
}

/** {@link selectHead}, without waiting. */
export function selectHeadAtOnce(queries: QueryRunner, atOnce: StatementsAtOnce): LogHead {
  return headOf(queries, atOnce.runPrepared(queries, SELECT_HEAD));
}

function headOf(queries: QueryRunner, rows: unknown): LogHead {
  const [row] = rows as readonly HeadRow[];
  if (row === undefined) throw new DamagedHeadError('its row is missing');
  const written = lastWritten.get(queries);
  if (written !== undefined && isRowOf(row, written)) return written.head;
  return toLogHead({ size: row.size, rootHash: row.root_hash, frontier: parseFrontier(row.frontier) });
}

/** Replaces the head. */
export function headUpdate(queries: QueryRunner, head: LogHead): Statement {
  return {
    sql: 'UPDATE log_head SET size = ?, root_hash = ?, frontier = ? WHERE id = 1',
    parameters: valuesOf(queries, head),
  };
}

/** How the head is replaced together with what is written besides. */
export const HEAD_MOVED: GatheredRows = {
  name: 'log_head',
  columns: { size: 'integer', root_hash: 'text', frontier: 'text' },
  write: (given) => `
    UPDATE log_head SET size = own.size, root_hash = own.root_hash, frontier = own.frontier
    FROM ${given} AS own WHERE log_head.id = 1`,
};

/** {@link headUpdate}, together with others. */
export function gatherHead(scope: TypeOrmScope, queries: QueryRunner, head: LogHead): void {
  scope.gather(HEAD_MOVED, '', valuesOf(queries, head));
}

/** Whether the head waits to be replaced. */
export function isHeadGathered(scope: TypeOrmScope): boolean {
  return scope.hasGathered(HEAD_MOVED, '');
}

function valuesOf(queries: QueryRunner, head: LogHead): [size: number, rootHash: string, frontier: string] {
  const frontier = JSON.stringify(head.frontier);
  lastWritten.set(queries, { head, frontier });
  return [head.size, head.rootHash, frontier];
}

function isRowOf(row: HeadRow, { head, frontier }: Written): boolean {
  return row.frontier === frontier && row.size === head.size && row.root_hash === head.rootHash;
}

function parseFrontier(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch (error) {
    throw new DamagedHeadError('its frontier is not JSON', error);
  }
}
