import { builtInName, classNameOf, kindOf } from '../../domain/checkpoint/diff/value-kind.js';
import { fit } from './columns.js';
import { printable } from './printable.js';

/** How much of bytes is shown. */
const MAX_BYTES = 24;

/**
 * A value of a state in one line for people, cut to a width. Plain data looks like JSON, and what JSON lacks as JavaScript
 * would write it. However large the value is, only as much of it is looked at as is shown.
 *
 * @example
 * showValue({ at: new Date(0), seen: new Set([1n]) }, 60); // '{"at":Date(1970-01-01T00:00:00.000Z),"seen":Set(1){1n}}'
 */
export function showValue(value: unknown, width: number): string {
  const line = new Line(width);
  line.add(value);
  return fit(printable(line.text), width);
}

/**
 * Two values of which the one became the other. Of long texts that begin alike it is shown where they part.
 */
export function showBoth(before: unknown, after: unknown, width: number): readonly [before: string, after: string] {
  if (typeof before !== 'string' || typeof after !== 'string') {
    return [showValue(before, width), showValue(after, width)];
  }
  const start = partingOf(before, after) - Math.floor(width / 3);
  if (start <= 0) return [showValue(before, width), showValue(after, width)];
  return [showFrom(before, start, width), showFrom(after, start, width)];
}

function showFrom(text: string, start: number, width: number): string {
  return fit(printable(`"…${JSON.stringify(text.slice(start, start + width + 1)).slice(1)}`), width);
}

/** The index of the first character in which two texts differ. */
function partingOf(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one.codePointAt(at) === other.codePointAt(at)) at += 1;
  return at;
}

/** Text that is put together until there is enough of it. */
class Line {
  text = '';
  readonly #enough: number;

  constructor(enough: number) {
    this.#enough = enough;
  }

  add(value: unknown): void {
    if (typeof value === 'string') {
      this.text += JSON.stringify(value.slice(0, this.#enough + 1));
    } else if (typeof value !== 'object' || value === null) {
      this.text += Object.is(value, -0) ? '-0' : String(value) + (typeof value === 'bigint' ? 'n' : '');
    } else {
      this.#addObject(value);
    }
  }

  #addObject(value: object): void {
    switch (kindOf(value)) {
      case 'list':
        this.#addParts('[', (value as readonly unknown[]).entries(), ']', false);
        return;
      case 'record':
        this.#addParts(`${classNameOf(value)}{`, ownEntries(value), '}', true);
        return;
      case 'atom':
        this.#addTyped(value);
    }
  }

  #addTyped(value: object): void {
    switch (builtInName(value)) {
      case 'Date': {
        const ms = (value as Date).getTime();
        this.text += `Date(${Number.isNaN(ms) ? 'invalid' : (value as Date).toISOString()})`;
        return;
      }
      case 'Map':
        this.#addParts(
          `Map(${(value as Map<unknown, unknown>).size}){`,
          (value as Map<unknown, unknown>).entries(),
          '}',
          true,
        );
        return;
      case 'Set':
        this.#addParts(`Set(${(value as Set<unknown>).size}){`, (value as Set<unknown>).entries(), '}', false);
        return;
      case 'RegExp':
        this.text += (value as RegExp).toString();
        return;
      case 'URL':
        this.text += `URL(${(value as URL).href})`;
        return;
      default:
        this.text += ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? bytes(value) : errorText(value);
    }
  }

  #addParts(begin: string, parts: Iterable<readonly [unknown, unknown]>, end: string, withKeys: boolean): void {
    this.text += begin;
    let isFirst = true;
    for (const [key, part] of parts) {
      // It is cut there anyway.
      if (this.text.length > this.#enough) return;
      if (!isFirst) this.text += ',';
      isFirst = false;
      if (withKeys) {
        this.add(key);
        this.text += ':';
      }
      this.add(part);
    }
    this.text += end;
  }
}

function* ownEntries(value: object): Generator<readonly [string, unknown]> {
  for (const key of Object.keys(value)) yield [key, (value as Readonly<Record<string, unknown>>)[key]];
}

function bytes(value: ArrayBufferView | ArrayBuffer): string {
  const shown = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, MAX_BYTES))
    : Buffer.from(value, 0, Math.min(value.byteLength, MAX_BYTES));
  const more = value.byteLength > MAX_BYTES ? '…' : '';
  return `${classNameOf(value)}(${value.byteLength} B: ${shown.toString('hex')}${more})`;
}

function errorText(error: object): string {
  const { name, message } = error as { readonly name?: unknown; readonly message?: unknown };
  return `${typeof name === 'string' ? name : 'Error'}(${JSON.stringify(message)})`;
}
