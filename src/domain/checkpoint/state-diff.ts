import { InvalidArgumentError } from '../shared/errors.js';
import { pointerSegment } from '../shared/json.js';
import { valueAt } from '../shared/json-pointer.js';
import { diffLists, type ListWalk } from './diff/list-diff.js';
import { type Place, placeOf } from './diff/place.js';
import { isSameValue } from './diff/same-value.js';
import { ValueContents } from './diff/value-content.js';
import { classNameOf, kindOf, type StateRecord } from './diff/value-kind.js';

/**
 * One difference between two states, at a JSON pointer (RFC 6901). What was removed is pointed to in the state before, and
 * so is `from`; everything else is pointed to in the state after.
 *
 * - `changed` has `from` where the value was elsewhere before, because an item of a list above it is at another index.
 * - `moved` is an item of a list that was found at another place among its neighbours; `value` is what it was before. What
 *   changed inside it is told by changes of its own. That an index differs because something was put before it is no move.
 * - `removed` has `parent` where the list or object that it was taken from is elsewhere after.
 */
export type StateChange =
  | { readonly kind: 'added'; readonly path: string; readonly after: unknown }
  | { readonly kind: 'removed'; readonly path: string; readonly before: unknown; readonly parent?: string }
  | {
      readonly kind: 'changed';
      readonly path: string;
      readonly from?: string;
      readonly before: unknown;
      readonly after: unknown;
    }
  | { readonly kind: 'moved'; readonly from: string; readonly path: string; readonly value: unknown };

/**
 * What changed from one state to another, as the smallest parts that differ, in the order of the first one's keys.
 *
 * Items of lists are found again by their `id` where each has one of its own, otherwise by what they hold; an item that is
 * put before a thousand others is one change. What has no JSON pointer into it (dates, bytes, maps, sets …) is compared by
 * what it holds, and changes as a whole. The order of keys is no difference. The other way round it finds the same,
 * turned round.
 *
 * @param before a state, or any value that one may hold; without circles
 * @param after another one
 * @example
 * diffState({ limit: 0.2 }, { limit: 0.3 });
 * // [{ kind: 'changed', path: '/limit', before: 0.2, after: 0.3 }]
 * diffState({ rows: ['b', 'c'] }, { rows: ['a', 'b', 'c'] });
 * // [{ kind: 'added', path: '/rows/0', after: 'a' }]
 */
export function diffState(before: unknown, after: unknown): readonly StateChange[] {
  const walk = new DiffWalk();
  walk.compare(before, after, WHOLE);
  return walk.changes;
}

/**
 * {@link diffState} of what two states have at the same place.
 *
 * @param pointer a JSON pointer (RFC 6901)
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` when it is no pointer, or neither state has anything there
 */
export function diffStateAt(before: unknown, after: unknown, pointer: string): readonly StateChange[] {
  const [was, is] = [valueAt(before, pointer), valueAt(after, pointer)];
  const walk = new DiffWalk();
  const place = { from: pointer, path: pointer };
  if (was !== undefined && is !== undefined) walk.compare(was.value, is.value, place);
  else if (was !== undefined) walk.removed(was.value, pointer, WHOLE);
  else if (is !== undefined) walk.added(is.value, pointer);
  else {
    const keys = new Set(
      [before, after].flatMap((state) => (kindOf(state) === 'atom' ? [] : Object.keys(state as object))),
    );
    throw new InvalidArgumentError(`Neither state has anything at ${pointer}.`, {
      hint: `At the top there is ${[...keys].slice(0, 20).map(pointerSegment).join(', ') || 'nothing'}.`,
      details: { pointer },
    });
  }
  return walk.changes;
}

const WHOLE: Place = Object.freeze({ from: '', path: '' });

/** One comparison that is under way. */
class DiffWalk implements ListWalk {
  readonly changes: StateChange[] = [];
  readonly contents = new ValueContents();

  compare(before: unknown, after: unknown, place: Place): void {
    if (Object.is(before, after)) return;
    const kind = kindOf(before);
    if (kind === 'list' && kindOf(after) === 'list') {
      diffLists(before as readonly unknown[], after as readonly unknown[], place, this);
    } else if (kind === 'record' && areAlike(before as object, after)) {
      this.#compareRecords(before as StateRecord, after as StateRecord, place);
    } else if (!isSameValue(before, after)) {
      const { from, path } = place;
      this.changes.push({ kind: 'changed', path, ...(from === path ? {} : { from }), before, after });
    }
  }

  added(after: unknown, path: string): void {
    this.changes.push({ kind: 'added', path, after });
  }

  removed(before: unknown, from: string, within: Place): void {
    const isElsewhere = within.from !== within.path;
    this.changes.push({ kind: 'removed', path: from, before, ...(isElsewhere ? { parent: within.path } : {}) });
  }

  moved(value: unknown, { from, path }: Place): void {
    this.changes.push({ kind: 'moved', from, path, value });
  }

  #compareRecords(before: StateRecord, after: StateRecord, place: Place): void {
    for (const key of Object.keys(before)) {
      const at = placeOf(place, key, key);
      if (Object.hasOwn(after, key)) this.compare(before[key], after[key], at);
      else this.removed(before[key], at.from, place);
    }
    for (const key of Object.keys(after)) {
      if (!Object.hasOwn(before, key)) this.added(after[key], placeOf(place, key, key).path);
    }
  }
}

function areAlike(before: object, after: unknown): boolean {
  return kindOf(after) === 'record' && classNameOf(before) === classNameOf(after as object);
}
