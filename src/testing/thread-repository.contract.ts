import assert from 'node:assert/strict';
import type { GraphThread, ThreadCheckpoint, ThreadWrite } from '../domain/checkpoint/thread/graph-thread.js';
import { threadKey } from '../domain/checkpoint/thread/graph-thread.js';
import type { ThreadRepository } from '../domain/checkpoint/thread/thread.repository.port.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWithSame, same, Thrown } from './expectations.js';
import { HOSTILE_STRINGS, HOSTILE_TEXT } from './fixtures.js';
import { type StoreFactory, storeTests, type StoreUnderTest, type TestHarness } from './harness.js';

/** The threads of other engines, and the unit of work that they take part in. */
export interface ThreadStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly threads: ThreadRepository;
}

/**
 * The contract of `ThreadRepository`, as tests.
 *
 * @example
 * threadRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   threads: new InMemoryThreadRepository(),
 *   close: async () => {},
 * }));
 */
export function threadRepositoryContract(harness: TestHarness, makeStore: StoreFactory<ThreadStore>): void {
  const test = storeTests(harness, makeStore);

  harness.describe('ThreadRepository: threads', () => {
    test('knows none at first', async ({ threads }) => {
      assert.equal(await threads.thread('t'), undefined);
      assert.equal(await threads.threadOfExecution('t'), undefined);
      same(await threads.threads({ limit: 10 }), []);
      same(await threads.list({ limit: 10 }), []);
      assert.equal(await threads.head('t', ''), undefined);
      same(await threads.writes({ threadId: 't', namespace: '', checkpointId: 'c' }), []);
    });

    test('takes every name as it is, and tells each from every other', async (store) => {
      const names = [...new Set([...HOSTILE_TEXT, 'x'.repeat(5_000), `${'x'.repeat(5_000)}y`, 'thread:', 'a\nb'])];
      const all = names.filter((name) => name !== '').map((name) => makeThread(name));
      await add(store, { threads: all });
      for (const thread of all) {
        same(await store.threads.thread(thread.threadId), thread);
        same(await store.threads.threadOfExecution(thread.executionId), thread);
      }
      same(await store.threads.threads({ limit: 1_000 }), all);
    });

    test('lists threads a page at a time, in the order of their creation', async (store) => {
      const all = ['c', 'a', 'b'].map((name) => makeThread(name));
      await add(store, { threads: all });
      await add(store, { threads: [{ ...(all[0] as GraphThread), checkpointsCreated: 9 }] });
      const first = await store.threads.threads({ limit: 2 });
      same(
        first.map(({ threadId }) => threadId),
        ['c', 'a'],
      );
      assert.equal(first[0]?.checkpointsCreated, 9);
      same(await store.threads.threads({ after: 'a', limit: 2 }), [all[2]]);
      same(await store.threads.threads({ after: 'b', limit: 2 }), []);
      same(await store.threads.threads({ after: 'nobody', limit: 2 }), []);
    });

    test('lists threads the newest first, where that is wanted', async (store) => {
      await add(store, { threads: ['a', 'b', 'c'].map((name) => makeThread(name)) });
      const newest = async (after?: string): Promise<readonly string[]> =>
        (await store.threads.threads({ after, limit: 2, newestFirst: true })).map(({ threadId }) => threadId);
      same(await newest(), ['c', 'b']);
      same(await newest('b'), ['a']);
    });

    test('removes one thread and nothing of another', async (store) => {
      const names = ['a', 'b'];
      await add(store, {
        threads: names.map((name) => makeThread(name)),
        checkpoints: names.map((threadId) => makeCheckpoint('c-1', { threadId })),
        writes: names.map((threadId) => makeWrite({ threadId })),
        heads: names.map((threadId) => makeCheckpoint('c-1', { threadId })),
      });
      await store.unitOfWork.run((scope) => store.threads.remove('a', scope));
      const { threads } = store;
      assert.equal(await threads.thread('a'), undefined);
      assert.equal(await threads.head('a', ''), undefined);
      same(await threads.list({ threadId: 'a', limit: 10 }), []);
      same(await threads.writes(makeCheckpoint('c-1', { threadId: 'a' })), []);
      same(await threads.list({ limit: 10 }), [makeCheckpoint('c-1', { threadId: 'b' })]);
      assert.equal((await threads.writes(makeCheckpoint('c-1', { threadId: 'b' }))).length, 1);
      await add(store, { threads: [makeThread('a')] });
      same(await threads.list({ threadId: 'a', limit: 10 }), []);
    });
  });

  harness.describe('ThreadRepository: checkpoints', () => {
    test('gives back what was saved, and replaces it', async (store) => {
      const first = makeCheckpoint('c-1');
      await add(store, { threads: [makeThread('t')], checkpoints: [first] });
      same(await store.threads.find(first), first);
      const other = { ...first, id: 'another', record: '="other"', parentCheckpointId: 'c-0' };
      await add(store, { checkpoints: [other] });
      same(await store.threads.find(first), other);
      same(await store.threads.list({ limit: 10 }), [other]);
      assert.equal(await store.threads.find({ ...first, namespace: 'child' }), undefined);
      assert.equal(await store.threads.find({ ...first, threadId: 'u' }), undefined);
    });

    test('reads the newest first, by all that can be asked for', async (store) => {
      const all = ['t', 'u'].flatMap((threadId) =>
        ['', 'child'].flatMap((namespace) =>
          ['c-1', 'c-2', 'c-3'].map((id) => makeCheckpoint(id, { threadId, namespace })),
        ),
      );
      await add(store, { threads: [makeThread('t'), makeThread('u')], checkpoints: all });
      const read = async (query: Parameters<ThreadRepository['list']>[0]) =>
        (await store.threads.list(query)).map((at) => `${at.threadId}/${at.namespace}/${at.checkpointId}`);
      same(await read({ threadId: 't', namespace: '', limit: 10 }), ['t//c-3', 't//c-2', 't//c-1']);
      same(await read({ threadId: 't', limit: 3 }), ['t//c-3', 't/child/c-3', 't//c-2']);
      same(await read({ namespace: 'child', before: 'c-2', limit: 10 }), ['t/child/c-1', 'u/child/c-1']);
      same(await read({ checkpointId: 'c-2', limit: 10 }), ['t//c-2', 't/child/c-2', 'u//c-2', 'u/child/c-2']);
      same(await read({ before: 'c-1', limit: 10 }), []);
      same(await read({ threadId: 'nobody', limit: 10 }), []);
      const pages: string[] = [];
      for (let after: ThreadCheckpoint | undefined; ;) {
        const page: readonly ThreadCheckpoint[] = await store.threads.list({ after, limit: 5 });
        if (page.length === 0) break;
        pages.push(...page.map((at) => `${at.threadId}/${at.namespace}/${at.checkpointId}`));
        after = page.at(-1);
      }
      same(pages, await read({ limit: 100 }));
      assert.equal(new Set(pages).size, 12);
    });

    test('keeps a head for each namespace', async (store) => {
      await add(store, {
        threads: [makeThread('t')],
        heads: [makeCheckpoint('c-1'), makeCheckpoint('c-9', { namespace: 'child' }), makeCheckpoint('c-2')],
      });
      assert.equal(await store.threads.head('t', ''), 'c-2');
      assert.equal(await store.threads.head('t', 'child'), 'c-9');
      assert.equal(await store.threads.head('t', 'other'), undefined);
    });

    test('takes the heads of namespaces away, and keeps what they hold', async (store) => {
      const checkpoints = [makeCheckpoint('c-1'), { ...makeCheckpoint('c-2'), namespace: 'inner' }];
      await add(store, { threads: [makeThread('t')], checkpoints, heads: checkpoints });
      const { threads } = store;
      const dropped = new Thrown('too late');
      await rejectsWithSame(
        dropped,
        store.unitOfWork.run(async (scope) => {
          await threads.dropHeads('t', ['inner', ''], scope);
          throw dropped;
        }),
      );
      assert.equal(await threads.head('t', ''), 'c-1');
      await store.unitOfWork.run((scope) => threads.dropHeads('t', ['inner', 'nowhere'], scope));
      assert.equal(await threads.head('t', 'inner'), undefined);
      assert.equal(await threads.head('t', ''), 'c-1');
      assert.equal((await threads.list({ threadId: 't', limit: 10 })).length, 2);
    });

    test('lets those that stay follow the nearest one that stays, when what was before them is forgotten', async (store) => {
      const follow = (checkpointId: string, parentCheckpointId: string | null, namespace = ''): ThreadCheckpoint =>
        makeCheckpoint(checkpointId, { parentCheckpointId, namespace, id: `${namespace}${checkpointId}` });
      await add(store, {
        threads: [makeThread('t')],
        checkpoints: [
          follow('c-1', null),
          follow('c-2', 'c-1'),
          follow('c-3', 'c-2'),
          follow('c-4', 'c-3'),
          follow('c-5', 'never there'),
          follow('c-2', null, 'child'),
          follow('c-3', 'c-2', 'child'),
        ],
      });
      const parents = async (): Promise<unknown> =>
        (await store.threads.list({ limit: 10 })).map((row) => [
          row.namespace + row.checkpointId,
          row.parentCheckpointId,
        ]);
      const forgotten = new Error('taken back');
      await assert.rejects(
        store.unitOfWork.run(async (scope) => {
          await store.threads.forget('t', ['c-1'], scope);
          throw forgotten;
        }),
      );
      await store.unitOfWork.run((scope) => store.threads.forget('t', ['c-2', 'c-3'], scope));
      const child = [
        ['childc-3', 'c-2'],
        ['childc-2', null],
      ];
      same(await parents(), [['c-5', 'never there'], ['c-4', 'c-1'], ...child, ['c-1', null]]);
      await store.unitOfWork.run((scope) => store.threads.forget('t', ['c-1', 'childc-2'], scope));
      same(await parents(), [
        ['c-5', 'never there'],
        ['c-4', null],
        ['childc-3', null],
      ]);
    });

    test('forgets checkpoints with their writes, and the head goes to the largest that is left', async (store) => {
      const kept = makeCheckpoint('c-1');
      const gone = [
        makeCheckpoint('c-2', { id: 'in the tree' }),
        makeCheckpoint('c-3', { namespace: 'child' }),
      ] as const;
      await add(store, {
        threads: [makeThread('t')],
        checkpoints: [kept, ...gone],
        writes: [makeWrite({ checkpointId: 'c-1' }), makeWrite({ checkpointId: 'c-2' })],
        heads: gone,
      });
      await store.unitOfWork.run((scope) => store.threads.forget('t', ['in the tree', 'c-3', 'nobody'], scope));
      same(await store.threads.list({ limit: 10 }), [kept]);
      same(await store.threads.writes(gone[0]), []);
      assert.equal((await store.threads.writes(kept)).length, 1);
      assert.equal(await store.threads.head('t', ''), 'c-1');
      assert.equal(await store.threads.head('t', 'child'), undefined);
    });
  });

  harness.describe('ThreadRepository: writes', () => {
    test('keeps a write that is there, and replaces a special one', async (store) => {
      await add(store, { threads: [makeThread('t')], writes: [makeWrite({ value: '=1' })] });
      await add(store, { writes: [makeWrite({ value: '=2' }), makeWrite({ index: 1, value: '=3' })] });
      await add(store, { writes: [makeWrite({ index: -4, value: '=4', channel: 'a' })] });
      await add(store, { writes: [makeWrite({ index: -4, value: '=5', channel: 'b' })] });
      const found = await store.threads.writes(makeCheckpoint('c-1'));
      same(found, [
        makeWrite({ index: -4, value: '=5', channel: 'b' }),
        makeWrite({ value: '=1' }),
        makeWrite({ index: 1, value: '=3' }),
      ]);
    });

    test('gives those of several checkpoints apart, in the order in which they are asked for', async (store) => {
      const places = [
        { threadId: 't', checkpointId: 'c-2' },
        { threadId: 't', checkpointId: 'c-1' },
        { threadId: 't', checkpointId: 'c-1', namespace: 'inner' },
        { threadId: 'u', checkpointId: 'c-1' },
      ];
      const writes = places.flatMap((place) => [makeWrite(place), makeWrite({ ...place, index: 1 })]);
      await add(store, { threads: [makeThread('t'), makeThread('u')], writes });
      const keys = [...places, { threadId: 't', checkpointId: 'none' }].map((place) => ({ namespace: '', ...place }));
      const found = await store.threads.writesOf(keys);
      same(found, [writes.slice(0, 2), writes.slice(2, 4), writes.slice(4, 6), writes.slice(6, 8), []]);
      same(await store.threads.writesOf([]), []);
    });

    test('takes every channel and every task as it is', async (store) => {
      const writes = [
        ...HOSTILE_TEXT.map((channel, index) => makeWrite({ taskId: 'a', index, channel })),
        ...HOSTILE_STRINGS.map((taskId) => makeWrite({ taskId })),
      ];
      await add(store, { threads: [makeThread('t')], writes });
      const found = await store.threads.writes(makeCheckpoint('c-1'));
      const inOrder = (list: readonly ThreadWrite[]) => list.map((write) => JSON.stringify(write)).toSorted();
      same(inOrder(found), inOrder(writes));
    });

    test('tells where every value is kept', async (store) => {
      const checkpoints = Array.from({ length: 1_200 }, (_, at) =>
        makeCheckpoint(`c-${at}`, { record: `record ${at}` }),
      );
      const writes = ['a', 'b'].map((taskId) => makeWrite({ taskId, value: `value ${taskId}` }));
      await add(store, { threads: [makeThread('t')], checkpoints, writes });
      const refs: string[] = [];
      for await (const page of store.threads.references()) refs.push(...page);
      same(refs.toSorted(), [...checkpoints.map(({ record }) => record), 'value a', 'value b'].toSorted());
    });

    test('loses what a transaction did that fails', async (store) => {
      const before = makeCheckpoint('c-1');
      await add(store, { threads: [makeThread('t')], checkpoints: [before], writes: [makeWrite()], heads: [before] });
      const thrown = new Thrown('too late');
      const work = store.unitOfWork.run(async (scope) => {
        const { threads } = store;
        await threads.saveThread({ ...makeThread('t'), checkpointsCreated: 5 }, scope);
        await threads.saveThread(makeThread('u'), scope);
        await threads.save({ ...before, record: '=2' }, scope);
        await threads.save(makeCheckpoint('c-2'), scope);
        await threads.saveHead(makeCheckpoint('c-2'), scope);
        await threads.addWrites([makeWrite({ index: 7 })], scope);
        assert.equal((await threads.thread('t', scope))?.checkpointsCreated, 5);
        assert.equal(await threads.head('t', '', scope), 'c-2');
        assert.equal((await threads.find(before, scope))?.record, '=2');
        await threads.forget('t', ['c-1'], scope);
        await threads.remove('u', scope);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      const { threads } = store;
      same(await threads.threads({ limit: 10 }), [makeThread('t')]);
      same(await threads.list({ limit: 10 }), [before]);
      same(await threads.writes(before), [makeWrite()]);
      assert.equal(await threads.head('t', ''), 'c-1');
    });
  });
}

function makeThread(threadId: string): GraphThread {
  return { threadId, executionId: `run of ${threadKey(threadId)}`, checkpointsCreated: 0 };
}

function makeCheckpoint(checkpointId: string, fields: Partial<ThreadCheckpoint> = {}): ThreadCheckpoint {
  return {
    threadId: 't',
    namespace: '',
    checkpointId,
    parentCheckpointId: null,
    id: checkpointId,
    record: '=1',
    ...fields,
  };
}

function makeWrite(fields: Partial<ThreadWrite> = {}): ThreadWrite {
  const at = { threadId: 't', namespace: '', checkpointId: 'c-1' };
  return { ...at, taskId: 'task', index: 0, channel: 'messages', value: '=[]', ...fields };
}

interface Added {
  readonly threads?: readonly GraphThread[];
  readonly checkpoints?: readonly ThreadCheckpoint[];
  readonly writes?: readonly ThreadWrite[];
  readonly heads?: readonly ThreadCheckpoint[];
}

async function add({ unitOfWork, threads }: ThreadStore, added: Added): Promise<void> {
  await unitOfWork.run(async (scope) => {
    for (const thread of added.threads ?? []) await threads.saveThread(thread, scope);
    for (const checkpoint of added.checkpoints ?? []) await threads.save(checkpoint, scope);
    await threads.addWrites(added.writes ?? [], scope);
    for (const head of added.heads ?? []) await threads.saveHead(head, scope);
  });
}
