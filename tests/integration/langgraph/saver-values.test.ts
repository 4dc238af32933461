import { AIMessage, type AIMessageFields, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { Document } from '@langchain/core/documents';
import { Command, Send } from '@langchain/langgraph';
import {
  type Checkpoint,
  type CheckpointMetadata,
  DeltaSnapshot,
  emptyCheckpoint,
  type SerializerProtocol,
  uuid6,
} from '@langchain/langgraph-checkpoint';
import { WaymarkError } from '../../../src/index.js';
import { WaymarkSaver } from '../../../src/langgraph.js';
import { caught, codeOf } from '../../support/caught.js';
import { SAVERS, type SaverUnderTest } from '../../support/savers.js';
import { putValues, threadConfig, valuesAt } from '../../support/threads.js';

describe.each(SAVERS)('values of channels, %s', (_name, open) => {
  let under: SaverUnderTest;
  let saver: WaymarkSaver;
  beforeEach(async () => {
    under = await open();
    saver = under.saver;
  });
  afterEach(() => under.remove());

  it('gives back everything that is falsy, and everything that JSON can not say', async () => {
    const values: Record<string, unknown> = {
      false: false,
      zero: 0,
      negativeZero: -0,
      empty: '',
      null: null,
      undefined,
      nan: Number.NaN,
      infinity: Number.POSITIVE_INFINITY,
      emptyList: [],
      emptyObject: {},
      date: new Date(0),
      bytes: new Uint8Array([0, 255, 1]),
      noBytes: new Uint8Array(),
      big: -(2n ** 80n),
      map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1n, undefined])]]),
      noMap: new Map(),
      set: new Set(['a', Number.NaN]),
      pattern: /a\/b/giu,
      nested: { list: [undefined, -0, { deep: new Date(5) }] },
      ['__proto__']: { own: true },
      constructor: 'a channel',
      'with "quotes" and \0 NUL': 'and \ud800 half a pair',
    };
    const config = await putValues(saver, threadConfig('t'), { ...values, noDate: new Date(Number.NaN) });
    const { noDate, ...read } = await valuesAt(saver, config);
    expect((noDate as Date).getTime()).toBeNaN();
    expect(Object.keys(read)).toStrictEqual(Object.keys(values));
    expect(Object.is(read['negativeZero'], -0)).toBe(true);
    expect('undefined' in read).toBe(true);
    expect(read).toStrictEqual(values);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  it('gives back writes as they were, whatever they are', async () => {
    const config = await putValues(saver, threadConfig('t'), {});
    const writes: [string, unknown][] = [undefined, null, 0, '', false, -0, 1n, new Date(1), new Map([[1, 2]])].map(
      (value, at) => [`channel ${at}`, value],
    );
    await saver.putWrites(config, writes, 'task');
    const tuple = await saver.getTuple(config);
    expect(tuple?.pendingWrites).toStrictEqual(writes.map(([channel, value]) => ['task', channel, value]));
  });

  it('makes messages again as what they were, with all they hold', async () => {
    const messages = [
      new SystemMessage({ content: 'Be brief.', id: 's-1' }),
      new HumanMessage({ content: [{ type: 'text', text: 'What is 6 × 7?' }], name: 'ada', id: 'h-1' }),
      new AIMessage({
        content: '',
        id: 'a-1',
        tool_calls: [{ name: 'multiply', args: { a: 6, b: 7 }, id: 'c-1', type: 'tool_call' }],
        usage_metadata: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
        additional_kwargs: { at: new Date(7), lc: 1 },
        response_metadata: { model: 'm' },
      } as unknown as AIMessageFields),
      new ToolMessage({ content: '42', tool_call_id: 'c-1', status: 'success', artifact: { big: 42n } }),
    ];
    const config = await putValues(saver, threadConfig('t'), { messages });
    const { messages: read } = (await valuesAt(saver, config)) as { messages: typeof messages };
    expect(read.map((message) => message.constructor)).toStrictEqual([
      SystemMessage,
      HumanMessage,
      AIMessage,
      ToolMessage,
    ]);
    expect(read).toStrictEqual(messages);
    expect((read[2] as AIMessage).additional_kwargs['at']).toStrictEqual(new Date(7));
    expect((read[2] as AIMessage).tool_calls?.[0]?.args).toStrictEqual({ a: 6, b: 7 });
    expect((read[3] as ToolMessage).tool_call_id).toBe('c-1');
  });

  it('stores what LangGraph sends, snapshots and documents as its own serializer would', async () => {
    const values = {
      __pregel_tasks: [new Send('worker', { item: new HumanMessage('x') })],
      delta: new DeltaSnapshot([1, 2]),
      documents: [new Document({ pageContent: 'text', metadata: { page: 1 } })],
      command: new Command({ goto: 'next', update: { a: 1 } }),
    };
    const read = await valuesAt(saver, await putValues(saver, threadConfig('t'), values));
    expect(read['__pregel_tasks']).toStrictEqual([{ node: 'worker', args: { item: new HumanMessage('x') } }]);
    expect(read['delta']).toBeInstanceOf(DeltaSnapshot);
    expect(read['delta']).toStrictEqual(new DeltaSnapshot([1, 2]));
    expect(read['documents']).toStrictEqual([{ pageContent: 'text', metadata: { page: 1 }, id: undefined }]);
    expect(read['command']).toMatchObject({ goto: ['next'], update: { a: 1 } });
  });

  it('gives out new objects each time, that the caller may change', async () => {
    const config = await putValues(saver, threadConfig('t'), { list: [{ n: 1 }] });
    const first = (await valuesAt(saver, config))['list'] as { n: number }[];
    first.push({ n: 2 });
    (first[0] as { n: number }).n = 9;
    expect(await valuesAt(saver, config)).toStrictEqual({ list: [{ n: 1 }] });
  });

  it('stores the state as it is when it is put, though the graph goes on and changes it', async () => {
    const list = [{ n: 1 }];
    const put = putValues(saver, threadConfig('t'), { list });
    (list[0] as { n: number }).n = 2;
    list.push({ n: 3 });
    expect(await valuesAt(saver, await put)).toStrictEqual({ list: [{ n: 1 }] });
  });

  it.each([
    ['a function', { tools: [{ call: () => 1 }] }, '/tools/0/call', 'function'],
    ['a symbol', { mark: { deep: Symbol('x') } }, '/mark/deep', 'symbol'],
    ['a promise', { later: Promise.resolve(1) }, '/later', 'Promise'],
  ])('says of %s which channel it is in, where, and why it can not be stored', async (_what, values, path, why) => {
    const error = await caught(putValues(saver, threadConfig('t'), values));
    expect(error).toMatchObject({ code: 'WAYMARK_NOT_STORABLE', details: { path } });
    expect((error as Error).message).toContain(path);
    expect((error as Error).message).toContain(why);
    expect(await saver.getTuple(threadConfig('t'))).toBeUndefined();
  });

  it('stores what a class keeps to itself as an empty object, as JSON does', async () => {
    class Hidden {
      readonly #secret = 1;
      get seen(): number {
        return this.#secret;
      }
    }
    const values = {
      hidden: new Hidden(),
      list: [new Hidden()],
      number: Object(7) as unknown,
      text: Object('a') as unknown,
    };
    const config = await putValues(saver, threadConfig('t'), { ...values, truth: Object(false) as unknown });
    expect(await valuesAt(saver, config)).toStrictEqual({ hidden: {}, list: [{}], number: 7, text: 'a', truth: false });
  });

  it.each([
    ['a weak map', new WeakMap()],
    ['a generator', (function* () {})()],
    ['a map of a class of its own', new (class Index extends Map<number, number> {})([[1, 2]])],
    ['a boxed symbol', Object(Symbol('x'))],
  ])('refuses %s', async (_what, value: unknown) => {
    expect(await codeOf(putValues(saver, threadConfig('t'), { value }))).toBe('WAYMARK_NOT_STORABLE');
  });

  it('leaves functions and symbols out of metadata, as JSON does', async () => {
    const pattern = /a/g;
    const metadata = {
      call: () => 1,
      mark: Symbol('x'),
      list: [1, () => 1, Symbol('y')],
      deep: { call: () => 1, pattern, at: new Date(5), by: new Map([['k', { bytes: new Uint8Array([1, 2]) }]]) },
      link: new URL('https://example.org/'),
      message: new HumanMessage('hi'),
    };
    const config = await putValues(saver, threadConfig('t'), {}, { metadata });
    const { deep, link, message } = metadata;
    expect((await saver.getTuple(config))?.metadata).toStrictEqual({
      source: 'loop',
      step: 1,
      parents: {},
      list: [1, null, null],
      deep: { pattern, at: deep.at, by: deep.by },
      link,
      message,
    });
  });

  it('says of metadata where it can not be stored, by the path that the caller knows', async () => {
    const metadata = { run: { later: Promise.resolve(1) } };
    const error = await caught(putValues(saver, threadConfig('t'), {}, { metadata }));
    expect(error).toMatchObject({ code: 'WAYMARK_NOT_STORABLE', details: { path: '/run/later' } });
    expect((error as Error).message).toMatch(
      /^The metadata of checkpoint .* can't be stored: \/run\/later is .*Promise/,
    );
  });

  it('stores what it is given as it is then, whatever of it changes before it is stored', async () => {
    const message = new AIMessage({ content: 'first', additional_kwargs: { deep: { k: 1 } } });
    const metadata = { deep: { list: [1] }, message };
    const checkpoint: Checkpoint = {
      ...emptyCheckpoint(),
      channel_values: { list: [1], plain: 1, unchanged: { z: 1 } },
      channel_versions: { list: 1, plain: 1, unchanged: 1 },
      versions_seen: { node: { list: 1 } },
    };
    // It follows one that is not there: what did not change has to be taken from here.
    const parent = { configurable: { ...threadConfig('t').configurable, checkpoint_id: uuid6(1) } };
    const newVersions = { list: 1, plain: 1 };
    const put = saver.put(parent, checkpoint, metadata as unknown as CheckpointMetadata, newVersions);
    (checkpoint.channel_values['list'] as number[]).push(2);
    (checkpoint.channel_values['unchanged'] as { z: number }).z = 2;
    checkpoint.channel_values['plain'] = 2;
    checkpoint.channel_values['late'] = 2;
    checkpoint.channel_versions['list'] = 2;
    checkpoint.versions_seen['node']!['list'] = 2;
    Object.assign(newVersions, { unchanged: 2 });
    metadata.deep.list.push(2);
    (message.additional_kwargs['deep'] as { k: number }).k = 2;
    const tuple = await saver.getTuple(await put);
    expect(tuple?.checkpoint).toMatchObject({
      channel_versions: { list: 1, plain: 1, unchanged: 1 },
      versions_seen: { node: { list: 1 } },
    });
    expect(tuple?.checkpoint.channel_values).toStrictEqual({ list: [1], plain: 1, unchanged: { z: 1 } });
    expect(tuple?.metadata).toMatchObject({ deep: { list: [1] }, message: { additional_kwargs: { deep: { k: 1 } } } });
    expect(tuple?.metadata).toHaveProperty('deep', { list: [1] });
  });

  it('says of a write which task and which channel it is of', async () => {
    const config = await putValues(saver, threadConfig('t'), {});
    const error = await caught(saver.putWrites(config, [['out', { call: () => 1 }]], 'task-7'));
    expect((error as Error).message).toMatch(/task-7.*"out".*\/call is a function/);
  });
});

describe('a serializer of the host', () => {
  it.each(SAVERS)('is used for values, writes and metadata, %s', async (_name, open) => {
    const { saver, remove } = await open({ serde: rot13 });
    try {
      const config = await putValues(saver, threadConfig('t'), { secret: ['Swordfish'] }, { metadata: { by: 'Ada' } });
      await saver.putWrites(config, [['out', 'Trout']], 'task');
      const next = await putValues(
        saver,
        config,
        { secret: ['Swordfish'], more: 'Salmon' },
        { versions: { secret: 1, more: 2 }, newVersions: { more: 2 } },
      );
      const tuple = await saver.getTuple(config);
      expect(tuple?.checkpoint.channel_values).toStrictEqual({ secret: ['Swordfish'] });
      expect(tuple?.pendingWrites).toStrictEqual([['task', 'out', 'Trout']]);
      expect(tuple?.metadata).toMatchObject({ by: 'Ada' });
      expect(await valuesAt(saver, next)).toStrictEqual({ secret: ['Swordfish'], more: 'Salmon' });
      const found = [];
      for await (const { metadata } of saver.list(threadConfig('t'), { filter: { by: 'Ada' } })) found.push(metadata);
      expect(found).toHaveLength(1);

      const without = new WaymarkSaver(saver.waymark);
      const error = await caught(without.getTuple(config));
      expect(WaymarkError.is(error, 'WAYMARK_SERIALIZER_MISSING')).toBe(true);
      expect((error as WaymarkError).hint).toContain('serde');
    } finally {
      await remove();
    }
  });

  it('may be given later: what was stored without it is still read', async () => {
    const saver = await WaymarkSaver.open('memory:');
    const config = await putValues(saver, threadConfig('t'), { plain: 1 });
    expect(await valuesAt(new WaymarkSaver(saver.waymark, { serde: rot13 }), config)).toStrictEqual({ plain: 1 });
    await saver.close();
  });
});

/** Hides every letter of a value's JSON. */
const rot13: SerializerProtocol = {
  dumpsTyped: (value) => Promise.resolve(['rot13', new TextEncoder().encode(turned(JSON.stringify(value)))]),
  loadsTyped: (type, data) => {
    if (type !== 'rot13') throw new TypeError(`not ${type}`);
    return Promise.resolve(JSON.parse(turned(new TextDecoder().decode(data as Uint8Array))));
  },
};

function turned(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCodePoint(((letter.codePointAt(0)! - base + 13) % 26) + base);
  });
}
