import { diffState, toJsonPatch } from '../../../src/index.js';
import { applyJsonPatch } from '../../support/apply-json-patch.js';

const patch = (before: unknown, after: unknown): unknown => toJsonPatch(diffState(before, after));

describe('a JSON Patch', () => {
  it('is nothing where nothing changed', () => {
    expect(patch({ a: [1] }, { a: [1] })).toStrictEqual([]);
  });

  it('adds, replaces and removes keys', () => {
    expect(patch({ a: 1, b: 2 }, { a: 3, 'c/d': null })).toStrictEqual([
      { op: 'remove', path: '/b' },
      { op: 'add', path: '/c~1d', value: null },
      { op: 'replace', path: '/a', value: 3 },
    ]);
  });

  it('replaces the whole', () => {
    expect(patch(1, { a: 1 })).toStrictEqual([{ op: 'replace', path: '', value: { a: 1 } }]);
  });

  it('counts the items of a list as they are when it is their turn', () => {
    const before = ['a', 'b', 'c', 'd', 'e'];
    const after = ['x', 'b', 'y', 'z', 'd'];
    const made = toJsonPatch(diffState(before, after));
    expect(made.filter(({ op }) => op === 'remove').map(({ path }) => path)).toStrictEqual(['/4']);
    expect(made.filter(({ op }) => op === 'add').map(({ path }) => path)).toStrictEqual(['/3']);
    expect(applyJsonPatch(before, made)).toStrictEqual(after);
  });

  it('moves an item past those that wait for their own move', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f'];
    const after = ['f', 'e', 'a', 'b', 'd', 'c'];
    const made = toJsonPatch(diffState(before, after));
    expect(made.every(({ op }) => op === 'move')).toBe(true);
    expect(applyJsonPatch(before, made)).toStrictEqual(after);
  });

  it('takes numbers for keys where they are keys', () => {
    const before = { by: { 0: 'a', 1: { n: 1 }, 10: 'b' } };
    const after = { by: { 1: { n: 2 }, 2: 'c' } };
    expect(applyJsonPatch(before, toJsonPatch(diffState(before, after)))).toStrictEqual(after);
  });

  it('finds a list within an item that is at another index', () => {
    const before = { rows: [{ id: 1, tags: ['a', 'b', 'c'] }] };
    const after = {
      rows: [
        { id: 0, tags: [] },
        { id: 1, tags: ['c', 'a'] },
      ],
    };
    const made = toJsonPatch(diffState(before, after));
    expect(made).toContainEqual({ op: 'remove', path: '/rows/1/tags/1' });
    expect(applyJsonPatch(before, made)).toStrictEqual(after);
  });

  it('does not depend on the order of the changes', () => {
    const before = { rows: [{ id: 1, tags: ['a', 'b'] }, { id: 2 }, 'x', 'y'] };
    const after = { rows: ['y', { id: 2, n: 1 }, { id: 3 }, { id: 1, tags: ['b', 'd'] }] };
    const changes = diffState(before, after);
    expect(applyJsonPatch(before, toJsonPatch([...changes].reverse()))).toStrictEqual(after);
  });

  it('is made of thousands of moves', () => {
    const before = Array.from({ length: 5_000 }, (_, index) => index);
    // Multiplying by a number without a common divisor shuffles them the same way each time.
    const after = before.map((index) => (index * 1_237 + 11) % 5_000);
    const made = toJsonPatch(diffState(before, after));
    expect(made.length).toBeGreaterThan(4_000);
    expect(applyJsonPatch(before, made)).toStrictEqual(after);
  });
});
