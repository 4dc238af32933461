import * as crypto from 'node:crypto';

/** A SHA-256 digest as 64 lower-case hexadecimal characters. */
export type Hash = string;

/** SHA-256 of a string's UTF-8 bytes, in hexadecimal. */
export function sha256Hex(text: string): Hash {
  return crypto.hash('sha256', text, 'hex');
}

/** SHA-256 over several parts, without joining them first. */
export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = crypto.createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
