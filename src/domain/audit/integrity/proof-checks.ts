/** The most hashes that a proof over a tree can have: two for each level of 2^53 leaves would be more than enough. */
export const MAX_PROOF_HASHES = 128;

/** Whether a value is a SHA-256 digest. A verifier is given what came from outside: it looks before it compares. */
export function isDigest(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 32;
}

/** Whether a value is a list of digests that could be a proof. */
export function isProof(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && value.length <= MAX_PROOF_HASHES && value.every(isDigest);
}

/** Whether a value is a number of leaves. */
export function isTreeSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether two digests are the same. Nothing here is secret, so it need not take constant time. */
export function isSameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** Half of a number, rounded down. The bit operators of JavaScript end at 32 bits, a log does not. */
export function half(value: number): number {
  return Math.floor(value / 2);
}

/** Whether the lowest bit of a number is set. */
export function isOdd(value: number): boolean {
  return value % 2 === 1;
}
