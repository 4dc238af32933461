import Database from 'better-sqlite3';
import { type CheckpointTuple, DeltaSnapshot, emptyCheckpoint, uuid6 } from '@langchain/langgraph-checkpoint';
import { WaymarkError } from '../../../src/index.js';
import { WaymarkSaver } from '../../../src/langgraph.js';
import { caught, codeOf } from '../../support/caught.js';
import { recordedTypes } from '../../support/open-waymark.js';
import { SAVERS, type SaverUnderTest } from '../../support/savers.js';
import { chain } from '../../support/workflows.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { all, putValues, threadConfig, valuesAt } from '../../support/threads.js';

const THREADS = [
  '__proto__',
  'constructor',
  'prototype',
  'x'.repeat(5_000),
  `${'x'.repeat(5_000)}y`,
  'two\nlines',
  'NUL \0 within',
  'half \ud800 a pair',
  'Ærøskøbing 東京 שלום 👩‍👩‍👧‍👦',
  "'; DROP TABLE thread_checkpoints; --",
  'thread:0123456789abcdef0123456789abcdef',
  ' ',
];

describe.each(SAVERS)('threads, %s', (_name, open) => {
  let under: SaverUnderTest;
  let saver: WaymarkSaver;
  beforeEach(async () => {
    under = await open();
    saver = under.saver;
  });
  afterEach(() => under.remove());

  it('take any name, and are told apart', async () => {
    for (const thread of THREADS) await putValues(saver, threadConfig(thread), { of: thread });
    for (const thread of THREADS) expect(await valuesAt(saver, threadConfig(thread))).toStrictEqual({ of: thread });
    const listed = await all(saver.list({}));
    expect(listed.map(({ config }) => String(config.configurable?.['thread_id'])).toSorted()).toStrictEqual(
      THREADS.toSorted(),
    );
    expect(({} as Record<string, unknown>)['of']).toBeUndefined();
    for (const thread of THREADS) await saver.deleteThread(thread);
    expect(await all(saver.list({}))).toStrictEqual([]);
  });

  it.each([[''], [null], [{}]])('refuse %j for a name', async (thread) => {
    expect(await codeOf(putValues(saver, { configurable: { thread_id: thread } }, {}))).toBe('WAYMARK_INVALID_ID');
  });

  it('refuse names of checkpoints and namespaces that are none', async () => {
    expect(await codeOf(putValues(saver, threadConfig('t'), {}, { id: '__proto__' }))).toBe('WAYMARK_INVALID_ID');
    expect(await codeOf(putValues(saver, threadConfig('t', 'two\nlines'), {}))).toBe('WAYMARK_INVALID_ID');
    expect(await all(saver.list({}))).toStrictEqual([]);
  });

  it('filter by metadata that is equal, whatever the keys and values say', async () => {
    const hostile: Record<string, unknown> = {
      "source' OR '1'='1": "x' OR 1=1 --",
      'a.b': { $ne: null },
      'a"b`c': ['%', '_'],
      '$.source': 1,
      ['k'.repeat(1_000)]: null,
    };
    await putValues(saver, threadConfig('t'), { n: 1 }, { metadata: hostile });
    await putValues(saver, threadConfig('t'), { n: 2 }, { metadata: { a: { b: { $ne: null } }, by: 'Ada' } });
    const found = async (filter: Record<string, unknown>): Promise<unknown[]> =>
      (await all(saver.list({}, { filter }))).map(({ checkpoint }) => checkpoint.channel_values['n']);
    for (const [key, value] of Object.entries(hostile)) expect(await found({ [key]: value })).toStrictEqual([1]);
    expect(await found(hostile)).toStrictEqual([1]);
    expect(await found({ "1'='1' OR source": 'loop' })).toStrictEqual([]);
    expect(await found({ source: "loop' OR '1'='1" })).toStrictEqual([]);
    expect(await found({ source: '%' })).toStrictEqual([]);
    expect(await found(JSON.parse('{"__proto__": {"by": "Ada"}}') as Record<string, unknown>)).toStrictEqual([]);
    expect(await found({ constructor: Object })).toStrictEqual([]);
    expect(await found({ by: 'Ada', source: 'loop' })).toStrictEqual([2]);
    expect(await found({ by: undefined, source: 'loop' })).toStrictEqual([2, 1]);
    expect(await found({ step: '1' })).toStrictEqual([]);
  });

  it('list as many as are asked for, the newest first, however many there are', async () => {
    let config = threadConfig('t');
    for (let n = 0; n < 40; n += 1) {
      config = await putValues(saver, config, { n }, { id: uuid6(n), metadata: { odd: n % 2 === 1 } });
    }
    const listed = await all(saver.list(threadConfig('t')));
    expect(listed.map(({ checkpoint }) => checkpoint.channel_values['n'])).toStrictEqual(
      Array.from({ length: 40 }, (_, at) => 39 - at),
    );
    expect(await all(saver.list(threadConfig('t'), { limit: 3 }))).toStrictEqual(listed.slice(0, 3));
    expect(await all(saver.list(threadConfig('t'), { limit: 0 }))).toStrictEqual([]);
    const odd = await all(saver.list(threadConfig('t'), { limit: 2, filter: { odd: true } }));
    expect(odd.map(({ checkpoint }) => checkpoint.channel_values['n'])).toStrictEqual([39, 37]);
    const before = await all(saver.list(threadConfig('t'), { before: listed[37]!.config }));
    expect(before.map(({ checkpoint }) => checkpoint.channel_values['n'])).toStrictEqual([1, 0]);
  });

  it('take what many nodes write at once, each once', async () => {
    const parent = await putValues(saver, threadConfig('t'), { n: 0 });
    await Promise.all([
      ...Array.from({ length: 20 }, (_, n) =>
        saver.putWrites(
          parent,
          [
            ['a', n],
            ['b', n],
          ],
          `task-${n % 10}`,
        ),
      ),
      ...Array.from({ length: 10 }, (_, n) => putValues(saver, threadConfig('t', `sub:${n}`), { n })),
      ...Array.from({ length: 10 }, (_, n) => putValues(saver, threadConfig(`other-${n}`), { n })),
    ]);
    const tuple = await saver.getTuple(parent);
    expect(tuple?.pendingWrites).toStrictEqual(
      Array.from({ length: 10 }, (_, n) => [
        [`task-${n}`, 'a', n],
        [`task-${n}`, 'b', n],
      ]).flat(),
    );
    for (let n = 0; n < 10; n += 1) {
      expect(await valuesAt(saver, threadConfig('t', `sub:${n}`))).toStrictEqual({ n });
      expect(await valuesAt(saver, threadConfig(`other-${n}`))).toStrictEqual({ n });
    }
    const { executionId } = (await saver.waymark.threads.find('t'))!;
    const sequences = (await saver.waymark.checkpoints.list(executionId)).map(({ sequence }) => sequence);
    expect(sequences).toStrictEqual(Array.from({ length: 11 }, (_, n) => n));
  });

  it('replace special writes, and keep the first of the others', async () => {
    const config = await putValues(saver, threadConfig('t'), {});
    await saver.putWrites(
      config,
      [
        ['out', 1],
        ['__interrupt__', 'first'],
        ['constructor', 1],
      ],
      'task',
    );
    await saver.putWrites(
      config,
      [
        ['out', 2],
        ['__interrupt__', 'second'],
        ['constructor', 2],
      ],
      'task',
    );
    expect((await saver.getTuple(config))?.pendingWrites).toStrictEqual([
      ['task', '__interrupt__', 'second'],
      ['task', 'out', 1],
      ['task', 'constructor', 1],
    ]);
  });

  it('keep writes that come before their checkpoint', async () => {
    const id = uuid6(1);
    const config = { configurable: { ...threadConfig('t').configurable, checkpoint_id: id } };
    await saver.putWrites(config, [['out', 1]], 'task');
    expect(await saver.getTuple(config)).toBeUndefined();
    await putValues(saver, threadConfig('t'), {}, { id });
    expect((await saver.getTuple(config))?.pendingWrites).toStrictEqual([['task', 'out', 1]]);
  });

  it('take several puts of one thread at once, as if they had come one after another', async () => {
    const ids = Array.from({ length: 8 }, (_, n) => uuid6(n));
    await Promise.all(
      ids.map((id, n) => {
        const parent = n === 0 ? {} : { checkpoint_id: ids[n - 1] };
        const config = { configurable: { ...threadConfig('t').configurable, ...parent } };
        const versions = { n: n + 1, same: 1 };
        return putValues(
          saver,
          config,
          { n, same: 'x' },
          { id, versions, newVersions: n === 0 ? versions : { n: n + 1 } },
        );
      }),
    );
    const listed = await all(saver.list(threadConfig('t')));
    expect(listed.map(({ checkpoint }) => checkpoint.channel_values)).toStrictEqual(
      ids.map((_, at) => ({ n: 7 - at, same: 'x' })),
    );
    const tree = await saver.waymark.checkpoints.tree('t');
    expect(tree.branches.map(({ branchId }) => branchId)).toStrictEqual(['main']);
    expect(tree.path(tree.head('main').id)).toHaveLength(8);
  });

  it('are trees: a put that leaves the line makes a branch, and says so', async () => {
    const first = await putValues(saver, threadConfig('t'), { n: 1 });
    const second = await putValues(saver, first, { n: 2 });
    const other = await putValues(saver, first, { n: 3 });
    const tree = await saver.waymark.checkpoints.tree('t');
    expect(tree.branches).toMatchObject([
      { branchId: 'main', headCheckpointId: second.configurable?.['checkpoint_id'] },
      {
        branchId: 'fork-2',
        parentBranchId: 'main',
        startCheckpointId: first.configurable?.['checkpoint_id'],
        headCheckpointId: other.configurable?.['checkpoint_id'],
      },
    ]);
    expect(await recordedTypes(saver.waymark, 't')).toStrictEqual([
      'checkpoint.created',
      'checkpoint.created',
      'checkpoint.branch_created',
      'checkpoint.created',
    ]);
    expect(await valuesAt(saver, threadConfig('t'))).toStrictEqual({ n: 3 });
  });

  it('hang what a sub-graph puts on the checkpoint of the graph that it ran from', async () => {
    const outer = await putValues(saver, threadConfig('t'), { n: 1 });
    const parents = { parents: { '': outer.configurable?.['checkpoint_id'] } };
    const inner = await putValues(saver, threadConfig('t', 'sub:1'), { m: 1 }, { metadata: parents });
    await putValues(saver, inner, { m: 2 }, { metadata: parents });
    await putValues(saver, outer, { n: 2 });
    const tree = await saver.waymark.checkpoints.tree('t');
    expect(tree.roots).toHaveLength(1);
    expect(tree.path(tree.head('sub:1').id)).toHaveLength(3);
    expect(tree.path(tree.head('main').id)).toHaveLength(2);
  });

  it('are not mixed up with an execution that has checkpoints under that name', async () => {
    const { waymark } = saver;
    const run = await waymark.executions.start(chain(), {});
    await run.result();
    const before = await waymark.checkpoints.tree(run.id);
    const config = await putValues(saver, threadConfig(run.id), { n: 1 });
    await putValues(saver, config, { n: 2 });
    expect(await valuesAt(saver, threadConfig(run.id))).toStrictEqual({ n: 2 });
    expect((await waymark.checkpoints.tree(run.id)).branches).toStrictEqual(before.branches);
    const thread = await waymark.threads.find(run.id);
    expect(thread?.executionId).toMatch(/^thread:[0-9a-f]{32}$/);
    expect((await waymark.threads.ofExecution(thread!.executionId))?.threadId).toBe(run.id);
    await saver.deleteThread(run.id);
    expect((await waymark.checkpoints.tree(run.id)).branches).toStrictEqual(before.branches);
  });

  it('are copied with all they have, and go on by themselves', async () => {
    const first = await putValues(saver, threadConfig('t'), { n: 1 });
    await saver.putWrites(first, [['out', 1]], 'task');
    await putValues(saver, first, { n: 2 });
    await saver.copyThread('t', 'copy');
    const strip = ({ config, parentConfig, ...rest }: CheckpointTuple): unknown => ({
      ...rest,
      id: config.configurable?.['checkpoint_id'],
      parent: parentConfig?.configurable?.['checkpoint_id'],
    });
    const [original, copy] = [await all(saver.list(threadConfig('t'))), await all(saver.list(threadConfig('copy')))];
    expect(copy.map(strip)).toStrictEqual(original.map(strip));
    await putValues(saver, copy[0]!.config, { n: 3 });
    expect(await valuesAt(saver, threadConfig('t'))).toStrictEqual({ n: 2 });
    expect(await valuesAt(saver, threadConfig('copy'))).toStrictEqual({ n: 3 });
    expect(await codeOf(saver.copyThread('t', 'copy'))).toBe('WAYMARK_EXECUTION_EXISTS');
  });

  it('keep, when they are pruned, what the value of a delta channel is made of', async () => {
    const counters = { metadata: { counters_since_delta_snapshot: { list: [1, 1] } } };
    let config = await putValues(saver, threadConfig('t'), { list: new DeltaSnapshot([0]) });
    for (let n = 1; n <= 3; n += 1) {
      await saver.putWrites(config, [['list', [n]]], `task-${n}`);
      config = await putValues(
        saver,
        config,
        {},
        { versions: { list: n + 1 }, newVersions: { list: n + 1 }, ...counters },
      );
    }
    const history = await saver.getDeltaChannelHistory({ config, channels: ['list'] });
    const { removed } = await saver.waymark.checkpoints.prune('t', { keepLast: 1 });
    expect(removed).toBe(0);
    expect(await saver.getDeltaChannelHistory({ config, channels: ['list'] })).toStrictEqual(history);
    expect(history['list']?.writes.map(([, , value]) => value)).toStrictEqual([[1], [2], [3]]);
  });

  it('replace a checkpoint that is put again, and keep what was in the tree', async () => {
    const first = await putValues(saver, threadConfig('t'), { n: 1 });
    const id = uuid6(2);
    const second = await putValues(saver, first, { n: 2 }, { id });
    const again = await putValues(saver, first, { n: 'two' }, { id });
    expect(again).toStrictEqual(second);
    expect(await valuesAt(saver, second)).toStrictEqual({ n: 'two' });
    expect(await all(saver.list(threadConfig('t')))).toHaveLength(2);
    const tree = await saver.waymark.checkpoints.tree('t');
    const path = tree.path(tree.head('main').id);
    expect(path).toHaveLength(3);
    expect(await saver.waymark.checkpoints.state(path[1]!.id)).toStrictEqual({ n: 2 });
    const third = await putValues(saver, second, { n: 3 });
    expect((await saver.getTuple(third))?.parentConfig).toStrictEqual(second);
    expect((await saver.waymark.checkpoints.tree('t')).branches).toHaveLength(1);
  });

  it('store nothing when a put says again what is there', async () => {
    const id = uuid6(1);
    const checkpoint = {
      v: 4,
      id,
      ts: '2026-01-31T12:00:00.000Z',
      channel_values: { n: 1 },
      channel_versions: { n: 1 },
      versions_seen: {},
    };
    const metadata = { source: 'loop' as const, step: 1, parents: {} };
    for (let time = 0; time < 3; time += 1) await saver.put(threadConfig('t'), checkpoint, metadata, { n: 1 });
    expect(await recordedTypes(saver.waymark, 't')).toStrictEqual(['checkpoint.created']);
  });

  it('give one name of a checkpoint to two threads, each with its own', async () => {
    const id = uuid6(1);
    await putValues(saver, threadConfig('a'), { of: 'a' }, { id });
    await putValues(saver, threadConfig('b'), { of: 'b' }, { id });
    await putValues(saver, threadConfig('b', 'sub'), { of: 'sub' }, { id });
    expect(await valuesAt(saver, threadConfig('a'))).toStrictEqual({ of: 'a' });
    expect(await valuesAt(saver, threadConfig('b'))).toStrictEqual({ of: 'b' });
    expect(await valuesAt(saver, threadConfig('b', 'sub'))).toStrictEqual({ of: 'sub' });
  });

  it('go on when the parent of a checkpoint is gone', async () => {
    const gone = { configurable: { ...threadConfig('t').configurable, checkpoint_id: uuid6(1) } };
    const config = await putValues(saver, gone, { n: 1 });
    expect((await saver.getTuple(config))?.parentConfig).toStrictEqual(gone);
    expect(await saver.getTuple(gone)).toBeUndefined();
    expect(await saver.getDeltaChannelHistory({ config, channels: ['n'] })).toStrictEqual({ n: { writes: [] } });
  });

  it('are deleted with all they have, which the log keeps', async () => {
    const config = await putValues(saver, threadConfig('t'), { n: 1 });
    await saver.putWrites(config, [['out', 1]], 'task');
    await putValues(saver, threadConfig('t', 'sub'), { n: 2 });
    await putValues(saver, threadConfig('u'), { n: 3 });
    await saver.deleteThread('t');
    await saver.deleteThread('t');
    expect(await saver.getTuple(config)).toBeUndefined();
    expect(await saver.getTuple(threadConfig('t', 'sub'))).toBeUndefined();
    expect(await saver.waymark.checkpoints.list('t')).toStrictEqual([]);
    expect(await valuesAt(saver, threadConfig('u'))).toStrictEqual({ n: 3 });
    const pruned = await saver.waymark.log.query({ types: ['checkpoint.pruned'] });
    expect(pruned.map(({ event }) => event.payload)).toMatchObject([{ executionId: 't', removed: 2, kept: 0 }]);
    const again = await putValues(saver, threadConfig('t'), { n: 4 });
    expect((await saver.getTuple(again))?.pendingWrites).toStrictEqual([]);
  });

  it('are refused when the saver is closed', async () => {
    await saver.close();
    await saver.close();
    expect(await codeOf(putValues(saver, threadConfig('t'), {}))).toBe('WAYMARK_CLOSED');
  });
});

describe.each(SAVERS.filter(([name]) => name !== 'in memory'))('two Waymarks on one thread, %s', (_name, open) => {
  let under: SaverUnderTest;
  let one: WaymarkSaver;
  let other: WaymarkSaver;
  beforeEach(async () => {
    under = await open();
    one = under.saver;
    other = await WaymarkSaver.open(under.storage);
  });
  afterEach(async () => {
    await other.close();
    await under.remove();
  });

  it('take turns, and each sees what the other did', async () => {
    let config = threadConfig('t');
    for (let n = 1; n <= 6; n += 1) {
      const versions = { same: 1, n };
      const newVersions = n === 1 ? versions : { n };
      config = await putValues(n % 2 === 0 ? other : one, config, { same: 'x', n }, { versions, newVersions });
    }
    expect(await valuesAt(one, threadConfig('t'))).toStrictEqual({ same: 'x', n: 6 });
    const tree = await other.waymark.checkpoints.tree('t');
    expect(tree.branches).toHaveLength(1);
    expect(tree.checkpoints.map(({ sequence }) => sequence)).toStrictEqual([0, 1, 2, 3, 4, 5]);
  });

  it('take over what the other replaced, and not what was there before', async () => {
    const id = uuid6(1);
    const first = await putValues(one, threadConfig('t'), { same: 'old' }, { id, versions: { same: 1 } });
    await putValues(other, threadConfig('t'), { same: 'new' }, { id, versions: { same: 1 } });
    const options = { versions: { same: 1, n: 2 }, newVersions: { n: 2 } };
    const second = await putValues(one, first, { same: 'old', n: 2 }, options);
    expect(await valuesAt(other, second)).toStrictEqual({ same: 'new', n: 2 });
  });

  it('make two branches when both go on from one checkpoint at once', async () => {
    const first = await putValues(one, threadConfig('t'), { n: 0 });
    const [left, right] = await Promise.all([putValues(one, first, { n: 1 }), putValues(other, first, { n: 2 })]);
    expect(await valuesAt(other, left)).toStrictEqual({ n: 1 });
    expect(await valuesAt(one, right)).toStrictEqual({ n: 2 });
    const tree = await one.waymark.checkpoints.tree('t');
    expect(tree.branches.map(({ branchId }) => branchId).toSorted()).toStrictEqual(['fork-2', 'main']);
    expect(tree.children(tree.roots[0]!.id)).toHaveLength(2);
    expect((await one.waymark.log.verify()).verdict).toBe('ok');
  });
});

describe('a saver', () => {
  it('leaves a Waymark open that it did not open', async () => {
    const owner = await WaymarkSaver.open('memory:');
    const saver = new WaymarkSaver(owner.waymark);
    await saver.close();
    await putValues(saver, threadConfig('t'), { n: 1 });
    expect(await valuesAt(owner, threadConfig('t'))).toStrictEqual({ n: 1 });
    await owner.close();
  });

  it('closes at the end of its block what it opened', async () => {
    let waymark;
    {
      await using saver = await WaymarkSaver.open({ storage: 'memory:' });
      ({ waymark } = saver);
    }
    const metadata = { source: 'loop' as const, step: 0, parents: {} };
    const put = new WaymarkSaver(waymark).put(threadConfig('t'), emptyCheckpoint(), metadata, {});
    expect(await codeOf(put)).toBe('WAYMARK_CLOSED');
  });

  it('says nothing of its store where it is part of a configuration', async () => {
    await using saver = await WaymarkSaver.open('memory:');
    expect(JSON.stringify({ saver })).toBe('{"saver":"[WaymarkSaver]"}');
  });

  it.each([
    ['a state', 'UPDATE contents SET body = replace(body, ?, ?)'],
    ['a manifest', 'UPDATE checkpoints SET manifest = replace(manifest, \'"text"\', \'"taxt"\') WHERE ? <> ?'],
  ])('tells of %s that was altered in the file, and records it', async (_what, sql) => {
    const folder = makeTemporaryFolder();
    const path = folder.file('threads.db');
    try {
      await using saver = await WaymarkSaver.open(`sqlite:${path}`);
      const config = await putValues(saver, threadConfig('t'), { text: 'x'.repeat(200) });
      const hand = new Database(path);
      expect(hand.prepare(sql).run('xx', 'xy').changes).toBeGreaterThan(0);
      hand.close();
      expect(await codeOf(saver.getTuple(config))).toBe('WAYMARK_CHECKPOINT_ALTERED');
      expect(await codeOf(all(saver.list(threadConfig('t'))))).toBe('WAYMARK_CHECKPOINT_ALTERED');
      expect((await recordedTypes(saver.waymark, 't')).slice(1)).toStrictEqual([
        'checkpoint.integrity_failed',
        'checkpoint.integrity_failed',
      ]);
    } finally {
      folder.remove();
    }
  });

  it('tells of writes that were altered, and records it', async () => {
    await using saver = await WaymarkSaver.open('memory:');
    const { waymark } = saver;
    const config = await putValues(saver, threadConfig('t'), {});
    await saver.putWrites(config, [['out', 'x'.repeat(200)]], 'task');
    const contents = waymark.store.checkpoints.contents.bind(waymark.store.checkpoints);
    waymark.store.checkpoints.contents = async (hashes) =>
      new Map(Array.from(await contents(hashes), ([hash, body]) => [hash, body.replace('xx', 'xy')]));
    const error = await caught(saver.getTuple(config));
    expect(WaymarkError.is(error, 'WAYMARK_CHECKPOINT_ALTERED')).toBe(true);
    expect((await recordedTypes(waymark, 't')).at(-1)).toBe('checkpoint.integrity_failed');
  });
});
