import fc from 'fast-check';
import { joinState, splitState } from '../../../src/domain/checkpoint/state-content.js';
import { type JsonObject, toJsonObject } from '../../../src/domain/shared/json.js';

const state = (value: object): JsonObject => toJsonObject(value);
const bodies = (parts: ReturnType<typeof splitState>): Map<string, string> =>
  new Map(parts.contents.map((content) => [content.hash, content.body]));

describe('a state taken apart', () => {
  it('is put together again as it was, whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
        const original = state(value);
        const parts = splitState(original);
        const joined = joinState(parts.manifest, bodies(parts));
        expect(JSON.stringify(joined.state)).toBe(JSON.stringify(original));
        expect(joined.actualHash).toBe(parts.stateHash);
      }),
    );
  });

  it('shares the content of what did not change, also between keys', () => {
    const rows = [1, 2, 3];
    const first = splitState(state({ rows, limit: 1 }));
    const second = splitState(state({ rows, limit: 2, copy: rows }));
    const hashOf = (parts: typeof first, key: string): string => new Map(parts.manifest).get(key) as string;
    expect(hashOf(second, 'rows')).toBe(hashOf(first, 'rows'));
    expect(hashOf(second, 'copy')).toBe(hashOf(first, 'rows'));
    expect(hashOf(second, 'limit')).not.toBe(hashOf(first, 'limit'));
    expect(second.stateHash).not.toBe(first.stateHash);
  });

  it('counts bytes, not characters', () => {
    expect(splitState(state({ text: 'ž' })).stateBytes).toBe(4);
    expect(splitState(state({})).stateBytes).toBe(0);
  });

  it('tells two states apart by keys, by order and by values', () => {
    const hashes = [{}, { a: 1 }, { b: 1 }, { a: '1' }, { a: 1, b: 1 }, { b: 1, a: 1 }, { a: [1] }].map(
      (value) => splitState(state(value)).stateHash,
    );
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it.each<[string, (contents: Map<string, string>, hash: string) => void]>([
    ['was changed', (contents, hash) => contents.set(hash, '[2]')],
    ['was only formatted', (contents, hash) => contents.set(hash, '[ 1 ]')],
    ['is missing', (contents, hash) => contents.delete(hash)],
    ['is not JSON', (contents, hash) => contents.set(hash, '[1')],
    ['is empty', (contents, hash) => contents.set(hash, '')],
  ])('shows by its hash that a content %s', (_, alter) => {
    const parts = splitState(state({ rows: [1], rest: true }));
    const contents = bodies(parts);
    alter(contents, new Map(parts.manifest).get('rows') as string);
    const joined = joinState(parts.manifest, contents);
    expect(joined.actualHash).not.toBe(parts.stateHash);
    expect(joined.state['rest']).toBe(true);
  });

  it('revives nothing: what looks like a class or a prototype stays data', () => {
    const body = '{"__proto__":{"polluted":true},"lc":1,"type":"constructor","id":["Date"]}';
    const parts = splitState(state({ value: JSON.parse(body) as object }));
    const { state: joined } = joinState(parts.manifest, bodies(parts));
    expect(JSON.stringify(joined['value'])).toBe(body);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
