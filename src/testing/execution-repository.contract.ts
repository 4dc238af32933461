import assert from 'node:assert/strict';
import type { ExecutionSnapshot } from '../domain/execution/execution-snapshot.js';
import type { ExecutionQuery } from '../domain/execution/execution.repository.port.js';
import { type ExecutionStore, save } from './execution-repository/execution-store.js';
import { FULL } from './execution-repository/full-snapshot.js';
import { labelContract } from './execution-repository/label.contract.js';
import { dueContract } from './execution-repository/due.contract.js';
import { recoveryContract } from './execution-repository/recovery.contract.js';
import { rejectsWith, rejectsWithSame, Thrown, same } from './expectations.js';
import { HOSTILE_STRINGS, HOSTILE_TEXT, makeSnapshot } from './fixtures.js';
import { type StoreFactory, storeTests, type TestHarness } from './harness.js';

export type { ExecutionStore } from './execution-repository/execution-store.js';

/**
 * The contract of {@link ExecutionRepository}, as tests.
 *
 * @example
 * executionRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   executions: new InMemoryExecutionRepository(),
 *   close: async () => {},
 * }));
 */
export function executionRepositoryContract(harness: TestHarness, makeStore: StoreFactory<ExecutionStore>): void {
  const test = storeTests(harness, makeStore);

  harness.describe('ExecutionRepository', () => {
    harness.describe('save and find', () => {
      test('gives undefined for an execution that is not there', async ({ executions }) => {
        for (const id of ['no-such-run', '__proto__', "' OR '1'='1"]) {
          assert.equal(await executions.find(id), undefined);
        }
      });

      test('stores a new execution as version 1', async (store) => {
        await save(store, makeSnapshot());
        same(await store.executions.find('run-1'), { ...makeSnapshot(), version: 1 });
      });

      test('gives back every field as it was', async (store) => {
        await save(store, FULL);
        same(await store.executions.find(FULL.id), { ...FULL, version: 1 });
      });

      test('changes an execution and adds one to its version', async (store) => {
        await save(store, makeSnapshot());
        const changed = { ...FULL, id: 'run-1', version: 1, label: null };
        await save(store, changed);
        same(await store.executions.find('run-1'), { ...changed, version: 2 });
      });

      test('empties a field again', async (store) => {
        await save(store, FULL);
        const emptied = { ...makeSnapshot({ id: FULL.id }), version: 1, label: FULL.label };
        await save(store, emptied);
        same(await store.executions.find(FULL.id), { ...emptied, version: 2 });
      });

      test('changes no other execution', async (store) => {
        await save(store, makeSnapshot());
        await save(store, makeSnapshot({ id: 'run-2' }));
        await save(store, makeSnapshot({ id: 'run-2', version: 1, branchId: 'changed' }));
        same(await store.executions.find('run-1'), { ...makeSnapshot(), version: 1 });
      });

      for (const output of [
        null,
        '',
        'text',
        '"quoted"',
        'null',
        '{}',
        0,
        -1.5,
        1e300,
        true,
        false,
        [],
        {},
        [[null]],
        { a: [{}] },
      ]) {
        test(`keeps the output ${JSON.stringify(output)} apart from its like`, async (store) => {
          await save(store, makeSnapshot({ output }));
          same((await store.executions.find('run-1'))?.output, output);
        });
      }

      test('keeps hostile text as it is, in ids, labels and JSON', async (store) => {
        for (const [index, text] of HOSTILE_STRINGS.entries()) {
          await save(store, makeSnapshot({ id: text, label: text, workflowName: text, correlationId: `c-${index}` }));
        }
        for (const [index, text] of HOSTILE_STRINGS.entries()) {
          const found = await store.executions.find(text);
          same([found?.id, found?.label, found?.workflowName, found?.correlationId], [text, text, text, `c-${index}`]);
        }
      });

      test('keeps hostile keys and texts of the input as data', async (store) => {
        const keys = JSON.parse(`{${HOSTILE_TEXT.map((key) => `${JSON.stringify(key)}:1`).join()}}`) as Record<
          string,
          number
        >;
        const input = { texts: HOSTILE_TEXT, keys };
        const withProto = JSON.parse(
          '{"__proto__":{"polluted":true},"constructor":{"prototype":1}}',
        ) as ExecutionSnapshot['output'];
        await save(store, makeSnapshot({ input, output: withProto }));
        const found = await store.executions.find('run-1');
        assert.equal(JSON.stringify(found?.input), JSON.stringify(input));
        assert.equal(JSON.stringify(found?.output), JSON.stringify(withProto));
        assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      });

      test('gives what was saved, whatever is done to a copy of it', async (store) => {
        await save(store, makeSnapshot());
        const found = (await store.executions.find('run-1')) as ExecutionSnapshot;
        try {
          (found as { label: string }).label = 'changed by a reader';
        } catch (error) {
          // Frozen: that is the other way to keep the rule.
          assert.ok(error instanceof Error);
        }
        assert.equal((await store.executions.find('run-1'))?.label, null);
      });
    });

    harness.describe('version', () => {
      test('refuses a new execution whose id is taken', async (store) => {
        await save(store, makeSnapshot());
        await rejectsWith('WAYMARK_VERSION_CONFLICT', save(store, makeSnapshot({ branchId: 'another' })));
        assert.equal((await store.executions.find('run-1'))?.branchId, 'main');
      });

      test('refuses a change of an execution that somebody else changed', async (store) => {
        await save(store, makeSnapshot());
        await save(store, makeSnapshot({ version: 1, branchId: 'first' }));
        await rejectsWith('WAYMARK_VERSION_CONFLICT', save(store, makeSnapshot({ version: 1, branchId: 'second' })));
        const found = await store.executions.find('run-1');
        same([found?.branchId, found?.version], ['first', 2]);
      });

      test('refuses a version that is yet to come, and an execution that is not there', async (store) => {
        await save(store, makeSnapshot());
        await rejectsWith('WAYMARK_VERSION_CONFLICT', save(store, makeSnapshot({ version: 2 })));
        await rejectsWith('WAYMARK_VERSION_CONFLICT', save(store, makeSnapshot({ id: 'run-2', version: 1 })));
        assert.equal(await store.executions.find('run-2'), undefined);
      });

      test('follows the saves of one transaction', async ({ unitOfWork, executions }) => {
        await unitOfWork.run(async (scope) => {
          await executions.save(makeSnapshot(), scope);
          await executions.save(makeSnapshot({ version: 1, branchId: 'second' }), scope);
        });
        assert.equal((await executions.find('run-1'))?.version, 2);
      });

      test('leaves the transaction usable after a conflict in a nested part', async ({ unitOfWork, executions }) => {
        await unitOfWork.run((scope) => executions.save(makeSnapshot(), scope));
        await unitOfWork.run(async (scope) => {
          await rejectsWith(
            'WAYMARK_VERSION_CONFLICT',
            scope.nested(() => executions.save(makeSnapshot(), scope)),
          );
          await executions.save(makeSnapshot({ id: 'run-2' }), scope);
        });
        assert.equal((await executions.find('run-2'))?.version, 1);
      });
    });

    harness.describe('remove', () => {
      test('removes an execution, whose id can be used again, and takes that back with its transaction', async (store) => {
        const { unitOfWork, executions } = store;
        await unitOfWork.run((scope) => executions.save(makeSnapshot({ occurrences: { fetch: 2 } }), scope));
        const thrown = new Thrown('the transaction fails');
        const work = unitOfWork.run(async (scope) => {
          await executions.remove('run-1', scope);
          assert.equal(await executions.find('run-1', scope), undefined);
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        assert.equal((await executions.find('run-1'))?.version, 1);
        await unitOfWork.run((scope) => executions.remove('run-1', scope));
        await unitOfWork.run((scope) => executions.remove('no-such', scope));
        assert.equal(await executions.find('run-1'), undefined);
        await unitOfWork.run((scope) => executions.save(makeSnapshot(), scope));
        same((await executions.find('run-1'))?.occurrences, {});
      });
    });

    harness.describe('rollback', () => {
      test('takes back a new execution and a change', async (store) => {
        await save(store, makeSnapshot());
        const thrown = new Thrown('the transaction fails');
        const work = store.unitOfWork.run(async (scope) => {
          await store.executions.save(makeSnapshot({ version: 1, branchId: 'lost' }), scope);
          await store.executions.save(makeSnapshot({ id: 'run-2' }), scope);
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        same(await store.executions.find('run-1'), { ...makeSnapshot(), version: 1 });
        assert.equal(await store.executions.find('run-2'), undefined);
        same((await list(store)).length, 1);
      });

      test('takes back a nested part alone', async ({ unitOfWork, executions }) => {
        const thrown = new Thrown('the part fails');
        await unitOfWork.run(async (scope) => {
          await executions.save(makeSnapshot(), scope);
          const part = scope.nested(async () => {
            await executions.save(makeSnapshot({ version: 1, branchId: 'lost' }), scope);
            throw thrown;
          });
          await rejectsWithSame(thrown, part);
        });
        same(await executions.find('run-1'), { ...makeSnapshot(), version: 1 });
      });
    });

    harness.describe('list', () => {
      test('is empty for an empty store', async (store) => {
        same(await list(store), []);
      });

      test('gives the newest start first, then the greater id', async (store) => {
        await save(store, makeSnapshot({ id: 'b', startedAt: '2026-01-02T00:00:00.000Z' }));
        await save(store, makeSnapshot({ id: 'a', startedAt: '2026-01-03T00:00:00.000Z' }));
        await save(store, makeSnapshot({ id: 'd', startedAt: '2026-01-02T00:00:00.000Z' }));
        await save(store, makeSnapshot({ id: 'c', startedAt: '2026-01-02T00:00:00.000Z' }));
        await save(store, makeSnapshot({ id: 'e', startedAt: '2026-01-01T00:00:00.000Z' }));
        same(idsOf(await list(store)), ['a', 'd', 'c', 'b', 'e']);
        same(idsOf(await list(store, { limit: 2 })), ['a', 'd']);
      });

      test('filters by workflow, status and parent, all that are given together', async (store) => {
        await save(store, makeSnapshot({ id: 'a', workflowId: 'w1', status: 'running', parentExecutionId: 'p1' }));
        await save(store, makeSnapshot({ id: 'b', workflowId: 'w2', status: 'running', parentExecutionId: 'p1' }));
        await save(store, makeSnapshot({ id: 'c', workflowId: 'w1', status: 'failed', parentExecutionId: 'p2' }));
        await save(store, makeSnapshot({ id: 'd', workflowId: 'w1', status: 'running' }));
        same(idsOf(await list(store, { workflowId: 'w1' })), ['d', 'c', 'a']);
        same(idsOf(await list(store, { status: 'running' })), ['d', 'b', 'a']);
        same(idsOf(await list(store, { parentExecutionId: 'p1' })), ['b', 'a']);
        same(idsOf(await list(store, { workflowId: 'w1', status: 'running', parentExecutionId: 'p1' })), ['a']);
        same(await list(store, { workflowId: '%' }), []);
      });

      test('gives whole executions as they are now', async (store) => {
        await save(store, FULL);
        await save(store, { ...FULL, version: 1, status: 'cancelled' });
        same(await list(store), [{ ...FULL, version: 2, status: 'cancelled' }]);
        same(await list(store, { status: FULL.status }), []);
      });
    });

    labelContract(harness, test);
    recoveryContract(harness, test);
    dueContract(harness, test);
  });
}

function list(store: ExecutionStore, query: Partial<ExecutionQuery> = {}): Promise<readonly ExecutionSnapshot[]> {
  return store.executions.list({ limit: 100, ...query });
}

function idsOf(executions: readonly ExecutionSnapshot[]): string[] {
  return executions.map((execution) => execution.id);
}
