import { builtInName, classNameOf, kindOf, type StateRecord } from './value-kind.js';

/**
 * Tells values by what they hold: equal ones get the same number, so that the items of long lists compare at once. The order of keys, of a map's entries and of a set's members is no difference.
 */
export class ValueContents {
  readonly #strings = new Map<string, number>();
  readonly #others = new Map<string, number>();
  readonly #known = new Map<object, number>();
  #next = 0;

  /** The number of a value's content. */
  of(value: unknown): number {
    // Long texts are looked up as they are: none is copied.
    if (typeof value === 'string') return this.#numberIn(this.#strings, value);
    if (typeof value !== 'object' || value === null) return this.#numberIn(this.#others, contentText(value, noPart));
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const number = this.#numberIn(
      this.#others,
      contentText(value, (part) => String(this.of(part))),
    );
    this.#known.set(value, number);
    return number;
  }

  #numberIn(numbers: Map<string, number>, text: string): number {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, this.#next);
    this.#next += 1;
    return this.#next - 1;
  }
}

/** A value's content as one text, the same for equal ones whatever was looked at before. */
export function canonicalText(value: unknown): string {
  return contentText(value, canonicalText);
}

/** A value's own content, with its parts as `part` tells them. */
function contentText(value: unknown, part: (value: unknown) => string): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : objectText(value, part);
    default:
      return String(value);
  }
}

function objectText(value: object, part: (value: unknown) => string): string {
  switch (kindOf(value)) {
    case 'list':
      return `[${Array.from(value as readonly unknown[], part).join()}]`;
    case 'record':
      return classNameOf(value) + recordText(Object.keys(value), value as StateRecord, part);
    case 'atom':
      return typedText(value, part);
  }
}

function recordText(keys: readonly string[], record: StateRecord, part: (value: unknown) => string): string {
  let text = '{';
  for (const key of keys.toSorted()) text += `${JSON.stringify(key)}:${part(record[key])},`;
  return `${text}}`;
}

function typedText(value: object, part: (value: unknown) => string): string {
  const name = builtInName(value);
  switch (name) {
    case 'Date':
      return `Date ${(value as Date).getTime()}`;
    case 'RegExp':
      return `RegExp ${(value as RegExp).toString()}`;
    case 'URL':
      return `URL ${(value as URL).href}`;
    case 'Set':
      return `Set ${Array.from(value as Set<unknown>, part)
        .toSorted()
        .join()}`;
    case 'Map':
      return `Map ${Array.from(value as Map<unknown, unknown>, ([key, held]) => `${part(key)}=>${part(held)}`)
        .toSorted()
        .join()}`;
    case 'Error':
      return errorText(value as Error, part);
    default:
      return value instanceof Error ? errorText(value, part) : `${classNameOf(value)} ${bytesText(value)}`;
  }
}

function errorText(error: Error, part: (value: unknown) => string): string {
  // The message and the stack are own properties that can't be enumerated.
  const keys = Object.getOwnPropertyNames(error);
  return `Error ${JSON.stringify(error.name)} ${recordText(keys, error as unknown as StateRecord, part)}`;
}

function bytesText(value: object): string {
  const bytes = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value as ArrayBuffer);
  return bytes.toString('latin1');
}

function noPart(): string {
  throw new TypeError('A value that is no object has no parts.');
}
