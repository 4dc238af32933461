import type { RunnableConfig } from '@langchain/core/runnables';
import { uuid6 } from '@langchain/langgraph-checkpoint';
import { WaymarkSaver } from '../../../src/langgraph.js';
import { codeOf } from '../../support/caught.js';
import { SAVERS, type SaverUnderTest } from '../../support/savers.js';
import { all, putValues, threadConfig, valuesAt } from '../../support/threads.js';
import { chain } from '../../support/workflows.js';

describe.each(SAVERS)('the upkeep of threads, %s', (_name, open) => {
  let under: SaverUnderTest;
  let saver: WaymarkSaver;
  let other: WaymarkSaver;
  beforeEach(async () => {
    under = await open();
    saver = under.saver;
    other = new WaymarkSaver(saver.waymark);
  });
  afterEach(() => under.remove());

  /** A checkpoint whose time is the same each time: nothing but its channels tells two apart. */
  const put = (by: WaymarkSaver, a: string): Promise<RunnableConfig> => {
    const values = { channel_values: { a: long(a) }, channel_versions: { a: 1 }, versions_seen: {} };
    const checkpoint = { v: 4, id: ID, ts: '2026-01-31T12:00:00.000Z', ...values };
    return by.put(threadConfig('t'), checkpoint, { source: 'input', step: -1, parents: {} }, { a: 1 });
  };
  const next = (by: WaymarkSaver, after: RunnableConfig, a: string): Promise<RunnableConfig> =>
    putValues(by, after, { a: long(a), b: 2 }, { id: uuid6(2), versions: { a: 1, b: 2 }, newVersions: { b: 2 } });

  it.each([true, false])(
    'takes over what stands, where a thread was made again by another (collected: %j)',
    async (collects) => {
      const first = await put(saver, 'old');
      await other.deleteThread('t');
      if (collects) await saver.waymark.checkpoints.collectGarbage();
      await put(other, 'new');
      const second = await next(saver, first, 'new');
      expect(await valuesAt(new WaymarkSaver(saver.waymark), second)).toStrictEqual({ a: long('new'), b: 2 });
      expect((await saver.waymark.checkpoints.collectGarbage({ dryRun: true })).contents).toBe(collects ? 0 : 1);
    },
  );

  it('stores a checkpoint again where another one stands under its name by now', async () => {
    await put(saver, 'old');
    await other.deleteThread('t');
    await saver.waymark.checkpoints.collectGarbage();
    await put(other, 'new');
    const config = await put(saver, 'old');
    expect(await valuesAt(new WaymarkSaver(saver.waymark), config)).toStrictEqual({ a: long('old') });
  });

  it('copies no thread onto another, by whatever id that one is kept', async () => {
    const { waymark } = saver;
    await putValues(saver, threadConfig('source'), { of: 'source' });

    const run = await waymark.executions.start(chain(), {}, { executionId: 'hashed' });
    await run.result();
    await putValues(saver, threadConfig('hashed'), { of: 'hashed' });
    await waymark.checkpoints.delete('hashed');
    expect((await waymark.threads.find('hashed'))?.executionId).toMatch(/^thread:/);
    expect(await codeOf(saver.copyThread('source', 'hashed'))).toBe('WAYMARK_EXECUTION_EXISTS');
    expect(await all(saver.list(threadConfig('hashed')))).toHaveLength(1);

    const pending = { configurable: { ...threadConfig('pending').configurable, checkpoint_id: uuid6(1) } };
    await saver.putWrites(pending, [['out', 1]], 'task');
    expect(await codeOf(saver.copyThread('source', 'pending'))).toBe('WAYMARK_EXECUTION_EXISTS');
    expect(await valuesAt(saver, threadConfig('hashed'))).toStrictEqual({ of: 'hashed' });
  });

  it('lists what is left where others prune meanwhile, and records no damage', async () => {
    let config = threadConfig('t');
    for (let n = 0; n < 40; n += 1) {
      config = await putValues(
        saver,
        config,
        { n: long(`${n}`) },
        { id: uuid6(n), metadata: { note: long(`at ${n}`).repeat(4) } },
      );
    }
    const listed: unknown[] = [];
    for await (const { checkpoint } of new WaymarkSaver(saver.waymark).list(threadConfig('t'))) {
      listed.push(checkpoint.channel_values['n']);
      if (listed.length === 1) await saver.waymark.checkpoints.prune('t', { keepLast: 2 });
    }
    expect(listed[0]).toBe(long('39'));
    expect(listed.length).toBeLessThan(40);
    const types = (await saver.waymark.log.query({ executionId: 't' })).map(({ event }) => event.type);
    expect(types).toContain('checkpoint.pruned');
    expect(types).not.toContain('checkpoint.integrity_failed');
  });

  it('names as the checkpoint before one that is there, when those between are pruned', async () => {
    let config = threadConfig('t');
    for (let n = 0; n < 6; n += 1) {
      config = await putValues(saver, config, { n }, { id: uuid6(n) });
      if (n === 2) {
        const { id } = (await saver.waymark.checkpoints.tree('t')).head('main');
        await saver.waymark.checkpoints.label(id, 'keep');
      }
    }
    await saver.waymark.checkpoints.prune('t', { keepLast: 2 });
    const left = await all(saver.list(threadConfig('t')));
    expect(left.map(({ checkpoint }) => checkpoint.channel_values['n'])).toStrictEqual([5, 4, 2]);
    expect(left.map(({ parentConfig }) => parentConfig)).toStrictEqual([left[1]?.config, left[2]?.config, undefined]);
    // The saver that remembers the others goes on as well.
    expect(await valuesAt(other, await putValues(saver, config, { n: 6 }, { id: uuid6(6) }))).toStrictEqual({ n: 6 });
  });

  it('takes a number for the name of a thread, as its text', async () => {
    const numbered = { configurable: { thread_id: 17, checkpoint_ns: '' } };
    const config = await putValues(saver, numbered, { n: 1 });
    expect(config).toMatchObject({ configurable: { thread_id: '17' } });
    await saver.putWrites({ configurable: { ...config.configurable, thread_id: 17 } }, [['out', 1]], 'task');
    expect((await saver.getTuple(numbered))?.pendingWrites).toHaveLength(1);
    expect(await all(saver.list(numbered))).toHaveLength(1);
    expect(await valuesAt(saver, threadConfig('17'))).toStrictEqual({ n: 1 });
    await saver.deleteThread(17 as unknown as string);
    expect(await saver.getTuple(numbered)).toBeUndefined();
  });

  it('takes names of sub-graphs and tasks as long as a key can be, whatever the script', async () => {
    const [longest, task] = [script(341), script(170)];
    const config = await putValues(saver, threadConfig('t', longest), { n: 1 }, { id: script(256) });
    await saver.putWrites(config, [['out', 1]], task);
    expect((await saver.getTuple(config))?.pendingWrites).toStrictEqual([[task, 'out', 1]]);
    expect(await codeOf(putValues(saver, threadConfig('t', script(342)), { n: 1 }))).toBe('WAYMARK_INVALID_ID');
    expect(await codeOf(saver.putWrites(config, [['out', 1]], script(171)))).toBe('WAYMARK_INVALID_ID');
  });
});

const ID = uuid6(1);

/** A text that is stored by itself. */
function long(text: string): string {
  return text + 'x'.repeat(500);
}

/** So many characters of three bytes each, that no database can make shorter. */
function script(length: number): string {
  return Array.from({ length }, (_, at) => String.fromCharCode(0x4e00 + ((at * 7_919) % 20_000))).join('');
}
