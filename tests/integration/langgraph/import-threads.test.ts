import { Command } from '@langchain/langgraph';
import type { BaseCheckpointSaver, CheckpointTuple } from '@langchain/langgraph-checkpoint';
import { importThreads } from '../../../src/langgraph.js';
import { at, fillWithOrders, type OfficialSource, orderGraph, ORDERS, SOURCES } from '../../support/import-sources.js';
import { type SaverUnderTest, SAVERS } from '../../support/savers.js';
import { all } from '../../support/threads.js';

/** All that a saver says of a thread, with messages as they are serialised. */
async function told(saver: BaseCheckpointSaver, threadId: string): Promise<unknown[]> {
  const tuples = await all(saver.list(at(threadId)));
  const plain = await Promise.all(tuples.map((tuple) => serialised(saver, tuple)));
  return plain.toSorted((a, b) => (a < b ? -1 : 1)).map((text) => JSON.parse(text) as unknown);
}

async function serialised(saver: BaseCheckpointSaver, tuple: CheckpointTuple): Promise<string> {
  const { config, parentConfig = null, checkpoint, metadata, pendingWrites } = tuple;
  const [, bytes] = await saver.serde.dumpsTyped([
    config,
    parentConfig,
    checkpoint.id,
    checkpoint,
    metadata,
    pendingWrites,
  ]);
  return new TextDecoder().decode(bytes);
}

/** Messages are what they are as JSON. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value);
  return JSON.parse(text);
}

/** What a graph has done and stands at, without what is made anew each time: ids and times. */
async function historyOf(saver: BaseCheckpointSaver, threadId: string): Promise<unknown[]> {
  const states = await all(orderGraph(saver).getStateHistory(at(threadId)));
  return states.map(({ values, next, metadata, tasks }) => ({
    values: asJson(values),
    next,
    source: metadata?.source,
    step: metadata?.step,
    tasks: tasks.map(({ name, interrupts, error }) => ({
      name,
      interrupts: interrupts.map(({ value }) => value as unknown),
      failed: error !== undefined,
    })),
  }));
}

describe.each(SOURCES)('an import from %s', (_source, openSource) => {
  let source: OfficialSource;
  let counts: { readonly checkpoints: number; readonly writes: number };

  beforeAll(async () => {
    source = await openSource();
    await fillWithOrders(source.saver);
    const tuples = await all(source.saver.list({ configurable: {} }));
    const writes = tuples.reduce((sum, { pendingWrites = [] }) => sum + pendingWrites.length, 0);
    counts = { checkpoints: tuples.length, writes };
  });
  afterAll(() => source.remove());

  describe.each(SAVERS)('to a store %s', (_target, openTarget) => {
    let target: SaverUnderTest;

    beforeEach(async () => {
      target = await openTarget();
    });
    afterEach(() => target.remove());

    it('copies every thread, says how many it compared, and both savers say the same', async () => {
      const result = await importThreads(target.saver.waymark, source.url);
      expect(result).toStrictEqual({
        threads: ORDERS.length,
        ...counts,
        skipped: { checkpoints: 0, writes: 0 },
        compared: { threads: ORDERS.length, ...counts },
      });
      for (const threadId of ORDERS) {
        expect(await told(target.saver, threadId)).toStrictEqual(await told(source.saver, threadId));
      }
    });

    it('skips what is there when it is done again', async () => {
      await importThreads(target.saver.waymark, source.url, { threads: ['order-2'] });
      const { size } = await target.saver.waymark.log.head();
      const again = await importThreads(target.saver.waymark, source.url, { threads: ['order-2'] });
      const { threads, ...found } = again.compared;
      expect(again).toMatchObject({ threads, checkpoints: 0, writes: 0, skipped: found });
      expect(again.compared.checkpoints).toBeGreaterThan(10);
      expect((await target.saver.waymark.log.head()).size).toBe(size);
      expect(await importThreads(target.saver.waymark, source.url)).toMatchObject({
        checkpoints: counts.checkpoints - again.skipped.checkpoints,
        skipped: again.skipped,
        compared: { threads: ORDERS.length, ...counts },
      });
    });

    it('goes on after it was stopped', async () => {
      const stop = new AbortController();
      const reason = new Error('enough');
      const options = {
        signal: stop.signal,
        onProgress: () => stop.abort(reason),
      };
      await expect(importThreads(target.saver.waymark, source.url, options)).rejects.toBe(reason);
      const stored = (await all(target.saver.list({ configurable: {} }))).length;
      expect(stored).toBeGreaterThan(0);
      expect(stored).toBeLessThan(counts.checkpoints);
      expect(await importThreads(target.saver.waymark, source.url)).toMatchObject({
        checkpoints: counts.checkpoints - stored,
        skipped: { checkpoints: stored },
        compared: counts,
      });
    });

    it('hangs the first checkpoint of a sub-graph on that of the graph which it started from', async () => {
      await importThreads(target.saver.waymark, source.url, { threads: ['order-1'] });
      const tree = await target.saver.waymark.checkpoints.tree('order-1');
      expect(tree.branches.filter(({ startCheckpointId }) => startCheckpointId === null)).toHaveLength(1);
    });
  });
});

describe.each(SOURCES)('a graph that was begun on %s', (_source, openSource) => {
  it.each(SAVERS)('goes on %s from where it stood, as it does there', async (_target, openTarget) => {
    const source = await openSource();
    const target = await openTarget();
    try {
      await fillWithOrders(source.saver);
      await importThreads(target.saver.waymark, source.url);
      for (const threadId of ORDERS) {
        expect(await historyOf(target.saver, threadId)).toStrictEqual(await historyOf(source.saver, threadId));
      }
      const goOn = async (saver: BaseCheckpointSaver): Promise<unknown> => {
        const answered = await orderGraph(saver).invoke(new Command({ resume: { paid: 12 } }), at('order-1'));
        const retried = await orderGraph(saver).invoke(null, at('order-3'));
        const [, before] = await all(orderGraph(saver).getStateHistory(at('order-2')));
        const again = await orderGraph(saver).invoke(null, before?.config ?? {});
        return asJson([answered, retried, again]);
      };
      const [here, there] = [await goOn(target.saver), await goOn(source.saver)];
      expect(here).toStrictEqual(there);
      expect(JSON.stringify(here)).toContain('closed with {\\"paid\\":12}');
      for (const threadId of ORDERS) {
        expect(await historyOf(target.saver, threadId)).toStrictEqual(await historyOf(source.saver, threadId));
      }
    } finally {
      await Promise.all([source.remove(), target.remove()]);
    }
  });
});
