import type { EncodedPiece } from './encoded.js';
import { hashOf, type Item, Part } from './part.js';
import type { AnyPart, LongStringShape, Section } from './part-shape.js';
import { levelsText, openItems, sequenceOf } from './sequence.js';
import { endInBytes, endInString, LONG } from './split-long.js';
import { base64, bytesText, textHash } from './value-text.js';

/** A string that is too long for one piece. */
export function stringPart(value: string, before: LongStringShape | undefined): AnyPart {
  const known = before?.sections ?? [];
  const sections: Section[] = [];
  let start = 0;
  // A section ends where it does because of what is in it, but for the last one.
  for (const section of known.slice(0, -1)) {
    if (!value.startsWith(section.text, start)) break;
    sections.push(section);
    start += section.text.length;
  }
  const unchanged = sections.length;
  const byLength = new Map(known.slice(unchanged).map((section) => [section.text.length, section]));
  while (start < value.length) {
    const end = endInString(value, start);
    const text = value.slice(start, end);
    const same = byLength.get(text.length);
    sections.push(same?.text === text ? same : sectionOf(text));
    start = end;
  }
  const items = sections.map(({ item }) => item);
  const levels = sequenceOf(items, 'hashes', before?.levels, unchanged);
  const open = openItems(levels);
  return new Part({
    source: value,
    text: `{"$":"t","v":${levelsText(open)}}`,
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 2),
    pieces: open.flatMap((level) => level.flatMap(({ pieces }) => pieces)),
    shape: { kind: 'string', sections, levels },
    isFrozen: true,
    partsCost: value.length * 2,
  });
}

function sectionOf(text: string): Section {
  const body = JSON.stringify(text);
  // The text of its own: a slice would keep the whole string it was cut from.
  return { text: JSON.parse(body) as string, item: hashOf(pieceOf(body), Buffer.byteLength(body) - 2) };
}

/** Bytes in whatever form. */
export function bytesPart(source: object, type: string, bytes: Uint8Array, before: AnyPart | undefined): AnyPart {
  const shape = before?.shape.kind === 'bytes' ? before.shape : undefined;
  if (before !== undefined && shape?.type === type && Buffer.compare(shape.bytes, bytes) === 0) return before;
  const copy = new Uint8Array(bytes);
  const fields = { source, shape: { kind: 'bytes', type, bytes: copy } as const, partsCost: copy.length };
  if (copy.length <= LONG) {
    const text = bytesText(type, copy);
    return new Part({ ...fields, text, bytes: text.length, pieces: [] });
  }
  const items: Item[] = [];
  for (let start = 0; start < copy.length;) {
    const end = endInBytes(copy, start);
    const body = `"${base64(copy.subarray(start, end))}"`;
    items.push(hashOf(pieceOf(body), body.length - 2));
    start = end;
  }
  const open = openItems(sequenceOf(items, 'hashes'));
  return new Part({
    ...fields,
    text: `{"$":"b","t":"${type}","v":${levelsText(open)}}`,
    bytes: items.reduce((sum, item) => sum + item.bytes, 32),
    pieces: open.flatMap((level) => level.flatMap(({ pieces }) => pieces)),
    partsCost: copy.length * 3,
  });
}

function pieceOf(body: string): EncodedPiece {
  return { hash: textHash(body), body, children: [] };
}
