import { isDeepStrictEqual } from 'node:util';
import { loadState, loadValue, loadValues } from '../../../../../src/domain/checkpoint/content/load-state.js';
import { refHash, referencesIn } from '../../../../../src/domain/checkpoint/content/references.js';
import { StateEncoder } from '../../../../../src/domain/checkpoint/content/state-encoder.js';
import { textHash } from '../../../../../src/domain/checkpoint/content/value-text.js';
import { sha256Hex } from '../../../../../src/domain/shared/hash.js';
import { PieceStore } from '../../../../support/piece-store.js';

const encoder = new StateEncoder();

/** A content of somebody's own under its right hash. */
function put(store: PieceStore, body: string): string {
  const hash = textHash(body);
  store.bodies.set(hash, body);
  return hash;
}

const ref = (hash: string): string => `{"$":"@${hash}"}`;

const code = (name: string) => expect.objectContaining({ code: name }) as Error;

async function stored(value: unknown): Promise<unknown> {
  const store = new PieceStore();
  const encoded = encoder.encodeValue(value);
  store.keep([encoded]);
  return loadValue(encoded.ref, store.read);
}

describe('a value that is read', () => {
  it('is what it was, whatever JSON makes of it', async () => {
    const shared = { a: 1 };
    const value = {
      falsy: [0, -0, '', false, null, undefined, Number.NaN, 0n],
      numbers: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 5e-324, 123_456_789_012_345_678_901n],
      dates: [new Date(0), new Date(8.64e15), new Date(-1)],
      bytes: [new Uint8Array([1, 2]), Buffer.from('ž'), new Float32Array([1.5]), new Uint8Array([7]).buffer],
      maps: new Map<unknown, unknown>([
        [{ key: 1 }, new Set([undefined, new Map()])],
        [Number.NaN, shared],
      ]),
      pattern: /a"b/gi,
      url: new URL('https://example.org/?q=1'),
      keys: { $: '@', ['__proto__']: { polluted: true }, '': '' },
      shared: [shared, shared],
    };
    expect(isDeepStrictEqual(await stored(value), value)).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('is an invalid date where it was one', async () => {
    const [date] = (await stored([new Date(Number.NaN)])) as Date[];
    expect(date).toBeInstanceOf(Date);
    expect(date?.getTime()).toBeNaN();
  });

  it('has nothing where a list had a hole: it is undefined', async () => {
    // oxlint-disable-next-line no-sparse-arrays -- that is what it is about
    expect(await stored([1, , 3])).toStrictEqual([1, undefined, 3]);
  });

  it('is an error again, with its name, its stack, its cause and its own data', async () => {
    class QuotaExceeded extends RangeError {
      override name = 'QuotaExceeded';
      readonly quota = 5;
    }
    const cause = new TypeError('inner', { cause: 'innermost' });
    const before = new QuotaExceeded('too much', { cause });
    const [after, aggregate] = (await stored([before, new AggregateError([cause], 'both')])) as [
      QuotaExceeded,
      AggregateError,
    ];
    expect(after).toBeInstanceOf(Error);
    expect([after.name, after.message, after.quota, after.stack]).toStrictEqual([
      'QuotaExceeded',
      'too much',
      5,
      before.stack,
    ]);
    expect(after.cause).toBeInstanceOf(TypeError);
    expect((after.cause as Error).cause).toBe('innermost');
    expect(Object.keys(after)).toStrictEqual(['quota']);
    expect((aggregate.errors[0] as Error).message).toBe('inner');
  });

  it('revives nothing: what looks like a class stays data', async () => {
    const value = { lc: 1, type: 'constructor', id: ['Date'], toJSON: 1 };
    expect(await stored(value)).toStrictEqual(value);
  });

  it('comes back through its adapter, innermost first; without one its data does', async () => {
    class Point {
      readonly at: unknown;

      constructor(at: unknown) {
        this.at = at;
      }
    }
    const revived: unknown[] = [];
    const foreign = {
      dump: (value: object) => (value instanceof Point ? { name: 'Point', data: value.at } : undefined),
      revive: (name: string, data: unknown) => {
        revived.push([name, data]);
        return new Point(data);
      },
    };
    const store = new PieceStore();
    const encoded = new StateEncoder({ foreign }).encodeValue(new Point([new Point('inner')]));
    store.keep([encoded]);
    const loaded = await loadValue(encoded.ref, store.read, { foreign });
    expect(loaded).toStrictEqual(new Point([new Point('inner')]));
    expect(revived[0]).toStrictEqual(['Point', 'inner']);
    expect(await loadValue(encoded.ref, store.read)).toStrictEqual(['inner']);
  });

  it('is frozen all through where that is asked for, and new to the caller otherwise', async () => {
    const value = { list: Array.from({ length: 50 }, (_, index) => ({ text: 'x'.repeat(400), index })) };
    const store = new PieceStore();
    const state = encoder.encode('frozen', value);
    store.keep(state.values);
    const { state: frozen } = await loadState(state.manifest, store.read, { frozen: true });
    const list = frozen['list'] as readonly object[];
    expect([frozen, list, ...list].every((part) => Object.isFrozen(part))).toBe(true);
    const { state: own } = await loadState(state.manifest, store.read);
    (own['list'] as { text: string }[])[0]!.text = 'changed';
    expect((await loadState(state.manifest, store.read)).state).toStrictEqual(value);
  });

  it('takes one read for each level, however many values there are', async () => {
    const store = new PieceStore();
    const values = Array.from({ length: 50 }, (_, index) => encoder.encodeValue({ text: 'x'.repeat(400 + index) }));
    store.keep(values);
    const refs = values.map((value) => value.ref);
    expect(await loadValues(refs, store.read)).toHaveLength(50);
    expect(store.reads).toBe(1);
  });
});

describe('contents of the first format', () => {
  const body = '{"rows":[1,{"$":"u"}],"__proto__":{"a":1}}';
  const hash = sha256Hex(body);

  it('are read as the JSON they are', async () => {
    const store = new PieceStore();
    store.bodies.set(hash, body);
    const { state, actualHash } = await loadState([['value', hash]], store.read);
    expect(JSON.stringify(state['value'])).toBe(body);
    expect(actualHash).toBe(sha256Hex(JSON.stringify([['value', hash]])));
  });

  it.each(['[2]', `${body} `, body.slice(1), ''])('show that they were altered: %s', async (altered) => {
    const store = new PieceStore();
    store.bodies.set(hash, altered);
    const { state, actualHash } = await loadState(
      [
        ['value', hash],
        ['rest', '=true'],
      ],
      store.read,
    );
    expect(actualHash).not.toBe(
      sha256Hex(
        JSON.stringify([
          ['value', hash],
          ['rest', '=true'],
        ]),
      ),
    );
    expect(state).toStrictEqual({ rest: true });
  });
});

describe('hostile contents', () => {
  it('that refer to each other in a circle are altered, and end', async () => {
    const store = new PieceStore();
    const hash = put(store, '[1]');
    store.bodies.set(hash, `[${ref(hash)}]`);
    await expect(loadValue(hash, store.read)).rejects.toThrow(code('WAYMARK_CHECKPOINT_ALTERED'));
  });

  it('that grow without measure when they are put together are refused', async () => {
    const store = new PieceStore();
    let hash = put(store, JSON.stringify('x'.repeat(1_000)));
    for (let level = 0; level < 40; level += 1) hash = put(store, `[${ref(hash)},${ref(hash)}]`);
    await expect(loadValue(hash, store.read)).rejects.toThrow(code('WAYMARK_CHECKPOINT_TOO_LARGE'));
    await expect(loadValue(hash, store.read, { frozen: true })).rejects.toThrow(code('WAYMARK_CHECKPOINT_TOO_LARGE'));
  });

  it('that are larger than the limit are refused', async () => {
    const store = new PieceStore();
    const hash = put(store, JSON.stringify('x'.repeat(1_000)));
    await expect(loadValue(hash, store.read, { maxBytes: 1_000 })).rejects.toThrow(
      expect.objectContaining({ code: 'WAYMARK_CHECKPOINT_TOO_LARGE', details: { limit: 1_000 } }),
    );
    await expect(loadValue(hash, store.read, { maxBytes: 1_002 })).resolves.toHaveLength(1_000);
  });

  it('that nest without measure are refused', async () => {
    const store = new PieceStore();
    const deep = put(store, `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    await expect(loadValue(deep, store.read, { frozen: true })).rejects.toThrow(code('WAYMARK_STORE_CORRUPT'));
    const marked = put(store, `${'['.repeat(10_000)}{"$":"u"}${']'.repeat(10_000)}`);
    await expect(loadValue(marked, store.read)).rejects.toThrow(code('WAYMARK_STORE_CORRUPT'));
    let chain = put(store, '[1]');
    for (let level = 0; level < 5_000; level += 1) chain = put(store, `[${ref(chain)}]`);
    await expect(loadValue(chain, store.read)).rejects.toThrow(code('WAYMARK_STORE_CORRUPT'));
  });

  it('of a newer format say what to do', async () => {
    const store = new PieceStore();
    const hash = put(store, '[{"$":"tensor","v":[1]}]');
    await expect(loadValue(hash, store.read)).rejects.toThrow(
      expect.objectContaining({ code: 'WAYMARK_CHECKPOINT_FORMAT', hint: expect.stringContaining('newer') as string }),
    );
    await expect(loadValue('={"$":"tensor"}', store.read)).rejects.toThrow(code('WAYMARK_CHECKPOINT_FORMAT'));
    expect(() => referencesIn('{"$":"tensor"}')).toThrow(code('WAYMARK_CHECKPOINT_FORMAT'));
  });

  it.each([
    'no JSON',
    '{"$":"@short"}',
    '{"$":"@"}',
    '{"$":"n","v":"1.5"}',
    '{"$":"n","v":1}',
    '{"$":"d","v":"1"}',
    '{"$":"b","t":"Function","v":""}',
    '{"$":"b","t":"Uint8Array","v":1}',
    '{"$":"b","t":"Float64Array","v":"AA=="}',
    '{"$":"m","v":[[1]]}',
    '{"$":"m","v":{}}',
    '{"$":"s","v":1}',
    '{"$":"o","v":[[1,2]]}',
    '{"$":"e","v":[["message","x"]]}',
    '{"$":"r","v":["(",""]}',
    '{"$":"r"}',
    '{"$":"url","v":"no URL"}',
    '{"$":"x","v":1}',
    '{"$":"l","v":[]}',
    '{"$":"l","v":[["x"],[]]}',
    '{"$":"k","v":[[1]]}',
    '{"$":"t","v":[[1]]}',
    '{"$":"c","v":[]}',
  ])('under the right hash that Waymark never writes are called so: %s', async (body) => {
    const store = new PieceStore();
    await expect(loadValue(put(store, body), store.read)).rejects.toThrow(code('WAYMARK_STORE_CORRUPT'));
    await expect(loadValue(`=${body}`, store.read)).rejects.toThrow(code('WAYMARK_STORE_CORRUPT'));
  });

  it('whose nodes are of another kind are called so', async () => {
    const store = new PieceStore();
    for (const body of ['1', '"text"', '{"a":1}', 'null', '{"$":"u"}']) {
      const node = put(store, body);
      for (const mark of ['l', 'k', 't']) {
        const root = put(store, `{"$":"${mark}","v":[["${node}"],[]]}`);
        await expect(loadValue(root, store.read)).rejects.toThrow(code('WAYMARK_STORE_CORRUPT'));
      }
    }
  });

  it('have addresses that are none', async () => {
    for (const address of ['', 'x', '../etc', 'A'.repeat(44), 'Z'.repeat(64)]) {
      expect(() => refHash(address)).toThrow(code('WAYMARK_STORE_CORRUPT'));
      await expect(loadValue(address, new PieceStore().read)).rejects.toThrow(code('WAYMARK_STORE_CORRUPT'));
    }
  });
});
