import type { QueryRunner } from 'typeorm';
import type { SealPage, StoredSeal } from '../../../../domain/audit/seal.repository.port.js';
import { dialectOf } from '../dialect/dialect-of.js';

const SEALS = {
  table: 'audit_seals',
  columns: {
    id: 'text',
    origin: 'text',
    size: 'integer',
    root_hash: 'text',
    sealed_at: 'text',
    key_id: 'text',
    note: 'text',
  },
} as const;

const SELECT = `SELECT ${Object.keys(SEALS.columns).join(', ')} FROM ${SEALS.table}`;

/** Keeps a seal, unless it is there. */
export async function insertSeal(queries: QueryRunner, seal: StoredSeal): Promise<void> {
  const { id, origin, size, rootHash, sealedAt, keyId, note } = seal;
  await dialectOf(queries).insertMissing(queries, SEALS, [[id, origin, size, rootHash, sealedAt, keyId, note]]);
}

/** The seal that covers the most entries. */
export async function selectLatestSeal(queries: QueryRunner): Promise<StoredSeal | undefined> {
  return (await select(queries, `${SELECT} ORDER BY size DESC, id DESC LIMIT 1`, []))[0];
}

/** The seal of an id. */
export async function selectSeal(queries: QueryRunner, id: string): Promise<StoredSeal | undefined> {
  return (await select(queries, `${SELECT} WHERE id = ?`, [id]))[0];
}

/** A seal of a size. */
export async function selectSealBySize(queries: QueryRunner, size: number): Promise<StoredSeal | undefined> {
  return (await select(queries, `${SELECT} WHERE size = ? ORDER BY id DESC LIMIT 1`, [size]))[0];
}

/** Seals, those that cover less first. */
export function selectSeals(queries: QueryRunner, { after, limit }: SealPage): Promise<readonly StoredSeal[]> {
  const order = 'ORDER BY size, id LIMIT ?';
  if (after === undefined) return select(queries, `${SELECT} ${order}`, [limit]);
  const beyond = 'WHERE size > ? OR (size = ? AND id > ?)';
  return select(queries, `${SELECT} ${beyond} ${order}`, [after.size, after.size, after.id, limit]);
}

async function select(
  queries: QueryRunner,
  sql: string,
  parameters: readonly (string | number)[],
): Promise<readonly StoredSeal[]> {
  return Array.from(await dialectOf(queries).selectArrays(queries, sql, parameters), (values) => {
    const [id, origin, size, rootHash, sealedAt, keyId, note] = values;
    return { id, origin, size, rootHash, sealedAt, keyId, note } as StoredSeal;
  });
}
