import assert from 'node:assert/strict';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import type { ExecutionStatus } from '../../domain/execution/execution-status.js';
import type { SuspendedNode } from '../../domain/execution/progress.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { LeaseRenewal, RecoverableQuery } from '../../domain/execution/execution.repository.port.js';
import { rejectsWith, rejectsWithSame, same, Thrown } from '../expectations.js';
import { HOSTILE_STRINGS, makeSnapshot } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { type ExecutionStore, save } from './execution-store.js';

const EARLIER = '2026-01-31T12:00:00.000Z';
const NOW = '2026-01-31T12:00:30.000Z';
const LATER = '2026-01-31T12:01:00.000Z';

/** Leases, and what is to be found by whoever takes over: a part of the contract of `ExecutionRepository`. */
export function recoveryContract(harness: TestHarness, test: StoreTest<ExecutionStore>): void {
  harness.describe('leases', () => {
    test('are prolonged for what the owner still has, and tell which that is', async (store) => {
      for (const id of ['a', 'b', 'c']) await save(store, held(id, 'me'));
      await save(store, held('d', 'somebody else'));
      await save(store, makeSnapshot({ id: 'e', status: 'completed', version: 0 }));
      const ids = await renew(store, { executionIds: ['a', 'c', 'd', 'e', 'no-such'] });
      same(ids.toSorted(), ['a', 'c']);
      same(await leasesOf(store, ['a', 'b', 'c', 'd', 'e']), [LATER, EARLIER, LATER, EARLIER, null]);
      same(await renew(store, { executionIds: [] }), []);
    });

    test('are prolonged without a new version: what the owner saves next is no conflict', async (store) => {
      await save(store, held('a', 'me'));
      await renew(store, { executionIds: ['a'] });
      same(await store.executions.find('a'), { ...held('a', 'me'), version: 1, leaseExpiresAt: LATER });
      await save(store, { ...held('a', 'me'), version: 1, branchId: 'next' });
      await rejectsWith('WAYMARK_VERSION_CONFLICT', save(store, { ...held('a', 'me'), version: 1 }));
    });

    test('are no longer prolonged for whoever lost them', async (store) => {
      await save(store, held('a', 'me'));
      await save(store, { ...held('a', 'somebody else'), version: 1 });
      same(await renew(store, { executionIds: ['a'] }), []);
      same(await leasesOf(store, ['a']), [EARLIER]);
    });

    test('are as they were when the transaction fails', async (store) => {
      await save(store, held('a', 'me'));
      const thrown = new Thrown('the transaction fails');
      const work = store.unitOfWork.run(async (scope) => {
        await store.executions.renewLeases({ owner: 'me', executionIds: ['a'], expiresAt: LATER }, scope);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      same(await leasesOf(store, ['a']), [EARLIER]);
    });

    test('of hundreds of executions, with hostile ids and owners, are prolonged in one call', async (store) => {
      const owner = HOSTILE_STRINGS.join(' ');
      const ids = [...HOSTILE_STRINGS, ...Array.from({ length: 400 }, (_, index) => `run-${index}`)];
      await store.unitOfWork.run(async (scope) => {
        for (const id of ids) await store.executions.save(held(id, owner), scope);
      });
      same((await renew(store, { owner, executionIds: ids })).toSorted(), ids.toSorted());
      same(await store.executions.owners(), [owner]);
    });
  });

  harness.describe('owners', () => {
    test('are those of executions that are owned, each once', async (store) => {
      same(await store.executions.owners(), []);
      for (const [id, owner] of [
        ['a', 'first'],
        ['b', 'first'],
        ['c', 'second'],
      ] as const) {
        await save(store, held(id, owner));
      }
      await save(store, makeSnapshot({ id: 'd', status: 'completed' }));
      same((await store.executions.owners()).toSorted(), ['first', 'second']);
    });
  });

  harness.describe('listRecoverable', () => {
    test('finds what somebody owns whose lease has expired, who has none, or who is gone', async (store) => {
      await save(store, held('expired', 'somebody'));
      await save(store, { ...held('expires now', 'somebody'), leaseExpiresAt: NOW });
      await save(store, { ...held('held', 'somebody'), leaseExpiresAt: LATER });
      await save(store, { ...held('without a lease', 'somebody'), leaseExpiresAt: null });
      await save(store, { ...held('held by the dead', 'dead'), leaseExpiresAt: LATER });
      same(await list(store), ['expired', 'expires now', 'without a lease']);
      same(await list(store, { gone: ['dead', 'unheard of'] }), [
        'expired',
        'expires now',
        'held by the dead',
        'without a lease',
      ]);
    });

    test('finds what is paused until a time that has come, and nobody owns', async (store) => {
      const paused = (id: string, fields: Partial<ExecutionSnapshot>): ExecutionSnapshot =>
        makeSnapshot({ id, status: 'paused', pauseReason: 'timer', ...fields });
      await save(store, paused('due', { dueAt: EARLIER }));
      await save(store, paused('due now', { dueAt: NOW }));
      await save(store, paused('due later', { dueAt: LATER }));
      await save(store, paused('never due', {}));
      await save(store, paused('cancelled', { status: 'cancelled', dueAt: EARLIER }));
      await save(store, paused('taken', { status: 'running', dueAt: EARLIER, owner: 'me', leaseExpiresAt: LATER }));
      same(await list(store), ['due', 'due now']);
    });

    test('finds compensations that nobody sees to', async (store) => {
      const undoing = {
        cause: 'failure',
        checkpointId: 'checkpoint-1',
        reason: 'no stock',
        remaining: [],
        compensated: 0,
        failed: 0,
      } as const;
      await save(store, makeSnapshot({ id: 'left', status: 'paused', undoing }));
      await save(store, makeSnapshot({ id: 'seen to', status: 'paused', undoing, owner: 'me', leaseExpiresAt: LATER }));
      await save(store, makeSnapshot({ id: 'expired', status: 'paused', undoing, owner: 'me', leaseExpiresAt: NOW }));
      await save(store, makeSnapshot({ id: 'none', status: 'paused' }));
      same(await list(store), ['expired', 'left']);
      await save(store, makeSnapshot({ id: 'left', status: 'paused', version: 1 }));
      same(await list(store), ['expired']);
    });

    test('finds what stands still for an execution that has ended, and would go on by itself', async (store) => {
      const end = { completed: 'child "1"', failed: 'child 2', cancelled: 'child 3' } as const;
      for (const [status, id] of Object.entries(end)) {
        await save(store, makeSnapshot({ id, status: status as ExecutionStatus }));
      }
      await save(store, makeSnapshot({ id: 'waits on', status: 'paused', pauseReason: 'approval' }));
      const parent = (id: string, child: string, fields: Partial<ExecutionSnapshot>, details?: JsonObject) =>
        save(
          store,
          makeSnapshot({
            id,
            status: 'paused',
            pauseReason: 'approval',
            ...fields,
            suspended: [waitsFor(child, details)],
          }),
        );
      await parent('for a completed one', end.completed, {});
      await parent('for a failed one', end.failed, { pauseReason: 'timer' });
      await parent('for a cancelled one', end.cancelled, { pauseReason: 'signal' });
      await parent('for it alone', end.completed, { pauseReason: 'requested' }, { standsForChild: true });
      await parent('for one that waits', 'waits on', {});
      await parent('for one that is gone', 'nobody', {});
      await parent('stopped by somebody', end.completed, { pauseReason: 'requested' }, { reason: 'requested' });
      await parent('ended itself', end.completed, { status: 'failed' });
      await parent('run', end.completed, { owner: 'me', leaseExpiresAt: LATER });
      same(await list(store), ['for a cancelled one', 'for a completed one', 'for a failed one', 'for it alone']);
      same(await list(store, { after: 'for a completed one', limit: 1 }), ['for a failed one']);
      const answered = makeSnapshot({ id: 'for a failed one', status: 'paused', pauseReason: 'timer', version: 1 });
      await save(store, answered);
      same(await list(store), ['for a cancelled one', 'for a completed one', 'for it alone']);
    });

    test('gives them in the order of their ids, page by page, each once', async (store) => {
      const ids = ['C', 'a', 'b', 'B', 'ä', 'A', '\u{1f600}', '\uffee'];
      for (const id of ids) await save(store, { ...held(id, 'dead'), dueAt: EARLIER });
      const all: string[] = [];
      for (let page = await list(store, { limit: 3, gone: ['dead'] }); page.length > 0;) {
        assert.ok(page.length <= 3);
        all.push(...page);
        page = await list(store, { limit: 3, gone: ['dead'], after: page.at(-1) as string });
      }
      same(all, ['A', 'B', 'C', 'a', 'b', 'ä', '\uffee', '\u{1f600}']);
    });
  });
}

/** A running execution whose lease has expired. */
function held(id: string, owner: string): ExecutionSnapshot {
  return makeSnapshot({ id, status: 'running', owner, fence: 1, leaseExpiresAt: EARLIER });
}

function waitsFor(childExecutionId: string, details?: JsonObject): SuspendedNode {
  const node = { nodeId: 'sub', occurrence: 1, attempt: 1, awaiting: 'execution', since: EARLIER } as const;
  return { ...node, childExecutionId, ...(details === undefined ? {} : { details }) };
}

function renew(store: ExecutionStore, renewal: Partial<LeaseRenewal>): Promise<readonly string[]> {
  return store.unitOfWork.run((scope) =>
    store.executions.renewLeases({ owner: 'me', executionIds: [], expiresAt: LATER, ...renewal }, scope),
  );
}

function list(store: ExecutionStore, query: Partial<RecoverableQuery> = {}): Promise<readonly string[]> {
  return store.executions.listRecoverable({ now: NOW, gone: [], limit: 100, ...query });
}

async function leasesOf(store: ExecutionStore, ids: readonly string[]): Promise<readonly unknown[]> {
  return Promise.all(ids.map(async (id) => (await store.executions.find(id))?.leaseExpiresAt));
}
