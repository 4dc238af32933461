import { renderChanges } from '../../../src/interfaces/cli/output/diff-view.js';
import { widthOf } from '../../../src/interfaces/text/columns.js';
import { makePalette } from '../../../src/interfaces/text/palette.js';
import { showBoth, showValue } from '../../../src/interfaces/text/show-value.js';
import { stateJson } from '../../../src/interfaces/text/state-json.js';
import { diffState, type StateChange } from '../../../src/index.js';

class Message {
  readonly content: string;
  constructor(content: string) {
    this.content = content;
  }
}

describe('a value of a state, for people', () => {
  it.each([
    ['{"a":[1,null,"x"],"b":{}}', { a: [1, null, 'x'], b: {} }],
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['-0', -0],
    ['-Infinity', -Infinity],
    ['12n', 12n],
    ['Date(1970-01-01T00:00:00.000Z)', new Date(0)],
    ['Date(invalid)', new Date(Number.NaN)],
    ['Uint8Array(2 B: 01ff)', Uint8Array.of(1, 255)],
    ['ArrayBuffer(3 B: 000000)', new ArrayBuffer(3)],
    [
      'Map(2){"a":1,2:[true]}',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, [true]],
      ]),
    ],
    ['Set(2){1n,"a"}', new Set([1n, 'a'])],
    ['/a\\/b/g', /a\/b/g],
    ['URL(https://a.example/)', new URL('https://a.example')],
    ['RangeError("too low")', new RangeError('too low')],
    ['Message{"content":"hi"}', new Message('hi')],
  ])('is shown as %s', (shown, value) => {
    expect(showValue(value, 80)).toBe(shown);
  });

  it('is cut, and not put together whole before', () => {
    // A text of what this holds would take gigabytes.
    const row = 'x'.repeat(1_000_000);
    const huge = new Map(Array.from({ length: 10_000 }, (_, key) => [key, row]));
    expect(showValue(huge, 30)).toBe(`Map(10000){0:"${'x'.repeat(15)}…`);
    expect(widthOf(showValue({ wide: '世界'.repeat(50) }, 20))).toBeLessThanOrEqual(20);
    expect(showValue(new Uint8Array(1_000), 80)).toBe(`Uint8Array(1000 B: ${'00'.repeat(24)}…)`);
  });

  it('obeys no control characters', () => {
    expect(showValue(new Error('\u001b[31m'), 80)).toBe(String.raw`Error("\u001b[31m")`);
    expect(showValue(new Map([['\u202e', 1]]), 80)).toBe(String.raw`Map(1){"\u202e":1}`);
  });

  it('shows long texts that begin alike from where they part', () => {
    const text = 'word '.repeat(1_000);
    const [before, after] = showBoth(`${text}one`, `${text}two`, 30);
    expect([before, after]).toStrictEqual(['"…word word one"', '"…word word two"']);
    expect(showBoth('one', 'two', 30)).toStrictEqual(['"one"', '"two"']);
  });
});

describe('a value of a state, as JSON', () => {
  it('is JSON as ever, where JSON has it', () => {
    const state = { a: [1, 'x', null, []], b: { c: {}, d: 1.5 }, '\u2028': '\u001b' };
    expect(JSON.parse(stateJson(state))).toStrictEqual(state);
    expect(stateJson({ a: [1, {}], b: [] }, 2)).toBe(JSON.stringify({ a: [1, {}], b: [] }, undefined, 2));
    expect(stateJson('\u2028\u009b')).toBe(String.raw`"\u2028\u009b"`);
  });

  it('is what the store writes, where it does not', () => {
    const state = {
      at: new Date(5),
      not: undefined,
      big: 7n,
      zero: -0,
      none: Number.NaN,
      bytes: Uint8Array.of(1, 2),
      map: new Map([['a', new Set([1])]]),
      $: 'own',
      message: new Message('hi'),
    };
    const { message, ...others } = state;
    expect(JSON.parse(stateJson({ others: { ...others, $: undefined }.at, message }, 2))).toStrictEqual({
      others: { $: 'd', v: 5 },
      message: { $: 'x', t: 'Message', v: { content: 'hi' } },
    });
    expect(stateJson(others)).toContain('["zero",-0]');
    const entries = JSON.parse(stateJson(others, 2)) as { readonly $: string; readonly v: readonly unknown[] };
    expect(entries.$).toBe('o');
    expect(entries.v).toContainEqual(['map', { $: 'm', v: [['a', { $: 's', v: [1] }]] }]);
    expect(entries.v).toContainEqual(['not', { $: 'u' }]);
    expect(entries.v).toContainEqual(['big', { $: 'n', v: '7' }]);
    expect(entries.v).toContainEqual(['bytes', { $: 'b', t: 'Uint8Array', v: 'AQI=' }]);
  });
});

describe('changes, for people', () => {
  const changes: readonly StateChange[] = diffState(
    { rows: [{ id: 1, n: 1 }, { id: 2 }, { id: 3 }], note: 'x'.repeat(200) },
    { rows: [{ id: 3 }, { id: 1, n: 2 }, { id: 2 }], note: `${'x'.repeat(200)}y` },
  );

  it('say what moved, and where what changed was', () => {
    expect(renderChanges(changes, makePalette(false)).split('\n')).toStrictEqual([
      '> /rows/0    from /rows/2  {"id":3}',
      '~ /rows/1/n  1 → 2 (was /rows/0/n)',
      expect.stringMatching(/^~ \/note {6}"…x+" → "…x+y"$/),
      '3 changes: 2 changed, 1 moved',
    ]);
  });

  it.each([60, 80, 120])('fit a terminal of %i columns', (columns) => {
    for (const line of renderChanges(changes, makePalette(false), columns).split('\n')) {
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  it('have a colour each, where there are colours', () => {
    const colored = renderChanges(changes, makePalette(true));
    expect(colored).toContain('\u001b[36m> /rows/0');
    expect(colored).toContain('\u001b[33m~ /rows/1/n');
  });
});
