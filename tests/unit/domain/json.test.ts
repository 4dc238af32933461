import vm from 'node:vm';
import { MAX_JSON_DEPTH, toJson, toJsonObject } from '../../../src/domain/shared/json.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';

/** A value inside so many lists. */
function nested(depth: number): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe('a copy as JSON', () => {
  it('is deep, frozen, and shares nothing with the original', () => {
    const original = { rows: [{ n: 1 }], flag: true, none: null };
    const copy = toJson(original) as typeof original;
    original.rows[0]!.n = 2;
    original.rows.push({ n: 3 });
    expect(copy).toStrictEqual({ rows: [{ n: 1 }], flag: true, none: null });
    expect([copy, copy.rows, copy.rows[0]].every((part) => Object.isFrozen(part))).toBe(true);
    expect(Object.isFrozen(original)).toBe(false);
  });

  it('survives a round trip through text, whatever it holds', () => {
    const hostile = { '': 0, 'a/b~c': [[], {}, ''], '\ud800': '\udfff', '\u0000': '\u2028', big: 1e308, 9: 'x' };
    const copy = toJson(hostile);
    const text = JSON.stringify(copy);
    expect(JSON.parse(text)).toStrictEqual(copy);
  });

  it('leaves out keys without a value and makes -0 a 0', () => {
    expect(toJson({ a: undefined, b: -0, c: [-0] })).toStrictEqual({ b: 0, c: [0] });
  });

  it('keeps a key named __proto__ as data, at every depth', () => {
    const copy = toJson(JSON.parse('{"__proto__":{"admin":true},"in":{"__proto__":1}}')) as Record<string, unknown>;
    expect(Object.keys(copy)).toStrictEqual(['__proto__', 'in']);
    expect((copy as { admin?: boolean }).admin).toBeUndefined();
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true},"in":{"__proto__":1}}');
  });

  it('takes plain objects without a prototype and those of another realm', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    expect(toJson(bare)).toStrictEqual({ a: 1 });
    expect(toJson(vm.runInNewContext('({ list: [1, { b: null }] })'))).toStrictEqual({ list: [1, { b: null }] });
  });

  it('takes nesting up to the limit and refuses one level more', async () => {
    expect(JSON.stringify(toJson(nested(MAX_JSON_DEPTH)))).toContain('core');
    expect(await codeOf(() => toJson(nested(MAX_JSON_DEPTH + 1)))).toBe('WAYMARK_NOT_JSON');
  });

  it('refuses a cycle instead of following it', async () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = { back: [cycle] };
    const error = await caughtWaymark(() => toJson(cycle, 'state'));
    expect(error.code).toBe('WAYMARK_NOT_JSON');
    expect(error.message).toContain('contains itself');
    expect(error.message.length).toBeLessThan(300);
  });

  it('takes the same object twice: that is no cycle', () => {
    const shared = { x: 1 };
    expect(toJson([shared, shared])).toStrictEqual([{ x: 1 }, { x: 1 }]);
  });

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a bigint', 1n],
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a class instance', new (class Point {})()],
    ['a RegExp', /x/],
    ['a boxed number', Object(5)],
    ['an Error', new Error('x')],
    ['a Buffer', Buffer.from('x')],
    ['a promise', Promise.resolve(1)],
    ['a Date of another realm', vm.runInNewContext('new Date(0)')],
  ])('refuses %s, with the path to it', async (_, value) => {
    const error = await caughtWaymark(() => toJson({ list: [0, { 'a/b': value }] }, 'input'));
    expect(error.code).toBe('WAYMARK_NOT_JSON');
    expect(error.message).toContain('/list/1/a~1b');
    expect(error.message).toContain('input');
    expect(error.details['path']).toBe('/list/1/a~1b');
  });

  it('refuses undefined and holes in a list, which JSON would turn into null', async () => {
    const holed = Object.assign(Array.from({ length: 0 }), { 0: 1, 2: 3 });
    expect(await codeOf(() => toJson(undefined))).toBe('WAYMARK_NOT_JSON');
    expect(await codeOf(() => toJson([undefined]))).toBe('WAYMARK_NOT_JSON');
    expect((await caughtWaymark(() => toJson({ holed }))).details['path']).toBe('/holed/1');
  });

  it.each([[[1]], ['text'], [null], [5]])('is no object when it is %j', async (value) => {
    const error = await caughtWaymark(() => toJsonObject(value, 'state patch'));
    expect(error.code).toBe('WAYMARK_NOT_JSON');
    expect(error.message).toContain('state patch must be a JSON object');
  });
});
