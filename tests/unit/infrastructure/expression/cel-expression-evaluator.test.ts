import fc from 'fast-check';
import { CelExpressionEvaluator } from '../../../../src/infrastructure/expression/cel-expression-evaluator.js';
import { WaymarkError } from '../../../../src/domain/shared/errors.js';
import type { JsonObject, JsonValue } from '../../../../src/domain/shared/json.js';

const evaluator = new CelExpressionEvaluator();
const state: JsonObject = {
  total: 12,
  price: 2.5,
  items: [1, 2, 3],
  name: 'Ada',
  nothing: null,
  tags: ['a', 'b'],
  people: [
    { name: 'Ada', admin: true },
    { name: 'Bob', admin: false },
  ],
};

function evaluate(text: string, over: JsonObject = state): JsonValue {
  return evaluator.evaluate(text, { state: over, input: { limit: 10 } });
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

function failure(text: string, over: JsonObject = state): WaymarkError {
  return thrownBy(() => evaluate(text, over)) as WaymarkError;
}

describe('an expression', () => {
  it.each<[string, JsonValue]>([
    ['state.total > 10', true],
    ['state.total > input.limit', true],
    ['size(state.items)', 3],
    ['state.items.size() + 1', 4],
    ['state.total + 1', 13],
    ['1 + state.total', 13],
    ['state.price * 2', 5],
    ['state.total / 5', 2.4],
    ['state.total % 5 == 2', true],
    ['state.total == 12 && 12 == state.total', true],
    ['state.total - size(state.items)', 9],
    ['state.items[0]', 1],
    ['state.items[size(state.items) - 1]', 3],
    ['2 in state.items', true],
    ['"name" in state', true],
    ['state.items == [1, 2, 3]', true],
    ['state.items.map(x, x * 2)', [2, 4, 6]],
    ['state.people.filter(p, p.admin).map(p, p.name)', ['Ada']],
    ['state.people.exists(p, p.name == "Bob")', true],
    ['has(state.missing)', false],
    ['state.?missing.orValue(3)', 3],
    ['state.?missing', null],
    ['state.nothing == null', true],
    ['{"a": state.total, "b": [state.name]}', { a: 12, b: ['Ada'] }],
    ['state.name + "!"', 'Ada!'],
    ['"n" + string(state.total)', 'n12'],
    ['state.name.matches("^A")', true],
    ['state.total > 10 ? "many" : "few"', 'many'],
    ['timestamp("2024-01-15T14:30:00Z")', '2024-01-15T14:30:00.000Z'],
    ['duration("90s")', '90s'],
    ['7 / 2', 3],
    ['7.0 / 2', 3.5],
    ['uint(7)', 7],
    ['-state.total', -12],
  ])('%s', (text, value) => {
    expect(evaluator.check(text)).toBeUndefined();
    expect(evaluate(text)).toStrictEqual(value);
  });

  it('sees the item, the index and the pass where there are such', () => {
    expect(evaluator.evaluate('item.n + index + iteration', { item: { n: 1 }, index: 2, iteration: 3 })).toBe(6);
    expect(thrownBy(() => evaluator.evaluate('item.n', {}))).toMatchObject({ code: 'WAYMARK_EXPRESSION_FAILED' });
  });

  it.each([
    ['state.total >', /at character/],
    ['nobody.there', /Unknown variable: nobody/],
    ['size(1, 2)', /no matching overload/],
    ['"a" + 1', /no such overload/],
    ['', /./],
    [`${'('.repeat(100)}1${')'.repeat(100)}`, /depth/i],
    [`[${'1,'.repeat(600)}1]`, /list/i],
    ['1'.repeat(5_000), /longer than 4096 characters/],
  ])('%s is refused before it is evaluated', (text, problem) => {
    expect(evaluator.check(text)).toMatch(problem);
    expect(failure(text)).toMatchObject({ code: 'WAYMARK_INVALID_EXPRESSION' });
  });

  it.each([
    ['state.missing', /No such key: missing/],
    ['state.items[7]', /out of bounds/],
    ['state.name > 3', /no such overload/],
    ['state.total / 0', /not JSON/],
    ['9223372036854775807 + 1', /overflow/],
    ['9007199254740993', /more than a number of JSON holds exactly/],
    ['bytes("x")', /not JSON/],
    ['type(1)', /not JSON/],
    ['state.name.matches("(")', /Invalid regular expression/],
  ])('%s fails, and says why', (text, problem) => {
    const error = failure(text);
    expect(error.code).toBe('WAYMARK_EXPRESSION_FAILED');
    expect(error.message).toMatch(problem);
    expect(error.message).not.toContain('\n');
  });
});

describe('an expression reaches nothing but its scope', () => {
  it.each([
    'state.constructor',
    'state.__proto__',
    'state["__proto__"]',
    'state.toString',
    'state.items.constructor',
    'state["hasOwnProperty"]',
    '"x".constructor',
    'state.items["length"]',
  ])('%s', (text) => {
    expect(failure(text).code).toMatch(/WAYMARK_(EXPRESSION_FAILED|INVALID_EXPRESSION)/);
  });

  it.each(['globalThis', 'process', 'require("fs")', 'this', 'Function("x")', 'eval("1")', 'constructor', '__proto__'])(
    '%s is not known',
    (text) => {
      expect(failure(text).code).toBe('WAYMARK_INVALID_EXPRESSION');
    },
  );

  it('has no trouble with data that bears such names', () => {
    const hostile = JSON.parse(
      '{"constructor":"x","__proto__":{"a":1},"toString":"t","n":2,"list":[{"constructor":{"name":"Date"}}]}',
    ) as JsonObject;
    expect(evaluate('state.n + 1', hostile)).toBe(3);
    expect(evaluate('state.constructor', hostile)).toBe('x');
    expect(evaluate('state.toString', hostile)).toBe('t');
    expect(evaluate('state.list[0].constructor.name', hostile)).toBe('Date');
    expect(evaluate('has(state.polluted)', hostile)).toBe(false);
  });

  it('changes nothing of it', () => {
    const before = structuredClone(state);
    evaluate('state.items.map(x, x + 1).filter(x, x > 2) + state.items');
    expect(state).toStrictEqual(before);
  });
});

describe('an expression that would take for ever', () => {
  const big: JsonObject = { items: Array.from({ length: 5_000 }, (_, index) => index), text: `${'a'.repeat(60)}!` };

  it('is ended when loops within loops go over the data', () => {
    const error = failure('state.items.map(a, state.items.map(b, state.items.filter(c, c == a + b)))', big);
    expect(error.message).toMatch(/takes more than 100000 passes|longer/);
  });

  it('is ended when it hides the passes in a condition that never holds', () => {
    expect(failure('state.items.all(a, state.items.all(b, b >= 0))', big).message).toMatch(/passes|longer/);
    expect(failure('state.items.map(a, state.items.map(b, b)) == [] || true', big).message).toMatch(/passes|longer/);
  });

  it('is ended when a regular expression backtracks for ever', () => {
    expect(failure('state.text.matches("^(a+)+$")', big).message).toMatch(/longer than 2000 ms/);
  });

  it('is ended when it doubles a list again and again', () => {
    const doubled = Array.from({ length: 40 }).reduce<string>((inner) => `[${inner}].map(l, l + l)[0]`, 'state.items');
    expect(failure(doubled, big).message).toMatch(/builds more than|depth|longer/);
  });

  it('is ended when it doubles a text again and again', () => {
    const doubled = Array.from({ length: 40 }).reduce<string>(
      (inner, _, index) => `cel.bind(v${index}, ${inner}, v${index} + v${index})`,
      'state.text',
    );
    expect(evaluator.check(doubled)).toMatch(/maxDepth/);
    const flat = Array.from({ length: 25 }).reduce<string>((inner) => `[${inner}].map(t, t + t)[0]`, 'state.text');
    expect(failure(flat, big).message).toMatch(/builds more than|maxDepth/);
  });

  it('is ended when it would be written out as a list of exponential size', () => {
    const nested = Array.from({ length: 22 }).reduce<string>((inner) => `${inner}.map(x, [x, x, x])`, '[1]');
    expect(failure(nested, big).message).toMatch(/parts|nests|depth/);
  });

  it('leaves the evaluator as it was', () => {
    expect(evaluate('state.items.map(x, x + 1)')).toStrictEqual([2, 3, 4]);
    expect(evaluate('state.items.map(x, x + 1)')).toStrictEqual([2, 3, 4]);
  });
});

describe('whatever is written', () => {
  it('is a value, or an error with a code', () => {
    const word = fc.constantFrom(
      'state',
      'input',
      '.',
      'items',
      '[',
      ']',
      '(',
      ')',
      '+',
      '1',
      '"a"',
      '?',
      ':',
      'map',
      ',',
      'x',
      '&&',
      '!',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 14 }), (words) => {
        const error = thrownBy(() => evaluate(words.join('')));
        expect(error === undefined || WaymarkError.is(error)).toBe(true);
      }),
    );
  });

  it('adds, subtracts and compares numbers of JSON with literals as numbers are', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 1e6 }), (a, b) => {
        expect(evaluate(`state.a + ${b}`, { a })).toBe(a + b);
        expect(evaluate(`state.a - ${b}`, { a })).toBe(a - b);
        expect(evaluate(`state.a < ${b}`, { a })).toBe(a < b);
        expect(evaluate(`${b} == state.a`, { a })).toBe(a === b);
        expect(evaluate(`state.a == state.b`, { a, b })).toBe(a === b);
      }),
    );
  });
});
