import { jest } from '@jest/globals';
import type { ExecutionSnapshot } from '../../src/domain/execution/execution-snapshot.js';
import { WaymarkError } from '../../src/domain/shared/errors.js';
import type { TransactionScope } from '../../src/domain/shared/transaction.js';
import { PostgresDialect } from '../../src/infrastructure/persistence/typeorm/dialect/postgres-dialect.js';
import type { WholeStore } from '../../src/testing.js';
import { makeBranch, makeCheckpoint, makeDraft, makeSnapshot } from '../../src/testing/fixtures.js';
import { caught } from '../support/caught.js';
import { STORES } from '../support/stores.js';

// Each test makes a store.
jest.setTimeout(30_000);

describe.each(STORES)('writes that may be gathered, %s', (name, open) => {
  const gathers = name === 'on PostgreSQL';
  let store: WholeStore;

  beforeEach(async () => {
    store = await open();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await store.close();
  });

  const run = <T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> =>
    store.unitOfWork.runGathering?.(work) ?? store.unitOfWork.run(work);

  /** What a step of an execution writes: its checkpoint after another, its branch and itself. */
  async function step(
    scope: TransactionScope,
    snapshot: ExecutionSnapshot,
    checkpointId: string,
    parentId: string | null = null,
  ): Promise<void> {
    const { id: executionId, completed } = snapshot;
    const position = { completed, nextNodeIds: [`after ${checkpointId}`] };
    const ids = { id: checkpointId, executionId, parentId, sequence: completed.length };
    await store.checkpoints.add(makeCheckpoint({ ...ids, position }), [], scope);
    await store.checkpoints.saveBranch(makeBranch({ executionId, headCheckpointId: checkpointId }), scope);
    await store.executions.save(snapshot, scope);
  }

  const ended = (id: string, version: number, count: number): ExecutionSnapshot =>
    makeSnapshot({
      id,
      version,
      completed: Array.from({ length: count }, (_, index) => ({ nodeId: `node-${index}`, occurrence: 1 })),
    });

  it('are all there, as they are one by one', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    await run(async (scope) => {
      for (const id of ids) await scope.nested(() => step(scope, ended(id, 0, 0), `${id}/0`));
    });
    await run(async (scope) => {
      for (const id of ids) await scope.nested(() => step(scope, ended(id, 1, 1), `${id}/1`, `${id}/0`));
      await store.auditLog.append([makeDraft()], scope);
    });
    for (const id of ids) {
      expect(await store.executions.find(id)).toMatchObject({ version: 2, completed: ended(id, 1, 1).completed });
      expect(await store.checkpoints.list(id)).toMatchObject([
        { id: `${id}/0`, parentId: null, position: { completed: [], nextNodeIds: [`after ${id}/0`] } },
        { id: `${id}/1`, parentId: `${id}/0`, position: { completed: ended(id, 1, 1).completed } },
      ]);
      expect(await store.checkpoints.branches(id)).toMatchObject([{ headCheckpointId: `${id}/1` }]);
    }
    expect((await store.auditLog.head()).size).toBe(1);
  });

  it('are written in one statement, where each would be a message', async () => {
    const written = jest.spyOn(PostgresDialect.prototype, 'writeGathered');
    await run(async (scope) => {
      for (const id of ['a', 'b', 'c']) await scope.nested(() => step(scope, ended(id, 0, 0), `${id}/0`));
    });
    expect(written.mock.calls.map(([, parts]) => parts.map(({ rows }) => rows.length))).toStrictEqual(
      gathers ? [[3, 3, 3]] : [],
    );
  });

  it('can follow each other within one transaction', async () => {
    await run(async (scope) => {
      await step(scope, ended('run', 0, 0), 'first');
      await step(scope, ended('run', 1, 1), 'second', 'first');
      await step(scope, ended('run', 2, 2), 'third', 'second');
    });
    expect(await store.executions.find('run')).toMatchObject({ version: 3, completed: ended('run', 2, 2).completed });
    expect((await store.checkpoints.list('run')).map(({ id }) => id)).toStrictEqual(['first', 'second', 'third']);
    expect(await store.checkpoints.branches('run')).toMatchObject([{ headCheckpointId: 'third' }]);
  });

  it('are seen by what reads within the same transaction', async () => {
    await run(async (scope) => {
      await step(scope, ended('run', 0, 1), 'first');
      expect(await store.executions.find('run', scope)).toMatchObject({ version: 1 });
      expect(await store.checkpoints.find('first', scope)).toMatchObject({ executionId: 'run' });
      expect(await store.checkpoints.branches('run', scope)).toMatchObject([{ headCheckpointId: 'first' }]);
    });
  });

  it('are left out with the part that they were made in, and no others', async () => {
    await run(async (scope) => {
      await scope.nested(() => step(scope, ended('before', 0, 0), 'of-before'));
      const failing = scope.nested(async () => {
        await step(scope, ended('lost', 0, 0), 'of-lost');
        throw new Error('this part fails');
      });
      expect(await caught(failing)).toMatchObject({ message: 'this part fails' });
      const late = scope.nested(async () => {
        await step(scope, ended('lost-too', 0, 0), 'of-lost-too');
        // What reads has everything written that was gathered.
        expect(await store.executions.find('before', scope)).toBeDefined();
        throw new Error('this part fails as well');
      });
      expect(await caught(late)).toMatchObject({ message: 'this part fails as well' });
      await scope.nested(() => step(scope, ended('after', 0, 0), 'of-after'));
    });
    const found = await store.executions.list({ limit: 10 });
    expect(found.map(({ id }) => id).toSorted()).toStrictEqual(['after', 'before']);
    expect(await store.checkpoints.find('of-lost')).toBeUndefined();
    expect(await store.checkpoints.find('of-lost-too')).toBeUndefined();
  });

  describe('of which one is refused', () => {
    beforeEach(() =>
      run(async (scope) => {
        await step(scope, ended('stale', 0, 0), 'stale/0');
        await step(scope, ended('sound', 0, 0), 'sound/0');
      }),
    );

    /** Runs parts of one transaction, as whoever gathers commits does. Returns what each of them rejected with. */
    async function together(
      parts: readonly ((scope: TransactionScope) => Promise<void>)[],
    ): Promise<readonly unknown[]> {
      let failures: unknown[] = [];
      await run(async (scope) => {
        failures = [];
        for (const part of parts) failures.push(await outcomeOf(scope.nested(() => part(scope))));
      });
      return failures;
    }

    const sound = (scope: TransactionScope): Promise<void> => step(scope, ended('sound', 1, 1), 'sound/1', 'sound/0');

    it.each([
      [
        'an execution that is at another version',
        'WAYMARK_VERSION_CONFLICT',
        (scope: TransactionScope) => step(scope, ended('stale', 7, 1), 'stale/1', 'stale/0'),
      ],
      [
        'an execution that is there already',
        'WAYMARK_VERSION_CONFLICT',
        (scope: TransactionScope) => step(scope, ended('stale', 0, 1), 'stale/1', 'stale/0'),
      ],
      [
        'a checkpoint that is there already',
        'WAYMARK_CHECKPOINT_EXISTS',
        (scope: TransactionScope) => step(scope, ended('stale', 1, 1), 'stale/0', 'stale/0'),
      ],
      [
        'a checkpoint after one that is not there',
        'WAYMARK_PARENT_NOT_FOUND',
        (scope: TransactionScope) => step(scope, ended('stale', 1, 1), 'stale/1', 'nowhere'),
      ],
      [
        'a checkpoint after itself',
        'WAYMARK_PARENT_NOT_FOUND',
        (scope: TransactionScope) => step(scope, ended('stale', 1, 1), 'stale/1', 'stale/1'),
      ],
      [
        "a checkpoint after another execution's",
        'WAYMARK_PARENT_NOT_FOUND',
        (scope: TransactionScope) => step(scope, ended('stale', 1, 1), 'stale/1', 'sound/0'),
      ],
    ])('%s: it alone', async (_, code, refused) => {
      expect(await together([refused, sound])).toStrictEqual([code, 'kept']);
      expect(await store.executions.find('stale')).toMatchObject({ version: 1, completed: [] });
      expect(await store.executions.find('sound')).toMatchObject({ version: 2, completed: ended('', 0, 1).completed });
      expect((await store.checkpoints.list('sound')).map(({ id }) => id)).toStrictEqual(['sound/0', 'sound/1']);
      expect((await store.checkpoints.list('stale')).map(({ id }) => id)).toStrictEqual(['stale/0']);
    });

    it('leaves nothing behind that the next one would rely on', async () => {
      await together([(scope) => step(scope, ended('stale', 7, 1), 'stale/1', 'stale/0'), sound]);
      await run((scope) => step(scope, ended('stale', 1, 2), 'stale/1', 'stale/0'));
      expect(await store.executions.find('stale')).toMatchObject({ completed: ended('', 0, 2).completed });
      expect((await store.checkpoints.find('stale/1'))?.position.completed).toStrictEqual(ended('', 0, 2).completed);
    });
  });
});

/** `kept`, or the code that it was refused with. */
function outcomeOf(part: Promise<void>): Promise<string> {
  return part.then(
    () => 'kept',
    (error: unknown) => (WaymarkError.is(error) ? error.code : String(error)),
  );
}
