import assert from 'node:assert/strict';
import type { TransactionScope } from '../domain/shared/transaction.js';
import type { AuditLogStore } from './audit-log-repository.contract.js';
import type { CheckpointStore } from './checkpoint-repository.contract.js';
import type { DeadLetterStore } from './dead-letter-repository.contract.js';
import type { ExecutionStore } from './execution-repository.contract.js';
import type { SealStore } from './seal-repository.contract.js';
import { rejectsWith, rejectsWithSame, Thrown, same } from './expectations.js';
import { makeBranch, makeCheckpoint, makeContent, makeDeadLetter, makeDraft, makeSnapshot } from './fixtures.js';
import { type StoreFactory, storeTests, type TestHarness } from './harness.js';

/** A unit of work, and every repository that takes part in it. */
export interface WholeStore extends AuditLogStore, SealStore, ExecutionStore, CheckpointStore, DeadLetterStore {}

/**
 * The contract of {@link UnitOfWork} and {@link TransactionScope}, as tests.
 *
 * @example
 * unitOfWorkContract({ describe, it }, makeStore);
 */
export function unitOfWorkContract(harness: TestHarness, makeStore: StoreFactory<WholeStore>): void {
  const test = storeTests(harness, makeStore);

  harness.describe('UnitOfWork', () => {
    harness.describe('run', () => {
      test('returns what the work returns', async ({ unitOfWork }) => {
        assert.equal(await unitOfWork.run(() => Promise.resolve('result')), 'result');
      });

      test('keeps what several repositories wrote', async (store) => {
        await store.unitOfWork.run((scope) => writeEverything(store, scope));
        same(await countEverything(store), EVERYTHING);
      });

      test('loses what several repositories wrote, when the work throws, and rethrows that very error', async (store) => {
        for (const thrown of [new Thrown('an error'), 'a string', undefined]) {
          const work = store.unitOfWork.run(async (scope) => {
            await writeEverything(store, scope);
            // oxlint-disable-next-line typescript/only-throw-error -- hosts throw what they like
            throw thrown;
          });
          await rejectsWithSame(thrown, work);
          same(await countEverything(store), NOTHING);
        }
      });

      test('loses everything when the last of the writes is refused', async (store) => {
        await store.unitOfWork.run((scope) => store.executions.save(makeSnapshot({ id: 'taken' }), scope));
        const work = store.unitOfWork.run(async (scope) => {
          await writeEverything(store, scope);
          await store.executions.save(makeSnapshot({ id: 'taken' }), scope);
        });
        await rejectsWith('WAYMARK_VERSION_CONFLICT', work);
        same(await countEverything(store), { ...NOTHING, executions: 1 });
      });

      test('takes a synchronous throw of the work as its failure', async ({ unitOfWork }) => {
        const thrown = new Thrown('at once');
        const work = unitOfWork.run(() => {
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
      });

      test('goes on after a transaction that failed', async (store) => {
        const thrown = new Thrown('the first fails');
        await rejectsWithSame(
          thrown,
          store.unitOfWork.run(() => Promise.reject(thrown)),
        );
        await store.unitOfWork.run((scope) => writeEverything(store, scope));
        assert.equal((await countEverything(store)).entries, 1);
      });

      test('runs transactions one after another, in the order of the calls', async ({ unitOfWork }) => {
        const steps: string[] = [];
        const work = (name: string) => async (): Promise<void> => {
          steps.push(`${name} begins`);
          for (let turn = 0; turn < 5; turn += 1) await nextTurn();
          steps.push(`${name} ends`);
        };
        await Promise.all([unitOfWork.run(work('a')), unitOfWork.run(work('b')), unitOfWork.run(work('c'))]);
        same(steps, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
      });

      test('keeps transactions apart that are asked for at once: one fails, the others stay', async (store) => {
        const thrown = new Thrown('the second fails');
        const results = await Promise.allSettled(
          ['a', 'b', 'c'].map((id) =>
            store.unitOfWork.run(async (scope) => {
              await store.auditLog.append([makeDraft({ id })], scope);
              await nextTurn();
              if (id === 'b') throw thrown;
            }),
          ),
        );
        same(
          results.map((result) => result.status),
          ['fulfilled', 'rejected', 'fulfilled'],
        );
        same(await eventIds(store), ['a', 'c']);
      });
    });

    harness.describe('nested', () => {
      test('returns what its work returns, and keeps what it wrote', async (store) => {
        const result = await store.unitOfWork.run((scope) =>
          scope.nested(async () => {
            await writeEverything(store, scope);
            return 'result';
          }),
        );
        assert.equal(result, 'result');
        same(await countEverything(store), EVERYTHING);
      });

      test('takes back what it wrote, in every repository, and nothing else', async (store) => {
        const thrown = new Thrown('the part fails');
        await store.unitOfWork.run(async (scope) => {
          await store.auditLog.append([makeDraft({ id: 'before' })], scope);
          const part = scope.nested(async () => {
            await writeEverything(store, scope);
            throw thrown;
          });
          await rejectsWithSame(thrown, part);
          await store.auditLog.append([makeDraft({ id: 'after' })], scope);
        });
        same(await eventIds(store), ['before', 'after']);
        same(await countEverything(store), { ...NOTHING, entries: 2 });
      });

      test('fails the transaction, when nobody catches what it throws', async (store) => {
        const thrown = new Thrown('the part fails');
        const work = store.unitOfWork.run(async (scope) => {
          await writeEverything(store, scope);
          await scope.nested(() => Promise.reject(thrown));
        });
        await rejectsWithSame(thrown, work);
        assert.equal((await countEverything(store)).entries, 0);
      });

      test('is lost with the transaction, though it succeeded itself', async (store) => {
        const thrown = new Thrown('the transaction fails');
        const work = store.unitOfWork.run(async (scope) => {
          await scope.nested(() => writeEverything(store, scope));
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        assert.equal((await countEverything(store)).entries, 0);
      });

      test('can be nested in itself: an inner failure leaves the outer part', async (store) => {
        const append = (id: string, scope: TransactionScope) => store.auditLog.append([makeDraft({ id })], scope);
        const thrown = new Thrown('the inner part fails');
        await store.unitOfWork.run((scope) =>
          scope.nested(async () => {
            await append('outer', scope);
            const inner = scope.nested(async () => {
              await append('inner', scope);
              throw thrown;
            });
            await rejectsWithSame(thrown, inner);
            await scope.nested(() => append('sibling', scope));
          }),
        );
        same(await eventIds(store), ['outer', 'sibling']);
      });

      test('takes its inner parts back with it, though they succeeded', async (store) => {
        const thrown = new Thrown('the outer part fails');
        await store.unitOfWork.run(async (scope) => {
          const outer = scope.nested(async () => {
            await scope.nested(() => store.auditLog.append([makeDraft({ id: 'inner' })], scope));
            throw thrown;
          });
          await rejectsWithSame(thrown, outer);
          await store.auditLog.append([makeDraft({ id: 'after' })], scope);
        });
        same(await eventIds(store), ['after']);
      });
    });

    harness.describe('onRollback', () => {
      test('is not run when the transaction succeeds', async ({ unitOfWork }) => {
        const undone: string[] = [];
        await unitOfWork.run((scope) => {
          scope.onRollback(() => undone.push('undone'));
          return Promise.resolve();
        });
        same(undone, []);
      });

      test('is run in reverse order when the transaction fails', async ({ unitOfWork }) => {
        const undone: string[] = [];
        const thrown = new Thrown('the transaction fails');
        const work = unitOfWork.run((scope) => {
          for (const name of ['first', 'second', 'third']) scope.onRollback(() => undone.push(name));
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        same(undone, ['third', 'second', 'first']);
      });

      test('is run for a nested part that fails, and not again with the transaction', async ({ unitOfWork }) => {
        const undone: string[] = [];
        const thrown = new Thrown('everything fails');
        const work = unitOfWork.run(async (scope) => {
          scope.onRollback(() => undone.push('outer'));
          const part = scope.nested(() => {
            scope.onRollback(() => undone.push('part, first'));
            scope.onRollback(() => undone.push('part, second'));
            throw thrown;
          });
          await rejectsWithSame(thrown, part);
          same(undone, ['part, second', 'part, first']);
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        same(undone, ['part, second', 'part, first', 'outer']);
      });

      test('is run for a nested part that succeeded, when the transaction fails', async ({ unitOfWork }) => {
        const undone: string[] = [];
        const thrown = new Thrown('the transaction fails');
        const work = unitOfWork.run(async (scope) => {
          await scope.nested(() => {
            scope.onRollback(() => undone.push('part'));
            return Promise.resolve();
          });
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        same(undone, ['part']);
      });
    });
  });
}

/** Writes through each repository once. */
async function writeEverything(store: WholeStore, scope: TransactionScope): Promise<void> {
  await store.executions.save(makeSnapshot(), scope);
  await store.checkpoints.add(makeCheckpoint(), [CONTENT], scope);
  await store.checkpoints.saveBranch(makeBranch(), scope);
  await store.deadLetters.save(makeDeadLetter(), scope);
  await store.auditLog.append([makeDraft()], scope);
}

interface Counts {
  readonly entries: number;
  readonly executions: number;
  readonly checkpoints: number;
  readonly branches: number;
  readonly contents: number;
  readonly deadLetters: number;
}

const NOTHING: Counts = { entries: 0, executions: 0, checkpoints: 0, branches: 0, contents: 0, deadLetters: 0 };

/** What {@link writeEverything} leaves. */
const EVERYTHING: Counts = { entries: 1, executions: 1, checkpoints: 1, branches: 1, contents: 1, deadLetters: 1 };

const CONTENT = makeContent({ rows: [1, 2, 3] });

async function countEverything(store: WholeStore): Promise<Counts> {
  return {
    entries: (await store.auditLog.readRange(0, 100)).length,
    executions: (await store.executions.list({ limit: 100 })).length,
    checkpoints: (await store.checkpoints.list('run-1')).length,
    branches: (await store.checkpoints.branches('run-1')).length,
    contents: (await store.checkpoints.contents([CONTENT.hash])).size,
    deadLetters: await store.deadLetters.count({}),
  };
}

async function eventIds(store: WholeStore): Promise<string[]> {
  return (await store.auditLog.readRange(0, 100)).map((entry) => entry.columns.eventId);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
