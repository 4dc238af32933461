import * as crypto from 'node:crypto';
import type { Hash } from '../../shared/hash.js';

/**
 * The typed text format: JSON, in which what JSON lacks is an object whose first key is `$`, its mark.
 *
 * | text                                   | stands for                                                             |
 * | -------------------------------------- | ---------------------------------------------------------------------- |
 * | `{"$":"@HASH"}`                        | the value that another content holds                                   |
 * | `{"$":"u"}`                            | `undefined`                                                            |
 * | `{"$":"nan"}` `{"$":"inf"}` `{"$":"-inf"}` | the numbers that JSON lacks; `-0` is written as it is               |
 * | `{"$":"n","v":"123"}`                  | a big integer                                                          |
 * | `{"$":"d","v":MS}`                     | a date; `null` for one that is invalid                                 |
 * | `{"$":"b","t":TYPE,"v":"BASE64"}`      | bytes; of long ones `v` is a sequence of contents                      |
 * | `{"$":"m","v":PAIRS}` `{"$":"s","v":LIST}` | a map, a set                                                       |
 * | `{"$":"r","v":[SOURCE,FLAGS]}`         | a regular expression                                                   |
 * | `{"$":"url","v":HREF}`                 | a URL                                                                  |
 * | `{"$":"e","v":PAIRS}`                  | an error                                                               |
 * | `{"$":"o","v":PAIRS}`                  | an object that has a key `$`                                           |
 * | `{"$":"x","t":NAME,"v":DATA}`          | an adapter's object                                                    |
 * | `{"$":"l","v":LEVELS}` `{"$":"k","v":LEVELS}` | a long list, the pairs of a large object: see `sequence.ts`     |
 * | `{"$":"t","v":LEVELS}`                 | a long string                                                          |
 * | `{"$":"c","v":[HASH,…]}`               | a node of a sequence, which is no value                                |
 *
 * Plain data never has `$` for a first key, so that a text without {@link MARK} is plain JSON. The mark can't occur
 * within a string, where its quotes would be escaped.
 */
export const MARK = '{"$":';

/** A hash in the form that refers to a text in this format. */
export const TYPED_HASH = /^[A-Za-z0-9_-]{43}$/;

/** A hash in the form that refers to a content of the first format. */
export const FIRST_HASH = /^[0-9a-f]{64}$/;

/** The address of a text: its SHA-256 in base64url. */
export function textHash(text: string): Hash {
  return crypto.hash('sha256', text, 'base64url');
}

/** The text that refers to a content. */
export function refText(hash: Hash): string {
  return `{"$":"@${hash}"}`;
}

/** How long a {@link refText} is. */
export const REF_LENGTH = 52;

/** The text of a value that is no object, or `undefined` for what has none. */
export function primitiveText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return numberText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return '{"$":"u"}';
    case 'bigint':
      return `{"$":"n","v":"${value}"}`;
    case 'object':
      return value === null ? 'null' : undefined;
    default:
      return undefined;
  }
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  if (Number.isNaN(value)) return '{"$":"nan"}';
  return value > 0 ? '{"$":"inf"}' : '{"$":"-inf"}';
}

/** The text of bytes that are short. */
export function bytesText(type: string, bytes: Uint8Array): string {
  return `{"$":"b","t":"${type}","v":"${base64(bytes)}"}`;
}

/** Bytes in base64. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
