import fc from 'fast-check';
import { changedList, listOf } from '../../src/infrastructure/persistence/typeorm/repositories/stored-list.js';

type Item = readonly [key: string, value: number];
const keyOf = ([key]: Item): string => key;
const list = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', '__proto__', ''), fc.nat(2)), { maxLength: 8 });

describe('a list that is stored as what is different from another', () => {
  it('is the same list when it is put together again, whatever became of it on the way', () => {
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 6 }), (line) => {
        const parts = line.map((items, index) => changedList<Item>(line[index - 1], items, keyOf));
        const from = parts.findLastIndex((part) => 'whole' in part);
        expect(listOf(parts.slice(from), keyOf)).toStrictEqual(line.at(-1));
      }),
    );
  });

  it('is never longer than the list', () => {
    fc.assert(
      fc.property(list, list, (before, items) => {
        const part = changedList<Item>(before, items, keyOf);
        if ('whole' in part || items.length === 0) return;
        expect((part.drop?.length ?? 0) + (part.put?.length ?? 0)).toBeLessThan(items.length);
      }),
    );
  });
});
