import { canonicalText } from './value-content.js';
import { classNameOf, kindOf, type StateRecord } from './value-kind.js';

/** Whether two values hold the same. It ends at the first difference and remembers nothing. */
export function isSameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const kind = kindOf(one);
  if (kind !== kindOf(other)) return false;
  switch (kind) {
    case 'list':
      return areSameLists(one as readonly unknown[], other as readonly unknown[]);
    case 'record':
      return classNameOf(one) === classNameOf(other) && areSameRecords(one as StateRecord, other as StateRecord);
    case 'atom':
      return canonicalText(one) === canonicalText(other);
  }
}

function areSameLists(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => isSameValue(item, other[index]));
}

function areSameRecords(one: StateRecord, other: StateRecord): boolean {
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSameValue(one[key], other[key]))
  );
}
