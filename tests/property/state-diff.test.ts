import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { diffState, type StateChange, toJsonPatch } from '../../src/index.js';
import { valueAt } from '../../src/domain/shared/json-pointer.js';
import { applyJsonPatch, copyOf } from '../support/apply-json-patch.js';

/** What a list, and a state, may hold beside lists and objects. Few enough of each sort that they come again. */
const atom = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, 0, -0, 1, Number.NaN, Infinity, '', 'a', 'b', 1n, 2n),
  fc.constantFrom(0, 1, 2).map((ms) => new Date(ms)),
  fc.constantFrom([], [1], [1, 2]).map((bytes) => Uint8Array.from(bytes)),
  fc.constantFrom<[string, number][]>([], [['a', 1]], [['b', 2]]).map((entries) => new Map(entries)),
  fc.constantFrom([], [1], [2, 1]).map((members) => new Set(members)),
);
const key = fc.constantFrom('a', 'b', '0', '1', '2', '10', '/', '~', '~1', '', 'id', '__proto__', 'length');
const id = fc.constantFrom(1, 2, 3, 4, 5, 'x', 'y');

const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, atom, tie('list'), tie('record'), tie('row')),
  list: fc.array(tie('value'), { maxLength: 8 }),
  record: fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  row: fc.record(
    { id, text: fc.constantFrom('a', 'b', 'c'), more: tie('value') },
    { requiredKeys: ['id'], noNullPrototype: true },
  ),
}));

/** Something that happens to a list. */
const edit = fc.record({
  what: fc.constantFrom('insert', 'remove', 'move', 'replace', 'inside'),
  at: fc.nat(20),
  to: fc.nat(20),
  item: value,
});
type Edit = typeof edit extends fc.Arbitrary<infer Found> ? Found : never;

/** A list, and what became of it: most of it is found again, which random lists hardly do. */
const edited = fc
  .tuple(fc.array(value, { maxLength: 12 }), fc.array(edit, { maxLength: 6 }))
  .map(([list, edits]) => [list, edits.reduce<readonly unknown[]>(doEdit, list)] as const);
const nested = fc
  .tuple(edited, edited, edited, fc.array(edit, { maxLength: 3 }))
  .map(([[a, b], [c, d], [e, f], edits]) => {
    const before = [
      { id: 'one', rows: a },
      { id: 'two', rows: c, deep: [[e]] },
      { id: 'three', rows: e },
    ];
    const after = [
      { id: 'three', rows: f },
      { id: 'one', rows: b },
      { id: 'two', rows: d, deep: [[f]] },
    ];
    return [{ list: before }, { list: edits.reduce<readonly unknown[]>(doEdit, after) }] as const;
  });
const states = fc.oneof(fc.tuple(value, value), edited, nested);

describe('the difference of two states', () => {
  it('as a JSON Patch makes the one of the other', () => {
    fc.assert(
      fc.property(states, ([before, after]) => {
        const made = applyJsonPatch(before, toJsonPatch(diffState(before, after)));
        expect(isDeepStrictEqual(made, after)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is nothing exactly where they hold the same', () => {
    fc.assert(
      fc.property(states, ([before, after]) => {
        expect(diffState(before, copyOf(before))).toStrictEqual([]);
        expect(diffState(before, after).length === 0).toBe(isDeepStrictEqual(before, after));
      }),
    );
  });

  it('is the same the other way round, turned round', () => {
    fc.assert(
      fc.property(states, ([before, after]) => {
        const there = diffState(before, after).map((change) => described(turned(change)));
        const back = diffState(after, before).map(described);
        expect(back.toSorted()).toStrictEqual(there.toSorted());
      }),
      { numRuns: 1_000 },
    );
  });

  it('points to what it tells of', () => {
    fc.assert(
      fc.property(states, ([before, after]) => {
        for (const change of diffState(before, after)) {
          const [was, is] = pointedTo(change);
          expect(was === undefined ? undefined : valueAt(before, was.pointer)?.value).toBe(was?.value);
          expect(is === undefined ? undefined : valueAt(after, is.pointer)?.value).toBe(is?.value);
        }
      }),
    );
  });

  it('moves as few items as there are ways to move them', () => {
    const shuffled = fc
      .uniqueArray(fc.nat(30), { maxLength: 9 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(shuffled, ([before, after]) => {
        const changes = diffState(before, after);
        expect(changes.every(({ kind }) => kind === 'moved')).toBe(true);
        expect(changes).toHaveLength(before.length - longestAscending(after.map((item) => before.indexOf(item))));
      }),
    );
  });

  it('takes no more edits than there are, where items come twice', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 14 });
    fc.assert(
      fc.property(letters, fc.array(edit, { maxLength: 3 }), (before, edits) => {
        const after = edits.reduce<readonly unknown[]>((list, each) => doEdit(list, { ...each, item: 'd' }), before);
        // One that is moved is taken out and put in.
        expect(diffState(before, after).length).toBeLessThanOrEqual(2 * edits.length);
      }),
    );
  });
});

function doEdit(list: readonly unknown[], { what, at, to, item }: Edit): readonly unknown[] {
  const copy = [...list];
  const index = copy.length === 0 ? 0 : at % copy.length;
  if (what === 'insert') copy.splice(index, 0, item);
  else if (what === 'remove') copy.splice(index, 1);
  else if (what === 'replace' && copy.length > 0) copy[index] = item;
  else if (what === 'move' && copy.length > 0) copy.splice(to % copy.length, 0, ...copy.splice(index, 1));
  else if (what === 'inside') copy[index] = { ...Object(copy[index] ?? {}), inside: item };
  return copy;
}

/** The change that undoes a change. */
function turned(change: StateChange): StateChange {
  switch (change.kind) {
    case 'added':
      return { kind: 'removed', path: change.path, before: change.after };
    case 'removed':
      return { kind: 'added', path: change.path, after: change.before };
    case 'changed':
      return { kind: 'changed', path: change.from ?? change.path, before: change.after, after: change.before };
    case 'moved':
      return { kind: 'moved', from: change.path, path: change.from, value: undefined };
  }
}

interface Pointed {
  readonly pointer: string;
  readonly value: unknown;
}

/** What a change points to in the state before, and in the state after. */
function pointedTo(change: StateChange): readonly [Pointed | undefined, Pointed | undefined] {
  switch (change.kind) {
    case 'added':
      return [undefined, { pointer: change.path, value: change.after }];
    case 'removed':
      return [{ pointer: change.path, value: change.before }, undefined];
    case 'changed':
      return [
        { pointer: change.from ?? change.path, value: change.before },
        { pointer: change.path, value: change.after },
      ];
    case 'moved':
      return [{ pointer: change.from, value: change.value }, undefined];
  }
}

/** A change as it can be compared: of what moved, the one side tells what it was, the other what it became. */
function described(change: StateChange): string {
  return `${change.kind} ${change.path} ${change.kind === 'moved' ? change.from : ''}`;
}

/** By trying every item as the last one. */
function longestAscending(numbers: readonly number[]): number {
  const lengths: number[] = [];
  for (const [at, number] of numbers.entries()) {
    const before = lengths.filter((_, index) => (numbers[index] as number) < number);
    lengths[at] = Math.max(0, ...before) + 1;
  }
  return Math.max(0, ...lengths);
}
