import type { QueryRunner } from 'typeorm';
import { DamagedHeadError, type LogHead, toLogHead } from '../../../../domain/audit/integrity/log-head.js';

interface HeadRow {
  readonly size: unknown;
  readonly root_hash: unknown;
  readonly frontier: unknown;
}

/** @throws DamagedHeadError when the row is missing or can't be read */
export async function selectHead(queries: QueryRunner): Promise<LogHead> {
  const rows = (await queries.query('SELECT size, root_hash, frontier FROM log_head WHERE id = 1')) as HeadRow[];
  const [row] = rows;
  if (row === undefined) throw new DamagedHeadError('its row is missing');
  return toLogHead({ size: row.size, rootHash: row.root_hash, frontier: parseFrontier(row.frontier) });
}

/** Replaces the head. */
export async function updateHead(queries: QueryRunner, head: LogHead): Promise<void> {
  await queries.query('UPDATE log_head SET size = ?, root_hash = ?, frontier = ? WHERE id = 1', [
    head.size,
    head.rootHash,
    JSON.stringify(head.frontier),
  ]);
}

function parseFrontier(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch (error) {
    throw new DamagedHeadError('its frontier is not JSON', error);
  }
}
