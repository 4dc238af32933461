import fc from 'fast-check';
import { diffJson, type JsonValue } from '../../../src/index.js';
import { toJson } from '../../../src/domain/shared/json.js';

const diff = (before: unknown, after: unknown): unknown => diffJson(toJson(before), toJson(after));

describe('the difference of two states', () => {
  it('is nothing when they say the same, in whatever order', () => {
    expect(diff({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toStrictEqual([]);
  });

  it('names the smallest parts that differ, by JSON pointer', () => {
    const before = { limit: 0.2, rows: [1, 2, 3], deep: { same: 1, gone: true }, 'a/b~c': 1 };
    const after = { limit: 0.3, rows: [1, 9], deep: { same: 1, fresh: [] }, 'a/b~c': 2 };
    expect(diff(before, after)).toStrictEqual([
      { kind: 'changed', path: '/limit', before: 0.2, after: 0.3 },
      { kind: 'changed', path: '/rows/1', before: 2, after: 9 },
      { kind: 'removed', path: '/rows/2', before: 3 },
      { kind: 'removed', path: '/deep/gone', before: true },
      { kind: 'added', path: '/deep/fresh', after: [] },
      { kind: 'changed', path: '/a~1b~0c', before: 1, after: 2 },
    ]);
  });

  it('sees a change of kind as one change', () => {
    expect(diff({ a: [] }, { a: {} })).toStrictEqual([{ kind: 'changed', path: '/a', before: [], after: {} }]);
    expect(diff({ a: null }, { a: {} })).toStrictEqual([{ kind: 'changed', path: '/a', before: null, after: {} }]);
    expect(diff(1, '1')).toStrictEqual([{ kind: 'changed', path: '', before: 1, after: '1' }]);
  });

  it('tells a key that is null from one that is not there, and is not confused by inherited names', () => {
    expect(diff({}, { a: null, toString: 1 })).toStrictEqual([
      { kind: 'added', path: '/a', after: null },
      { kind: 'added', path: '/toString', after: 1 },
    ]);
    expect(diff(JSON.parse('{"__proto__":1}'), {})).toStrictEqual([{ kind: 'removed', path: '/__proto__', before: 1 }]);
  });

  it('is empty exactly when they are equal, and turns round with its sides', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => toJson(value));
    fc.assert(
      fc.property(json, json, (a: JsonValue, b: JsonValue) => {
        const changes = diffJson(a, b);
        expect(diffJson(a, structuredClone(a))).toStrictEqual([]);
        expect(changes.length === 0).toBe(canonical(a) === canonical(b));
        const there = changes.filter((change) => change.kind === 'added').length;
        const back = diffJson(b, a).filter((change) => change.kind === 'removed').length;
        expect(there).toBe(back);
      }),
    );
  });
});

/** JSON with its keys in order. */
function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, part]) => JSON.stringify(key) + canonical(part)).join()}}`;
}
