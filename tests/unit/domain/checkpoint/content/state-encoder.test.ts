import { loadState } from '../../../../../src/domain/checkpoint/content/load-state.js';
import { type EncodedState, StateEncoder } from '../../../../../src/domain/checkpoint/content/state-encoder.js';
import { caughtWaymark } from '../../../../support/caught.js';
import { PieceStore, piecesOf } from '../../../../support/piece-store.js';

type State = Readonly<Record<string, unknown>>;

const encode = (state: State): EncodedState => new StateEncoder().encode('run', state);
const refOf = (state: EncodedState, key: string): string => new Map(state.manifest).get(key) as string;

/** A text of a length, of which no part is like another. */
function textOf(length: number, seed: number): string {
  let state = seed * 2_654_435_761 + 1;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, length);
}

const message = (index: number): State => ({
  type: 'human',
  id: `message-${index}`,
  kwargs: { content: textOf(900, index), additional: {} },
});

describe('a state taken apart', () => {
  it('keeps small values in their place, and everything else under its hash', () => {
    const state = encode({ limit: 1, name: 'run', rows: [textOf(100, 1)] });
    expect(refOf(state, 'limit')).toBe('=1');
    expect(refOf(state, 'name')).toBe('="run"');
    expect(refOf(state, 'rows')).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('shares what did not change, also between keys', () => {
    const rows = [textOf(100, 1)];
    const first = encode({ rows, limit: 1 });
    const second = encode({ rows: [...rows], limit: 2, copy: rows });
    expect(refOf(second, 'rows')).toBe(refOf(first, 'rows'));
    expect(refOf(second, 'copy')).toBe(refOf(first, 'rows'));
    expect(second.stateHash).not.toBe(first.stateHash);
  });

  it('counts bytes of the whole text, not characters, and not what is stored', () => {
    expect(encode({ text: 'ž' }).stateBytes).toBe(4);
    expect(encode({}).stateBytes).toBe(0);
    const large = { list: Array.from({ length: 300 }, (_, index) => message(index)), text: 'ž'.repeat(200_000) };
    const json = Buffer.byteLength(JSON.stringify(large.list)) + Buffer.byteLength(JSON.stringify(large.text));
    expect(encode(large).stateBytes).toBe(json);
  });

  it('tells two states apart by keys, by order, by types and by values', () => {
    const states: State[] = [
      {},
      { a: 1 },
      { b: 1 },
      { a: '1' },
      { a: 1n },
      { a: 1, b: 1 },
      { b: 1, a: 1 },
      { a: [1] },
      { a: new Set([1]) },
      { a: 0 },
      { a: -0 },
      { a: null },
      { a: undefined },
      { a: Number.NaN },
      { a: new Date(1) },
      { a: new Uint8Array([1]) },
      { a: Buffer.from([1]) },
      { a: { x: undefined } },
      { a: {} },
      { a: { $: 'u' } },
      { a: [['$', 'u']] },
    ];
    expect(new Set(states.map((state) => encode(state).stateHash)).size).toBe(states.length);
  });

  it('is the same state whatever its objects are: frozen, of another prototype, or copies', () => {
    const value = { a: [1, { b: textOf(300, 1) }] };
    const other = Object.assign(Object.create(null), structuredClone(value)) as State;
    expect(encode({ value: Object.freeze(structuredClone(value)) }).stateHash).toBe(encode({ value }).stateHash);
    expect(encode({ value: other }).stateHash).toBe(encode({ value }).stateHash);
  });
});

describe('a state that grows', () => {
  it.each<[string, (index: number) => unknown]>([
    ['strings', (index) => textOf(1_024, index)],
    ['messages', message],
  ])('stores of a list of %s what was appended, and little more', (_, make) => {
    const encoder = new StateEncoder();
    const store = new PieceStore();
    const list: unknown[] = [];
    let [bytes, data] = [0, 0];
    for (let index = 0; index < 1_000; index += 1) {
      list.push(make(index));
      data += JSON.stringify(list.at(-1)).length;
      bytes += store.keep(encoder.encode('run', { list }).values).bytes;
    }
    expect(bytes - data).toBeLessThan(1_000 * 700);
    expect(store.bodies.size).toBeLessThan(1_000 * 2.6);
  });

  it('stores little of a list whose beginning was cut off, or that was changed in the middle', () => {
    const encoder = new StateEncoder();
    const store = new PieceStore();
    const list = Array.from({ length: 2_000 }, (_, index) => message(index));
    const added = (): number => store.keep(encoder.encode('run', { list }).values).bytes;
    const whole = added();
    list.splice(0, 1);
    expect(added()).toBeLessThan(whole / 100);
    list.splice(1_000, 0, message(-1));
    expect(added()).toBeLessThan(whole / 100);
    list[500] = message(-2);
    expect(added()).toBeLessThan(whole / 100);
  });

  it('stores little of a large object in which one value changed', () => {
    const encoder = new StateEncoder();
    const store = new PieceStore();
    const table: Record<string, Record<string, State>> = {};
    for (let row = 0; row < 100; row += 1) {
      const cells: Record<string, State> = {};
      for (let cell = 0; cell < 20; cell += 1) cells[`cell-${cell}`] = message(row * 20 + cell);
      table[`row-${row}`] = cells;
    }
    const whole = store.keep(encoder.encode('run', { table }).values).bytes;
    (table['row-50'] as Record<string, State>)['cell-7'] = message(-1);
    expect(store.keep(encoder.encode('run', { table }).values).bytes).toBeLessThan(whole / 100);
  });

  it.each<[string, (text: string) => unknown]>([
    ['string', (text) => text],
    ['buffer', (text) => Buffer.from(text)],
  ])('stores little of a long %s into which something was inserted', (_, make) => {
    const encoder = new StateEncoder();
    const store = new PieceStore();
    const text = textOf(2_000_000, 1);
    const added = (value: string): number => store.keep(encoder.encode('run', { text: make(value) }).values).bytes;
    const whole = added(text);
    expect(added(`${text} and more`)).toBeLessThan(whole / 5);
    expect(added(`${text.slice(0, 1_000_000)}inserted${text.slice(1_000_000)}`)).toBeLessThan(whole / 5);
  });

  it('gives the very pieces again that are stored already', () => {
    const encoder = new StateEncoder();
    const list = Array.from({ length: 100 }, (_, index) => message(index));
    const first = new Set(piecesOf(encoder.encode('run', { list }).values));
    const second = piecesOf(encoder.encode('run', { list: [...list, message(100)] }).values);
    expect(second.filter((piece) => !first.has(piece)).length).toBeLessThan(10);
  });

  it('is not remembered beyond the memory it may take, and comes out the same', () => {
    const list = Array.from({ length: 100 }, (_, index) => message(index));
    const forgetful = new StateEncoder({ cacheBytes: 1_000 });
    const [before] = piecesOf(forgetful.encode('run', { list }).values);
    const after = forgetful.encode('run', { list });
    expect(piecesOf(after.values)[0]).not.toBe(before);
    expect(after.stateHash).toBe(encode({ list }).stateHash);
  });

  it('forgets the slot first that was used longest ago', () => {
    const encoder = new StateEncoder({ cacheBytes: 1_000_000 });
    const list = Array.from({ length: 300 }, (_, index) => message(index));
    const [first] = piecesOf(encoder.encode('first', { list }).values);
    expect(piecesOf(encoder.encode('first', { list }).values)[0]).toBe(first);
    encoder.encode('second', { list });
    encoder.encode('third', { list });
    expect(piecesOf(encoder.encode('first', { list }).values)[0]).not.toBe(first);
  });

  it('is forgotten on demand', () => {
    const encoder = new StateEncoder();
    const list = [message(1), message(2), message(3)];
    const [before] = piecesOf(encoder.encode('run', { list }).values);
    encoder.forget('run');
    encoder.forget('run');
    expect(piecesOf(encoder.encode('run', { list }).values)[0]).not.toBe(before);
  });
});

describe('a change in place', () => {
  const bytes = new Uint8Array(100_000);
  it.each<[string, () => { value: unknown; change: () => void }]>([
    ['a property', () => edited({ a: { b: [{ c: 1 }] } }, (value) => (value.a.b[0] = { c: 2 }))],
    ['a nested property', () => edited({ a: { b: [{ c: 1 }] } }, (value) => ((value.a.b[0] as { c: number }).c = 2))],
    ['0 to -0', () => edited({ a: 0 }, (value) => (value.a = -0))],
    ['-0 to 0', () => edited([-0], (value) => (value[0] = 0))],
    ['null to undefined', () => edited<{ a: unknown }>({ a: null }, (value) => (value.a = undefined))],
    ['a key that went', () => edited<Record<string, number>>({ a: 1, b: 2 }, (value) => delete value['b'])],
    [
      'the order of keys',
      () =>
        edited<Record<string, number>>({ a: 1, b: 2 }, (value) => {
          delete value['a'];
          value['a'] = 1;
        }),
    ],
    ['an item', () => edited([message(1), message(2), message(3)], (value) => (value[1] = message(4)))],
    ['the order of items', () => edited([message(1), message(2), message(3)], (value) => value.reverse())],
    ['an item to a list', () => edited([[], {}] as unknown[], (value) => (value[1] = []))],
    ['a date', () => edited({ at: new Date(1) }, ({ at }) => at.setTime(2))],
    ['a map', () => edited(new Map([['a', 1]]), (value) => value.set('a', 2))],
    [
      'the order of a map',
      () =>
        edited(
          new Map([
            ['a', 1],
            ['b', 2],
          ]),
          (value) => value.delete('a') && value.set('a', 1),
        ),
    ],
    [
      'what is in a map',
      () => edited(new Map([['a', { b: 1 }]]), (value) => ((value.get('a') as { b: number }).b = 2)),
    ],
    ['a set', () => edited(new Set([1]), (value) => value.add(2))],
    ['a byte', () => edited(new Uint8Array(10), (value) => (value[5] = 1))],
    ['one of many bytes', () => edited(bytes, (value) => (value[50_000] = (value[50_000] ?? 0) + 1))],
    ['a number of a typed list', () => edited(new Float64Array(4), (value) => (value[3] = 1))],
    ['an error', () => edited(new Error('a'), (value) => (value.message = 'b'))],
    [
      'a frozen object’s getter',
      () => {
        let now = 1;
        return { value: Object.freeze({ get now() { return now; } }), change: () => (now = 2) }; // prettier-ignore
      },
    ],
    ['a frozen object’s date', () => edited(Object.freeze({ at: new Date(1) }), ({ at }) => at.setTime(2))],
    ['a frozen list’s object', () => edited(Object.freeze([{ a: 1 }]), ([first]) => ((first as { a: number }).a = 2))],
  ])('is noticed: %s', (_, make) => {
    const { value, change } = make();
    // Beside something large, and within a long list.
    const state = { list: [...Array.from({ length: 20 }, (_item, index) => message(index)), value], value };
    const encoder = new StateEncoder();
    const before = encoder.encode('run', state);
    expect(encoder.encode('run', state).stateHash).toBe(before.stateHash);
    change();
    const after = encoder.encode('run', state);
    expect(after.stateHash).not.toBe(before.stateHash);
    expect(after).toStrictEqual(expect.objectContaining({ stateHash: encode(state).stateHash }));
    expect(refOf(after, 'list')).toBe(refOf(encode(state), 'list'));
  });

  it('is noticed in what an adapter makes of an object, each time anew', () => {
    class Point {
      x = 1;
    }
    const foreign = {
      dump: (value: object) => (value instanceof Point ? { name: 'Point', data: { x: value.x } } : undefined),
      revive: (_: string, data: unknown) => Object.assign(new Point(), data),
    };
    const encoder = new StateEncoder({ foreign });
    const point = Object.freeze({ point: new Point() });
    const before = encoder.encode('run', { point });
    point.point.x = 2;
    expect(encoder.encode('run', { point }).stateHash).not.toBe(before.stateHash);
  });
});

function edited<Value>(value: Value, change: (value: Value) => unknown): { value: Value; change: () => void } {
  return { value, change: () => void change(value) };
}

describe('a state that can not be stored', () => {
  class Account {}
  const circle: Record<string, unknown> = {};
  circle['self'] = { circle };
  const deep = (levels: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level += 1) value = [value];
    return value;
  };
  it.each<[string, State, string, RegExp]>([
    ['a function', { a: [{ b: () => 1 }] }, '/a/0/b', /\/a\/0\/b is a function/],
    ['a symbol', { a: Symbol('x') }, '/a', /is a symbol/],
    ['a class of the host', { 'a/b': new Map([['k', new Account()]]) }, '/a~1b/0/1', /an instance of Account/],
    ['a class that extends Map', { a: new (class Registry extends Map {})() }, '/a', /an instance of Registry/],
    ['a promise', { a: Promise.resolve(1) }, '/a', /an instance of Promise/],
    ['an object that says it is a date', { a: Object.create({ [Symbol.toStringTag]: 'Date' }) as unknown }, '/a', /./],
  ])('is refused with the path to the part: %s', async (_, state, path, reason) => {
    const error = await caughtWaymark(() => encode(state));
    expect(error.code).toBe('WAYMARK_NOT_STORABLE');
    expect(error.details['path']).toBe(path);
    expect(error.message).toMatch(reason);
  });

  it('is refused when it contains itself, or nests too deep', async () => {
    for (const state of [circle, { a: deep(250) }]) {
      const error = await caughtWaymark(() => encode(state));
      expect(error.code).toBe('WAYMARK_NOT_STORABLE');
      expect(error.message).toContain('nests deeper than 200 levels, or contains itself');
    }
    expect(() => encode({ a: deep(199) })).not.toThrow();
  });

  it('is refused when it is too large, also when it is so only by naming one thing again and again', async () => {
    const small = new StateEncoder({ maxBytes: 10_000 });
    const error = await caughtWaymark(() => small.encode('run', { a: textOf(20_000, 1) }));
    expect(error.code).toBe('WAYMARK_CHECKPOINT_TOO_LARGE');
    expect(error.details['limit']).toBe(10_000);
    let bomb: unknown = textOf(300, 1);
    for (let level = 0; level < 60; level += 1) bomb = [bomb, bomb, bomb];
    expect(() => encode({ bomb })).toThrow(expect.objectContaining({ code: 'WAYMARK_CHECKPOINT_TOO_LARGE' }));
  });

  it('leaves what is remembered as it was', async () => {
    const encoder = new StateEncoder();
    const list: unknown[] = Array.from({ length: 50 }, (_, index) => message(index));
    encoder.encode('run', { list });
    list[3] = 'changed';
    expect(() => encoder.encode('run', { list: [...list, Symbol('x')] })).toThrow('/list/50 is a symbol');
    const after = encoder.encode('run', { list });
    const store = new PieceStore();
    store.keep(after.values);
    expect((await loadState(after.manifest, store.read)).state).toStrictEqual({ list });
  });
});
