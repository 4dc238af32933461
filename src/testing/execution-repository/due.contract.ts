import type { DueQuery } from '../../domain/execution/execution.repository.port.js';
import { same } from '../expectations.js';
import { HOSTILE_STRINGS, makeSnapshot } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { type ExecutionStore, save } from './execution-store.js';

const EARLY = '2026-01-31T12:00:00.000Z';
const LATE = '2027-01-31T12:00:00.000Z';

/** What stands still until a time: a part of the contract of `ExecutionRepository`. */
export function dueContract(harness: TestHarness, test: StoreTest<ExecutionStore>): void {
  harness.describe('executions that stand still until a time', () => {
    test('are listed in the order of their times, and of their ids', async (store) => {
      for (const [id, dueAt] of [
        ['c', EARLY],
        ['a', LATE],
        ['b', EARLY],
      ] as const) {
        await save(store, makeSnapshot({ id, status: 'paused', dueAt }));
      }
      await save(store, makeSnapshot({ id: 'd', status: 'paused' }));
      await save(store, makeSnapshot({ id: 'e', status: 'running', dueAt: EARLY, owner: 'me' }));
      await save(store, makeSnapshot({ id: 'f', status: 'failed', dueAt: EARLY }));
      const all = [
        { id: 'b', dueAt: EARLY },
        { id: 'c', dueAt: EARLY },
        { id: 'a', dueAt: LATE },
      ];
      same(await store.executions.listDue({ limit: 10 }), all);
      same(await store.executions.listDue({ limit: 2 }), all.slice(0, 2));
      same(await pages(store, 1), all);
    });

    test('are listed page by page whatever their ids are', async (store) => {
      for (const id of HOSTILE_STRINGS) await save(store, makeSnapshot({ id, status: 'paused', dueAt: EARLY }));
      const listed = (await pages(store, 3)).map(({ id }) => id);
      same(listed.toSorted(), HOSTILE_STRINGS.toSorted());
    });
  });
}

async function pages(store: ExecutionStore, limit: number) {
  const all: { readonly id: string; readonly dueAt: string }[] = [];
  for (;;) {
    const after = all.at(-1);
    const query: DueQuery = { limit, ...(after === undefined ? {} : { after }) };
    const page = await store.executions.listDue(query);
    all.push(...page);
    if (page.length < limit) return all;
  }
}
