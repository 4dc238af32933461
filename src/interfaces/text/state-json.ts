import { anatomyOf } from '../../domain/checkpoint/content/anatomy.js';
import { bytesText, primitiveText } from '../../domain/checkpoint/content/value-text.js';
import { classNameOf } from '../../domain/checkpoint/diff/value-kind.js';
import { printableText } from './printable.js';

/**
 * A value of a state as JSON that is safe to print. What JSON lacks is written as the store does it, as an object whose
 * first key is `$`: a date as `{"$":"d","v":0}`.
 *
 * @param indent by how many spaces the parts are indented; all in one line when left out
 */
export function stateJson(value: unknown, indent = 0): string {
  return printableText(textOf(value, indent, '\n'));
}

function textOf(value: unknown, indent: number, margin: string): string {
  if (typeof value !== 'object' || value === null) return primitiveText(value) ?? 'null';
  if (Array.isArray(value)) return listText(value, indent, margin);
  const anatomy = anatomyOf(value, OTHER_CLASSES);
  switch (anatomy.kind) {
    case 'list':
    case 'object':
      return recordText(value as Readonly<Record<string, unknown>>, indent, margin);
    case 'leaf':
      return anatomy.text;
    case 'bytes':
      return bytesText(anatomy.type, anatomy.bytes);
    case 'wrapped':
      return `${anatomy.head}${textOf(anatomy.data, indent, margin)}}`;
  }
}

/** Objects of a class are written by their keys, whoever can make them again. */
const OTHER_CLASSES = {
  dump: (value: object) => ({ name: classNameOf(value), data: { ...value } }),
  revive: (_: string, data: unknown) => data,
};

function listText(list: readonly unknown[], indent: number, margin: string): string {
  const inner = margin + ' '.repeat(indent);
  return enclosed(
    '[',
    Array.from(list, (item) => textOf(item, indent, inner)),
    ']',
    indent,
    margin,
  );
}

function recordText(record: Readonly<Record<string, unknown>>, indent: number, margin: string): string {
  if (Object.hasOwn(record, '$')) return `{"$":"o","v":${textOf(Object.entries(record), indent, margin)}}`;
  const inner = margin + ' '.repeat(indent);
  const colon = indent > 0 ? ': ' : ':';
  const entries = Object.keys(record).map((key) => JSON.stringify(key) + colon + textOf(record[key], indent, inner));
  return enclosed('{', entries, '}', indent, margin);
}

function enclosed(begin: string, parts: readonly string[], end: string, indent: number, margin: string): string {
  if (parts.length === 0) return begin + end;
  if (indent === 0) return begin + parts.join() + end;
  const inner = margin + ' '.repeat(indent);
  return `${begin}${inner}${parts.join(`,${inner}`)}${margin}${end}`;
}
