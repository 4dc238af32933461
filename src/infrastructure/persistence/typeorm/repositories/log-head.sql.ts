import type { QueryRunner } from 'typeorm';
import { DamagedHeadError, type LogHead, toLogHead } from '../../../../domain/audit/integrity/log-head.js';
import type { Statement } from '../dialect/dialect.js';
import { dialectOf } from '../dialect/dialect-of.js';

interface HeadRow {
  readonly size: unknown;
  readonly root_hash: unknown;
  readonly frontier: unknown;
}

/** @throws DamagedHeadError when the row is missing or can't be read */
export async function selectHead(queries: QueryRunner): Promise<LogHead> {
  const sql = 'SELECT size, root_hash, frontier FROM log_head WHERE id = 1';
  const rows = (await dialectOf(queries).runPrepared(queries, sql)) as HeadRow[];
  const [row] = rows;
  if (row === undefined) throw new DamagedHeadError('its row is missing');
  return toLogHead({ size: row.size, rootHash: row.root_hash, frontier: parseFrontier(row.frontier) });
}

/** Replaces the head. */
export function headUpdate({ size, rootHash, frontier }: LogHead): Statement {
  return {
    sql: 'UPDATE log_head SET size = ?, root_hash = ?, frontier = ? WHERE id = 1',
    parameters: [size, rootHash, JSON.stringify(frontier)],
  };
}

function parseFrontier(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch (error) {
    throw new DamagedHeadError('its frontier is not JSON', error);
  }
}
