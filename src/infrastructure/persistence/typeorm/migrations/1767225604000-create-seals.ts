import type { MigrationInterface, QueryRunner } from 'typeorm';
import { MerkleFrontier } from '../../../../domain/audit/integrity/merkle-tree.js';
import { extendTiles } from '../../../../domain/audit/integrity/tiles.js';
import { dialectOf } from '../dialect/dialect-of.js';

/** How many leaf hashes are read at once. */
const PAGE = 10_000;

/** What proofs are made of: the roots of full tiles, and the seals. A log that is there is given its tiles. */
export class CreateSeals1767225604000 implements MigrationInterface {
  readonly name = 'CreateSeals1767225604000';

  async up(queries: QueryRunner): Promise<void> {
    const { integer, text } = dialectOf(queries);
    await queries.query(`
      CREATE TABLE audit_tiles (
        level ${integer} NOT NULL,
        idx ${integer} NOT NULL,
        hash ${text} NOT NULL,
        PRIMARY KEY (level, idx)
      )`);
    await queries.query(`
      CREATE TABLE audit_seals (
        id ${text} PRIMARY KEY NOT NULL,
        origin ${text} NOT NULL,
        size ${integer} NOT NULL,
        root_hash ${text} NOT NULL,
        sealed_at ${text} NOT NULL,
        key_id ${text} NOT NULL,
        note ${text} NOT NULL
      )`);
    await queries.query('CREATE INDEX audit_seals_by_size ON audit_seals (size, id)');
    await fillTiles(queries);
  }

  async down(queries: QueryRunner): Promise<void> {
    await queries.query('DROP TABLE audit_seals');
    await queries.query('DROP TABLE audit_tiles');
  }
}

/**
 * Takes the leaf hashes as they are. Whether they fit the entries is for `verify` to find out, so a log that is damaged
 * gets the tiles up to there.
 */
async function fillTiles(queries: QueryRunner): Promise<void> {
  const dialect = dialectOf(queries);
  // Not the statements of the repositories: those are about the tables as they are now, and not as they were then.
  const select = 'SELECT position, leaf_hash FROM audit_entries WHERE position >= ? ORDER BY position LIMIT ?';
  const target = { table: 'audit_tiles', columns: { level: 'integer', idx: 'integer', hash: 'text' } } as const;
  let frontier = MerkleFrontier.EMPTY;
  for (;;) {
    const leaves: Buffer[] = [];
    for (const [position, hash] of await dialect.selectArrays(queries, select, [frontier.size, PAGE])) {
      const leaf = Buffer.from(String(hash), 'hex');
      if (position !== frontier.size + leaves.length || leaf.length !== 32) break;
      leaves.push(leaf);
    }
    const extended = extendTiles(frontier, leaves);
    const rows = extended.tiles.map(({ level, index, hash }) => [level, index, hash.toString('hex')]);
    await dialect.insertMissing(queries, target, rows);
    frontier = extended.frontier;
    if (leaves.length < PAGE) return;
  }
}
