import * as vm from 'node:vm';
import { diffState, type StateChange } from '../../../src/index.js';
import { diffStateAt } from '../../../src/domain/checkpoint/state-diff.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';

/** The numbers from one to another. */
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
/** How many changes there are of each kind. */
function kinds(changes: readonly StateChange[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of changes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

describe('the difference of two states', () => {
  it('is nothing when they say the same, in whatever order', () => {
    expect(diffState({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toStrictEqual([]);
  });

  it('names the smallest parts that differ, by JSON pointer', () => {
    const before = { limit: 0.2, rows: [1, 2, 3], deep: { same: 1, gone: true }, 'a/b~c': 1 };
    const after = { limit: 0.3, rows: [1, 9], deep: { same: 1, fresh: [] }, 'a/b~c': 2 };
    expect(diffState(before, after)).toStrictEqual([
      { kind: 'changed', path: '/limit', before: 0.2, after: 0.3 },
      { kind: 'changed', path: '/rows/1', before: 2, after: 9 },
      { kind: 'removed', path: '/rows/2', before: 3 },
      { kind: 'removed', path: '/deep/gone', before: true },
      { kind: 'added', path: '/deep/fresh', after: [] },
      { kind: 'changed', path: '/a~1b~0c', before: 1, after: 2 },
    ]);
  });

  it('sees a change of kind as one change', () => {
    expect(diffState({ a: [] }, { a: {} })).toStrictEqual([{ kind: 'changed', path: '/a', before: [], after: {} }]);
    expect(diffState({ a: null }, { a: {} })).toStrictEqual([{ kind: 'changed', path: '/a', before: null, after: {} }]);
    expect(diffState(1, '1')).toStrictEqual([{ kind: 'changed', path: '', before: 1, after: '1' }]);
  });

  it('tells a key that is null or undefined from one that is not there, and is not confused by inherited names', () => {
    expect(diffState({}, { a: null, b: undefined, toString: 1 })).toStrictEqual([
      { kind: 'added', path: '/a', after: null },
      { kind: 'added', path: '/b', after: undefined },
      { kind: 'added', path: '/toString', after: 1 },
    ]);
    expect(diffState(JSON.parse('{"__proto__":1}'), {})).toStrictEqual([
      { kind: 'removed', path: '/__proto__', before: 1 },
    ]);
  });
});

describe('in a list', () => {
  it('what is put before a thousand items is one change', () => {
    const list = range(1, 1_000).map((number) => ({ number }));
    expect(diffState({ list }, { list: [{ number: 0 }, ...list] })).toStrictEqual([
      { kind: 'added', path: '/list/0', after: { number: 0 } },
    ]);
    expect(diffState({ list }, { list: list.slice(1) })).toStrictEqual([
      { kind: 'removed', path: '/list/0', before: { number: 1 } },
    ]);
  });

  it('an item that is found elsewhere was moved, and its neighbours were not', () => {
    expect(diffState(['a', 'b', 'c', 'd'], ['d', 'a', 'b', 'c'])).toStrictEqual([
      { kind: 'moved', from: '/3', path: '/0', value: 'd' },
    ]);
  });

  it('items are told by their id, and looked into where they changed', () => {
    const before = [
      { id: 'm1', text: 'hello' },
      { id: 'm2', text: 'wrold', tags: ['draft'] },
    ];
    const after = [
      { id: 'm0', text: 'system' },
      { id: 'm2', text: 'world', tags: [] },
      { id: 'm1', text: 'hello' },
    ];
    const changes = diffState({ messages: before }, { messages: after });
    expect(kinds(changes)).toStrictEqual({ added: 1, moved: 1, changed: 1, removed: 1 });
    expect(changes).toContainEqual({ kind: 'added', path: '/messages/0', after: after[0] });
    expect(changes).toContainEqual({ kind: 'removed', path: '/messages/1/tags/0', before: 'draft' });
    expect(changes.find(({ kind }) => kind === 'changed')).toMatchObject({ path: '/messages/1/text', before: 'wrold' });
  });

  it('says where an item was whose index is another one', () => {
    const before = { rows: [{ id: 1, n: 1, tags: ['a'] }] };
    const after = { rows: [{ id: 0 }, { id: 1, n: 2, tags: [] }] };
    expect(diffState(before, after)).toStrictEqual([
      { kind: 'added', path: '/rows/0', after: { id: 0 } },
      { kind: 'changed', path: '/rows/1/n', from: '/rows/0/n', before: 1, after: 2 },
      { kind: 'removed', path: '/rows/0/tags/0', before: 'a', parent: '/rows/1/tags' },
    ]);
  });

  it('takes an item without an id for the same at the same place, unless it has hardly a key in common', () => {
    expect(diffState([{ role: 'user', text: 'a' }], [{ role: 'user', text: 'b' }])).toStrictEqual([
      { kind: 'changed', path: '/0/text', before: 'a', after: 'b' },
    ]);
    expect(kinds(diffState([{ role: 'user', text: 'a' }], [{ tool: 'x', result: 1 }]))).toStrictEqual({
      removed: 1,
      added: 1,
    });
    expect(kinds(diffState([{ id: 1, text: 'a' }], [{ id: 2, text: 'a' }]))).toStrictEqual({ removed: 1, added: 1 });
  });

  it('knows a message of LangChain as it is stored by the id that it was constructed with', () => {
    const message = (id: string, content: string): unknown => ({
      lc: 1,
      type: 'constructor',
      id: ['langchain_core', 'messages', 'AIMessage'],
      kwargs: { id, content },
    });
    expect(diffState([message('a', 'x'), message('b', 'y')], [message('b', 'z')])).toStrictEqual([
      { kind: 'removed', path: '/0', before: message('a', 'x') },
      { kind: 'changed', path: '/0/kwargs/content', from: '/1/kwargs/content', before: 'y', after: 'z' },
    ]);
  });

  it('does not take items for the same by an id that several have', () => {
    const before = [
      { id: 'x', n: 1 },
      { id: 'x', n: 2 },
      { id: 'x', n: 3 },
    ];
    expect(diffState(before, before.slice(1))).toStrictEqual([{ kind: 'removed', path: '/0', before: before[0] }]);
  });

  // Each of these would take minutes, or all memory, where the cost grows with the square.
  it.each([
    ['turned round', range(1, 20_000), range(1, 20_000).reverse(), { moved: 19_999 }],
    ['all new', range(1, 20_000), range(20_001, 40_000), { changed: 20_000 }],
    ['one in the middle', range(1, 50_000), range(1, 50_000).toSpliced(25_000, 0, 0), { added: 1 }],
  ])('copes with many items: %s', (_, before, after, expected) => {
    expect(kinds(diffState(before, after))).toStrictEqual(expected);
  });

  it('copes with many equal items among many changes, where the best answer would cost too much', () => {
    const before = range(1, 20_000).map((number) => number % 7);
    const after = range(1, 20_000).map((number) => (number * number) % 11);
    const changes = diffState(before, after);
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.length).toBeLessThanOrEqual(40_000);
  });
});

describe('values that JSON lacks', () => {
  it.each([
    ['-0', 0, -0],
    ['undefined', null, undefined],
    ['big integers', 1n, 2n],
    ['a big integer and a number', 1n, 1],
    ['dates', new Date(0), new Date(1)],
    ['a date and its text', new Date(0), new Date(0).toISOString()],
    ['a date that is none', new Date(0), new Date(Number.NaN)],
    ['bytes', Uint8Array.of(1), Uint8Array.of(2)],
    ['bytes of another type', Uint8Array.of(1), Int8Array.of(1)],
    ['maps', new Map([['a', 1]]), new Map([['a', 2]])],
    ['sets', new Set([1]), new Set([1, 2])],
    ['a map and an object', new Map(), {}],
    ['errors', new Error('one'), new Error('two')],
    ['expressions', /a/, /a/g],
    ['URLs', new URL('https://a.example'), new URL('https://b.example')],
    ['buffers', new ArrayBuffer(1), new ArrayBuffer(2)],
  ])('differ as a whole: %s', (_, before, after) => {
    expect(diffState({ value: before }, { value: after })).toStrictEqual([
      { kind: 'changed', path: '/value', before, after },
    ]);
  });

  it.each([
    ['NaN', Number.NaN, Number.NaN],
    ['dates', new Date(5), new Date(5)],
    ['dates that are none', new Date(Number.NaN), new Date(Number.NaN)],
    ['bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    ['bytes within others', Uint8Array.of(1, 2).subarray(1), Uint8Array.of(2)],
    [
      'maps in another order',
      new Map([
        [1, { a: 1 }],
        [2, { b: [] }],
      ]),
      new Map([
        [2, { b: [] }],
        [1, { a: 1 }],
      ]),
    ],
    ['sets in another order', new Set(['a', { x: 1n }]), new Set([{ x: 1n }, 'a'])],
    ['URLs', new URL('https://a.example'), new URL('https://a.example/')],
    ['expressions', /a/g, /a/g],
  ])('are equal when they hold the same: %s', (_, before, after) => {
    expect(diffState({ value: before }, { value: after })).toStrictEqual([]);
    expect(diffState([before, 1, 2], [2, 1, after]).every(({ kind }) => kind === 'moved')).toBe(true);
  });

  it('are known when they come from another realm', () => {
    const [date, map, bytes, plain] = vm.runInNewContext(
      'const m = new Map([["a", 1]]); [new Date(5), m, Uint8Array.of(1), { a: [1] }]',
    ) as readonly unknown[];
    const state = { date, map, bytes, plain };
    const ours = { date: new Date(5), map: new Map([['a', 1]]), bytes: Uint8Array.of(1), plain: { a: [1] } };
    expect(diffState(state, ours)).toStrictEqual([]);
  });

  it('of a class of its own are looked into, and differ from what only has the same keys', () => {
    class Message {
      readonly content: string;
      constructor(content: string) {
        this.content = content;
      }
    }
    expect(diffState([new Message('a')], [new Message('b')])).toStrictEqual([
      { kind: 'changed', path: '/0/content', before: 'a', after: 'b' },
    ]);
    expect(diffState({ a: new Message('a') }, { a: { content: 'a' } })).toHaveLength(1);
  });
});

describe('the difference at one place', () => {
  const before = { rows: [{ n: 1 }, { n: 2 }], limit: 1 };
  const after = { rows: [{ n: 1 }, { n: 3 }, { n: 4 }], limit: 2 };

  it('leaves everything else out, and keeps whole pointers', () => {
    expect(diffStateAt(before, after, '/rows/1')).toStrictEqual([
      { kind: 'changed', path: '/rows/1/n', before: 2, after: 3 },
    ]);
    expect(diffStateAt(before, after, '/rows/2')).toStrictEqual([{ kind: 'added', path: '/rows/2', after: { n: 4 } }]);
    expect(diffStateAt(after, before, '/rows/2/n')).toStrictEqual([{ kind: 'removed', path: '/rows/2/n', before: 4 }]);
    expect(diffStateAt(before, after, '/rows/0')).toStrictEqual([]);
    expect(diffStateAt(before, after, '')).toStrictEqual(diffState(before, after));
  });

  it('refuses what is no pointer, and one that leads nowhere, rather than find no difference', async () => {
    expect(await codeOf(() => diffStateAt(before, after, 'rows'))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(() => diffStateAt(before, after, '/a~2'))).toBe('WAYMARK_INVALID_ARGUMENT');
    for (const pointer of ['/row', '/rows/7', '/rows/length', '/rows/01', '/limit/x', '/__proto__', '/constructor']) {
      expect(await codeOf(() => diffStateAt(before, after, pointer))).toBe('WAYMARK_INVALID_ARGUMENT');
    }
    expect((await caughtWaymark(() => diffStateAt(before, after, '/row'))).hint).toBe(
      'At the top there is /rows, /limit.',
    );
  });
});
