import assert from 'node:assert/strict';
import { leafHash, MerkleFrontier } from '../../domain/audit/integrity/merkle-tree.js';
import { verifyInclusion, proveInclusion } from '../../domain/audit/integrity/inclusion-proof.js';
import { subtreesOfLog } from '../../domain/audit/integrity/stored-hashes.js';
import { tilesCompletedBy } from '../../domain/audit/integrity/tiles.js';
import { same } from '../expectations.js';
import { makeDrafts } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { append, appendAndFail, type AuditLogStore } from './audit-log-store.js';

/** What `AuditLogRepository` promises of the hashes that proofs are made of. */
export function auditLogHashesTests(harness: TestHarness, test: StoreTest<AuditLogStore>): void {
  harness.describe('readLeaves', () => {
    test('gives the leaf hashes from a position on, ascending, at most the limit', async (store) => {
      const entries = await append(store, makeDrafts(5));
      const leaves = entries.map(({ position, leafHash: leaf }) => ({ position, leafHash: leaf }));
      const read = async (from: number, limit: number): Promise<unknown> =>
        (await store.auditLog.readLeaves(from, limit)).map(({ position, leafHash: leaf }) => ({
          position,
          leafHash: leaf,
        }));
      same(await read(0, 2), leaves.slice(0, 2));
      same(await read(3, 100), leaves.slice(3));
      same(await read(5, 100), []);
    });
  });

  harness.describe('readTiles', () => {
    test('gives a tile for each 32 entries, and for each 32 tiles, however they came', async (store) => {
      same(await store.auditLog.readTiles(1, 0, 10), []);
      for (const count of [31, 1, 1, 30, 1, 65, 900]) await append(store, makeDrafts(count));
      const entries = await store.auditLog.readRange(0, 2_000);
      const leaves = entries.map(({ body }) => leafHash(body));
      const expected = tilesCompletedBy(0, leaves.length).map(({ level, index }) => {
        const width = 32 ** level;
        const root = MerkleFrontier.EMPTY.appendAll(leaves.slice(index * width, (index + 1) * width)).root();
        return { level, index, hash: root.toString('hex') };
      });
      same(
        await store.auditLog.readTiles(1, 0, 1_000),
        expected.filter(({ level }) => level === 1),
      );
      same(
        await store.auditLog.readTiles(2, 0, 1_000),
        expected.filter(({ level }) => level === 2),
      );
      same(await store.auditLog.readTiles(1, 2, 1), expected.slice(2, 3));
      same(await store.auditLog.readTiles(3, 0, 10), []);
    });

    test('has nothing of a transaction that failed, and keeps the tiles of the next', async (store) => {
      await append(store, makeDrafts(20));
      await appendAndFail(store, makeDrafts(40));
      same(await store.auditLog.readTiles(1, 0, 10), []);
      await append(store, makeDrafts(12));
      assert.equal((await store.auditLog.readTiles(1, 0, 10)).length, 1);
    });

    test('has what every entry is proved with', async (store) => {
      await append(store, makeDrafts(100));
      const { size, rootHash } = await store.auditLog.head();
      for (const { position, body } of await store.auditLog.readRange(0, size)) {
        const path = await proveInclusion(subtreesOfLog(store.auditLog), position, size);
        const root = Buffer.from(rootHash, 'hex');
        assert.ok(
          verifyInclusion({ leafHash: leafHash(body), index: position, size, path, root }),
          `entry ${position}`,
        );
      }
    });
  });
}
