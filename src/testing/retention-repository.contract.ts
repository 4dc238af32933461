import assert from 'node:assert/strict';
import { toAuditQuery } from '../domain/audit/audit-query.js';
import type { AuditLogRepository } from '../domain/audit/audit-log.repository.port.js';
import { proveInclusion, verifyInclusion } from '../domain/audit/integrity/inclusion-proof.js';
import { leafHash, MerkleFrontier } from '../domain/audit/integrity/merkle-tree.js';
import { subtreesOfLog } from '../domain/audit/integrity/stored-hashes.js';
import type { RetentionRepository } from '../domain/audit/retention/retention.repository.port.js';
import type { Seam } from '../domain/audit/retention/seam.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWithSame, same, Thrown } from './expectations.js';
import { makeDraft } from './fixtures.js';
import { type StoreFactory, storeTests, type StoreUnderTest, type TestHarness } from './harness.js';

/** A log, and what removes from it. */
export interface RetentionStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly auditLog: AuditLogRepository;
  readonly retention: RetentionRepository;
}

/** More than a tile, and no multiple of one. */
const ENTRIES = 600;

/**
 * The contract of `RetentionRepository`, as tests.
 *
 * @example
 * retentionRepositoryContract({ describe, it }, async () => {
 *   const auditLog = new InMemoryAuditLogRepository();
 *   const retention = new InMemoryRetentionRepository(auditLog);
 *   return { unitOfWork: new InMemoryUnitOfWork(), auditLog, retention, close: async () => {} };
 * });
 */
export function retentionRepositoryContract(harness: TestHarness, makeStore: StoreFactory<RetentionStore>): void {
  const test = storeTests(harness, makeStore);

  harness.describe('RetentionRepository', () => {
    test('has no seams at first', async ({ retention }) => {
      same(await retention.seams(), []);
    });

    test('keeps seams as they are, the oldest first', async (store) => {
      await fill(store);
      const seams = [makeSeam(0, 10), { ...makeSeam(10, 300), note: 'a note\nof — two lines\n' }];
      for (const seam of seams) await cut(store, seam);
      same(await store.retention.seams(), seams);
    });

    test('removes what is before, tells how much, and changes no position', async (store) => {
      await fill(store);
      const head = await store.auditLog.head();
      assert.equal(await cut(store, makeSeam(0, 300)), 300);
      assert.equal(await cut(store, makeSeam(300, 301)), 1);
      const { auditLog } = store;
      same(await auditLog.head(), head);
      assert.equal((await auditLog.readRange(0, 1))[0]?.position, 301);
      assert.equal((await auditLog.readRange(301, 1_000)).length, ENTRIES - 301);
      assert.equal(await auditLog.findByEventId('e-300'), undefined);
      assert.equal((await auditLog.findByEventId('e-301'))?.position, 301);
      const positions = async (page: object): Promise<readonly number[]> =>
        (await auditLog.find(toAuditQuery({}, { limit: 2, ...page }))).map(({ position }) => position);
      same(await positions({}), [301, 302]);
      same(await positions({ after: 5 }), [301, 302]);
      same(await positions({ after: 302 }), [303, 304]);
      same(await positions({ order: 'desc' }), [ENTRIES - 1, ENTRIES - 2]);
      same(await positions({ order: 'desc', after: 303 }), [302, 301]);
      same(await positions({ order: 'desc', after: 301 }), []);
    });

    test('appends after it as before, and keeps counting streams', async (store) => {
      const { auditLog, unitOfWork } = store;
      await fill(store);
      await cut(store, makeSeam(0, 300));
      await cut(store, makeSeam(300, ENTRIES));
      const [entry] = await unitOfWork.run((scope) => auditLog.append([makeDraft({ id: 'next' })], scope));
      assert.equal(entry?.position, ENTRIES);
      assert.equal((await auditLog.head()).size, ENTRIES + 1);
      assert.equal(await auditLog.countStream('execution/run-1'), ENTRIES + 1);
      assert.equal(await auditLog.countStream('execution/run-2'), 0);
    });

    test('leaves what proofs of every entry that stays are made of', async (store) => {
      await fill(store);
      const { auditLog } = store;
      for (const [from, to] of [
        [0, 100],
        [100, 256],
        [256, 300],
        [300, 511],
        [511, 513],
      ] as const) {
        await cut(store, makeSeam(from, to));
        const { size, rootHash } = await auditLog.head();
        const root = Buffer.from(rootHash, 'hex');
        for (const index of [to, to + 1, 550, size - 1]) {
          const [row] = await auditLog.readRange(index, 1);
          const path = await proveInclusion(subtreesOfLog(auditLog), index, size);
          assert.ok(verifyInclusion({ leafHash: leafHash(row?.body ?? ''), index, size, path, root }));
        }
      }
      same(
        (await auditLog.readLeaves(512, 3)).map(({ position }) => position),
        [512, 513, 514],
      );
    });

    test('tells what each stream has lost, in the order of code points', async (store) => {
      const { auditLog, retention, unitOfWork } = store;
      const streams = ['b', 'a', 'B', '\u{ff5e}', '\u{1f600}', 'a'];
      const drafts = streams.map((stream, index) => {
        const draft = makeDraft({ id: `s-${index}` });
        return { ...draft, columns: { ...draft.columns, stream } };
      });
      await unitOfWork.run((scope) => auditLog.append(drafts, scope));
      same(await retention.removedStreams({ after: '', limit: 10 }), []);
      await cut(store, makeSeam(0, 2));
      await cut(store, makeSeam(2, 6));
      const lost = await retention.removedStreams({ after: '', limit: 10 });
      same(
        lost.map(({ stream, entries }) => `${stream} ${entries}`),
        ['B 1', 'a 2', 'b 1', '\u{ff5e} 1', '\u{1f600} 1'],
      );
      same(await retention.removedStreams({ after: 'a', limit: 2 }), lost.slice(2, 4));
    });

    test('takes everything back with its transaction', async (store) => {
      const { retention, auditLog, unitOfWork } = store;
      await fill(store);
      await cut(store, makeSeam(0, 10));
      const before = await auditLog.readRange(0, 1_000);
      const thrown = new Thrown('too late');
      const work = unitOfWork.run(async (scope) => {
        await retention.removeBefore(300, scope);
        await retention.addSeam(makeSeam(10, 300), scope);
        assert.equal((await retention.removedStreams({ after: '', limit: 10 }, scope))[0]?.entries, 300);
        assert.equal((await retention.seams(scope)).length, 2);
        await auditLog.append([makeDraft({ id: 'lost' })], scope);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      same(await auditLog.readRange(0, 1_000), before);
      same(await retention.seams(), [makeSeam(0, 10)]);
      same(await retention.removedStreams({ after: '', limit: 10 }), [{ stream: 'execution/run-1', entries: 10 }]);
      assert.equal(await auditLog.countStream('execution/run-1'), ENTRIES);
      assert.equal((await auditLog.findByEventId('e-10'))?.position, 10);
      await cut(store, makeSeam(10, 20));
      assert.equal((await auditLog.readRange(0, 1))[0]?.position, 20);
    });
  });
}

function makeSeam(from: number, to: number): Seam {
  const leaves = Array.from({ length: to }, () => leafHash('any'));
  const frontier = MerkleFrontier.EMPTY.appendAll(leaves);
  return {
    id: `seam-${to}`,
    from,
    to,
    frontier: frontier.hashes(),
    rootHash: frontier.root().toString('hex'),
    archive: { path: `/archive/${from}-${to} "quoted".jsonl.gz`, sha256: 'ab'.repeat(32) },
    appliedAt: '2026-01-31T12:00:00.000Z',
  };
}

async function fill({ unitOfWork, auditLog }: RetentionStore): Promise<void> {
  const drafts = Array.from({ length: ENTRIES }, (_, index) => makeDraft({ id: `e-${index}` }));
  await unitOfWork.run((scope) => auditLog.append(drafts, scope));
}

function cut({ unitOfWork, retention }: RetentionStore, seam: Seam): Promise<number> {
  return unitOfWork.run(async (scope) => {
    const removed = await retention.removeBefore(seam.to, scope);
    await retention.addSeam(seam, scope);
    return removed;
  });
}
