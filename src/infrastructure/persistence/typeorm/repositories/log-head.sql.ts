import type { QueryRunner } from 'typeorm';
import type { LogHead } from '../../../../domain/audit/integrity/log-head.js';
import { WaymarkError } from '../../../../domain/shared/errors.js';

interface HeadRow {
  readonly size: number;
  readonly root_hash: string;
  readonly frontier: string;
}

/** @throws WaymarkError `WAYMARK_STORE_CORRUPT` when the row is missing or can't be read */
export async function selectHead(queries: QueryRunner): Promise<LogHead> {
  const rows = (await queries.query('SELECT size, root_hash, frontier FROM log_head WHERE id = 1')) as HeadRow[];
  const [row] = rows;
  if (row === undefined) throw headDamaged('its row is missing');
  return { size: row.size, rootHash: row.root_hash, frontier: parseFrontier(row.frontier) };
}

/** Replaces the head. */
export async function updateHead(queries: QueryRunner, head: LogHead): Promise<void> {
  await queries.query('UPDATE log_head SET size = ?, root_hash = ?, frontier = ? WHERE id = 1', [
    head.size,
    head.rootHash,
    JSON.stringify(head.frontier),
  ]);
}

/** `WAYMARK_STORE_CORRUPT`: the head does not fit the entries. */
export function headDamaged(problem: string, cause?: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_CORRUPT', `The head of the log is damaged: ${problem}.`, {
    cause,
    hint: 'Run waymark verify to learn how far the log is intact; nothing can be appended to it any more.',
  });
}

function parseFrontier(text: string): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw headDamaged('its frontier is not JSON', error);
  }
  if (Array.isArray(parsed) && parsed.every((hash) => typeof hash === 'string')) return parsed;
  throw headDamaged('its frontier is not a list of hashes');
}
