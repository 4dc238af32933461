import { isUtf8 } from 'node:buffer';

/**
 * A file's name as a string. On Linux names are bytes and need not be UTF-8: a byte that is not becomes one of the
 * surrogates U+DC80 to U+DCFF, alone, which no other name has (PEP 383 of Python does the same).
 */
export function nameOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterAt(bytes, at);
    name += length === 0 ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0)) : bytes.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return name;
}

/** The bytes of a name, or of a path. */
export function bytesOf(name: string): Buffer {
  if (!isOddName(name)) return Buffer.from(name, 'utf8');
  const parts: Buffer[] = [];
  for (const character of name) {
    const code = character.codePointAt(0) ?? 0;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Whether a name has bytes that are not UTF-8. */
export function isOddName(name: string): boolean {
  return SURROGATE.test(name);
}

/** Whether names made of that are in the order of their bytes when they are in that of their UTF-16. */
export function isPlain(names: string): boolean {
  return !BEYOND.test(names);
}

/** The order of names by their bytes, which is the same on every system. */
export function compareNames(one: string, other: string): number {
  if (one === other) return 0;
  // UTF-16 has the order of UTF-8 up to the surrogates, which are before what comes after them.
  if (BEYOND.test(one) || BEYOND.test(other)) return Buffer.compare(bytesOf(one), bytesOf(other));
  return one < other ? -1 : 1;
}

const SURROGATE = /\p{Surrogate}/u;
const BEYOND = /[\ud800-\uffff]/;

/** How many bytes the character has that begins there; 0 for none. */
function characterAt(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length += 1) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}
