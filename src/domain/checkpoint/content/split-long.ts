/** A string or bytes longer than this (in UTF-16 units, or bytes) is split. */
export const LONG = 65_536;

/** No part ends before this length, */
const MIN = 16_384;
/** each place after that has one chance in this many bits, */
const BITS = 15;
/** and it ends here at the latest. */
const MAX = 131_072;

/** Random numbers, the same for ever: where parts end is part of the format. */
const GEAR = gearTable();

/**
 * Where the part of a long string ends that begins at `start`. It follows from what is in the part alone: an insertion
 * changes the parts around it and no others.
 */
export function endInString(text: string, start: number): number {
  if (text.length - start <= MIN) return text.length;
  const last = Math.min(text.length, start + MAX);
  let hash = 0;
  let index = start + MIN - 32;
  for (; index < last; index += 1) {
    const unit = text.charCodeAt(index);
    hash = ((hash << 1) + (GEAR[(unit ^ (unit >>> 8)) & 0xff] as number)) | 0;
    if (hash >>> (32 - BITS) === 0 && index >= start + MIN) break;
  }
  // The halves of a pair stay together: alone they are written as escapes.
  const end = Math.min(index + 1, last);
  return end < text.length && isHighSurrogate(text.charCodeAt(end - 1)) ? end + 1 : end;
}

/** {@link endInString} for bytes. */
export function endInBytes(bytes: Uint8Array, start: number): number {
  if (bytes.length - start <= MIN) return bytes.length;
  const last = Math.min(bytes.length, start + MAX);
  let hash = 0;
  let index = start + MIN - 32;
  for (; index < last; index += 1) {
    hash = ((hash << 1) + (GEAR[bytes[index] as number] as number)) | 0;
    if (hash >>> (32 - BITS) === 0 && index >= start + MIN) break;
  }
  return Math.min(index + 1, last);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** 256 numbers of xorshift32. */
function gearTable(): Int32Array {
  const table = new Int32Array(256);
  let state = 0x2545f491;
  for (let index = 0; index < table.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    table[index] = state;
  }
  return table;
}
